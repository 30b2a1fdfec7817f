//! Groups by name, found without regard to case and without allocating.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::sync::Arc;

use super::Group;
use crate::Endpoint;
use crate::endpoint::View;
use crate::random::Random;

/// Groups by name. Names that differ only in the case of ASCII letters are the same.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Differs between processes, so that nobody can choose names that collide.
    seed: u64,
    /// By the hash of the name in lower case. A list, because two names may have one hash.
    groups: HashMap<u64, Vec<Group>, BuildHasherDefault<AsItIs>>,
}

impl Index {
    /// Puts the instances under their names.
    pub(super) fn new<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a Arc<Endpoint>)>,
        view: &View,
        previous: &Self,
        random: &dyn Random,
    ) -> Self {
        let seed = RandomState::new().hash_one(0_u8);
        type Named<'a> = Vec<(&'a str, Vec<Arc<Endpoint>>)>;
        let mut found: HashMap<u64, Named<'a>, BuildHasherDefault<AsItIs>> = HashMap::default();
        for (name, endpoint) in pairs {
            let bucket = found.entry(hash(seed, name)).or_default();
            match bucket.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
                // An instance may tell one name twice.
                Some((_, list)) if list.last().is_some_and(|e| Arc::ptr_eq(e, endpoint)) => {}
                Some((_, list)) => list.push(Arc::clone(endpoint)),
                None => bucket.push((name, vec![Arc::clone(endpoint)])),
            }
        }
        let finish = |(name, list)| Group::new(name, list, view, previous.get(name), random);
        let groups = found
            .into_iter()
            .map(|(hash, bucket)| (hash, bucket.into_iter().map(finish).collect()))
            .collect();
        Self { seed, groups }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Group> {
        if self.groups.is_empty() {
            return None;
        }
        let bucket = self.groups.get(&hash(self.seed, name))?;
        bucket.iter().find(|group| group.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().flatten()
    }
}

/// Hash of `name` in lower case: eight bytes at a time, folded by multiplication. Names come from
/// servers that are trusted; a keyed hash of the standard library takes a fifth of a pick.
fn hash(seed: u64, name: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let fold = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(FACTOR);
        let [low, high] = [product, product >> 64].map(|half| half & u128::from(u64::MAX));
        u64::try_from(low ^ high).unwrap_or_default()
    };
    let length = u64::try_from(name.len()).unwrap_or_default();
    let words = name.as_bytes().chunks(8).map(|piece| {
        let mut lower = [0; 8];
        for (to, from) in lower.iter_mut().zip(piece) {
            *to = from.to_ascii_lowercase();
        }
        u64::from_le_bytes(lower)
    });
    words.fold(fold(seed, length), fold)
}

/// The key is a good hash already.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_and_anything_else_does() {
        let seed = 5;
        let long = "a".repeat(31);
        for (one, other) in [("Order-Service", "oRDER-sERVICE"), (&*long, &*long.to_uppercase())] {
            assert_eq!(hash(seed, one), hash(seed, other));
        }
        for other in ["order_service", "order-service ", "", &long] {
            assert_ne!(hash(seed, "order-service"), hash(seed, other));
        }
    }
}
