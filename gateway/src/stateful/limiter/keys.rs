//! Tokens by key, so many and no more: keys are chosen by whoever sends requests (RL-12).

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use parking_lot::Mutex;

use super::bucket::Tokens;

/// Parts that are locked on their own.
const SHARDS: usize = 64;

/// Two hashes of a key stand for it: as long as one, however long the key.
type Name = (u64, u64);

/// Tokens of the keys seen last. A key that was not seen while as many others came as there is
/// half the room for is forgotten, and starts with a full bucket.
#[derive(Debug)]
pub(super) struct Keys {
    shards: Box<[Mutex<Shard>]>,
    hashers: (RandomState, RandomState),
    /// Keys of each half of a shard.
    half_max: usize,
}

#[derive(Debug, Default)]
struct Shard {
    young: HashMap<Name, Tokens>,
    old: HashMap<Name, Tokens>,
}

impl Keys {
    pub(super) fn new(keys_max: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hashers: (RandomState::new(), RandomState::new()),
            half_max: (keys_max / SHARDS / 2).max(1),
        }
    }

    /// Lets `change` have the tokens of a key, `make` them if it is new.
    pub(super) fn with<T>(
        &self,
        key: (&str, &str),
        make: impl FnOnce() -> Tokens,
        change: impl FnOnce(&mut Tokens) -> T,
    ) -> T {
        let name = (self.hashers.0.hash_one(key), self.hashers.1.hash_one(key));
        let at = usize::try_from(name.0 % SHARDS as u64).unwrap_or_default();
        let Some(shard) = self.shards.get(at) else { return change(&mut make()) };
        let mut shard = shard.lock();
        let mut tokens = match shard.young.get(&name) {
            Some(tokens) => *tokens,
            None => shard.old.get(&name).copied().unwrap_or_else(make),
        };
        let changed = change(&mut tokens);
        if shard.young.len() >= self.half_max && !shard.young.contains_key(&name) {
            shard.old = std::mem::take(&mut shard.young);
        }
        shard.young.insert(name, tokens);
        changed
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        let lens = self.shards.iter().map(|shard| {
            let shard = shard.lock();
            shard.young.len() + shard.old.len()
        });
        lens.sum()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use gateway_routing::Bucket;

    use super::*;

    const BUCKET: Bucket = Bucket {
        replenish: 1,
        period: Duration::from_secs(1),
        capacity: 1,
        requested: 1,
        in_intervals: false,
    };

    fn take(keys: &Keys, route: &str, key: &str) -> bool {
        let make = || Tokens::full(&BUCKET, Duration::ZERO);
        keys.with((route, key), make, |tokens| tokens.take(&BUCKET, Duration::ZERO).is_allowed)
    }

    #[test]
    fn each_route_and_key_has_a_bucket_of_its_own_rl_4() {
        let keys = Keys::new(1_000);
        assert!(take(&keys, "a", "x") && take(&keys, "a", "y") && take(&keys, "b", "x"));
        assert!(!take(&keys, "a", "x"));
    }

    #[test]
    fn a_million_keys_take_no_more_room_than_there_is_rl_12() {
        let keys = Keys::new(1_000);
        for key in 0..50_000 {
            take(&keys, "a", &key.to_string());
        }
        assert!(keys.len() <= 1_000, "{}", keys.len());
    }
}
