//! Tokens that were verified a moment ago, so that their signatures are not checked again (JW-25).
//!
//! Bounded without ever looking for a victim: a shard has a young and an old generation; when the
//! young one is full it becomes the old one, and what was old is forgotten.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use ring::digest::{SHA256, digest};

use crate::principal::Principal;

const SHARDS: usize = 32;

/// How many verified tokens are remembered, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCacheSettings {
    /// Most tokens; 0 remembers none, for setups that revoke tokens by other means than their end.
    pub tokens_max: usize,
    /// Longest time that a token is remembered; never beyond its end.
    pub time_max: Duration,
}

impl Default for TokenCacheSettings {
    fn default() -> Self {
        Self { tokens_max: 4_096, time_max: Duration::from_secs(60) }
    }
}

/// SHA-256 of a token.
pub(crate) type Fingerprint = [u8; 32];

/// The fingerprint that a token is remembered by.
pub(crate) fn fingerprint(token: &str) -> Fingerprint {
    let mut out = [0; 32];
    let made = digest(&SHA256, token.as_bytes());
    out.iter_mut().zip(made.as_ref()).for_each(|(to, from)| *to = *from);
    out
}

/// Verified tokens by fingerprint. Readers of different tokens hardly ever meet.
pub(crate) struct TokenCache {
    shards: Vec<RwLock<Shard>>,
    young_max: usize,
    time_max_ms: u64,
}

type Generation = HashMap<Fingerprint, Entry, BuildHasherDefault<FirstBytes>>;

#[derive(Default)]
struct Shard {
    young: Generation,
    old: Generation,
}

struct Entry {
    principal: Arc<Principal>,
    /// Keys it was verified with.
    epoch: u64,
    /// Wall time from which to which it counts, in milliseconds. A clock that is set back must not
    /// lengthen it.
    from_ms: u64,
    until_ms: u64,
}

impl TokenCache {
    pub(crate) fn new(settings: &TokenCacheSettings) -> Self {
        let shards = if settings.tokens_max == 0 { 0 } else { SHARDS };
        Self {
            shards: (0..shards).map(|_| RwLock::default()).collect(),
            young_max: (settings.tokens_max / SHARDS / 2).max(1),
            time_max_ms: u64::try_from(settings.time_max.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Whom the token spoke for, if it was verified with the keys of `epoch` and still counts.
    pub(crate) fn get(
        &self,
        token: &Fingerprint,
        epoch: u64,
        now_ms: u64,
    ) -> Option<Arc<Principal>> {
        let shard = self.shard(token)?.read();
        let entry = shard.young.get(token).or_else(|| shard.old.get(token))?;
        let counts = entry.epoch == epoch && (entry.from_ms..entry.until_ms).contains(&now_ms);
        counts.then(|| Arc::clone(&entry.principal))
    }

    /// Remembers a token that ends at `ends_s`, in seconds since the Unix epoch.
    pub(crate) fn insert(
        &self,
        token: Fingerprint,
        principal: &Arc<Principal>,
        epoch: u64,
        now_ms: u64,
        ends_s: Option<i64>,
    ) {
        let Some(shard) = self.shard(&token) else { return };
        let ends_ms = ends_s
            .map_or(u64::MAX, |secs| u64::try_from(secs).unwrap_or_default().saturating_mul(1000));
        let until_ms = now_ms.saturating_add(self.time_max_ms).min(ends_ms);
        let principal = Arc::clone(principal);
        let entry = Entry { principal, epoch, from_ms: now_ms, until_ms };
        let mut shard = shard.write();
        if shard.young.len() >= self.young_max && !shard.young.contains_key(&token) {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(token, entry);
    }

    fn shard(&self, token: &Fingerprint) -> Option<&RwLock<Shard>> {
        // The last byte; the first ones place it inside the shard.
        let index = usize::from(*token.last()?);
        self.shards.get(index.checked_rem(self.shards.len())?)
    }
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache").field("young_max", &self.young_max).finish_non_exhaustive()
    }
}

/// A fingerprint is spread evenly already: its first bytes are its hash.
#[derive(Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    /// The length of a fingerprint, which says nothing.
    fn write_usize(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn ann() -> Arc<Principal> {
        Arc::new(Principal { name: None, authorities: Vec::new(), claims: Map::new() })
    }

    fn cache(tokens_max: usize) -> TokenCache {
        TokenCache::new(&TokenCacheSettings { tokens_max, ..TokenCacheSettings::default() })
    }

    #[test]
    fn a_token_is_remembered_for_a_minute_or_until_its_end() {
        let (cache, token) = (cache(100), fingerprint("t"));
        cache.insert(token, &ann(), 0, 1_000, None);
        let known = |now| cache.get(&token, 0, now).is_some();
        assert_eq!((known(1_000), known(60_999), known(61_000)), (true, true, false));
        cache.insert(token, &ann(), 0, 1_000, Some(2));
        assert_eq!((known(1_999), known(2_000)), (true, false));
        cache.insert(token, &ann(), 0, 1_000, Some(-7));
        assert!(!known(1_000));
    }

    #[test]
    fn a_clock_that_is_set_back_lengthens_nothing() {
        let (cache, token) = (cache(100), fingerprint("t"));
        cache.insert(token, &ann(), 0, 1_000_000, None);
        assert!(cache.get(&token, 0, 999_999).is_none());
    }

    #[test]
    fn other_keys_and_other_tokens_are_not_the_same() {
        let (cache, token) = (cache(100), fingerprint("t"));
        cache.insert(token, &ann(), 3, 0, None);
        assert!(cache.get(&token, 3, 0).is_some());
        assert!(cache.get(&token, 4, 0).is_none() && cache.get(&fingerprint("u"), 3, 0).is_none());
    }

    #[test]
    fn there_are_never_more_than_allowed() {
        for (most, fits) in [(0, 0), (1_000, 960)] {
            let cache = cache(most);
            for number in 0..20_000 {
                cache.insert(fingerprint(&number.to_string()), &ann(), 0, 0, None);
            }
            let count = |shard: &RwLock<Shard>| shard.read().young.len() + shard.read().old.len();
            let held: usize = cache.shards.iter().map(count).sum();
            assert!(held <= fits && held * 2 >= fits, "{held}");
        }
    }
}
