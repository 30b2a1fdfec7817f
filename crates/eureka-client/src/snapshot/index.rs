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
    hasher: RandomState,
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
        let hasher = RandomState::new();
        type Named<'a> = Vec<(&'a str, Vec<Arc<Endpoint>>)>;
        let mut found: HashMap<u64, Named<'a>, BuildHasherDefault<AsItIs>> = HashMap::default();
        for (name, endpoint) in pairs {
            let bucket = found.entry(hash(&hasher, name)).or_default();
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
        Self { hasher, groups }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Group> {
        if self.groups.is_empty() {
            return None;
        }
        let bucket = self.groups.get(&hash(&self.hasher, name))?;
        bucket.iter().find(|group| group.name().eq_ignore_ascii_case(name))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().flatten()
    }
}

/// Hash of `name` in lower case, made piece by piece on the stack.
fn hash(hasher: &RandomState, name: &str) -> u64 {
    const PIECE: usize = 32;
    let mut state = hasher.build_hasher();
    for piece in name.as_bytes().chunks(PIECE) {
        let mut lower = [0; PIECE];
        for (to, from) in lower.iter_mut().zip(piece) {
            *to = from.to_ascii_lowercase();
        }
        state.write(lower.get(..piece.len()).unwrap_or_default());
    }
    state.finish()
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
        let hasher = RandomState::new();
        let long = "a".repeat(31);
        for (one, other) in [("Order-Service", "oRDER-sERVICE"), (&*long, &*long.to_uppercase())] {
            assert_eq!(hash(&hasher, one), hash(&hasher, other));
        }
        for other in ["order_service", "order-service ", "", &long] {
            assert_ne!(hash(&hasher, "order-service"), hash(&hasher, other));
        }
    }
}
