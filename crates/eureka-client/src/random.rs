//! Chance, as the client is given it.

use std::fmt::Debug;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Source of numbers that spread load. Not for secrets.
pub trait Random: Debug + Send + Sync {
    /// The next number, all 64 bits equally likely.
    fn next(&self) -> u64;
}

/// Numbers by `SplitMix64`: no lock, no allocation, the same seed gives the same numbers.
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// Numbers that follow from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// Numbers that differ from process to process.
    #[must_use]
    pub fn from_process() -> Self {
        Self::new(RandomState::new().hash_one(std::process::id()))
    }
}

impl Random for SeededRandom {
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.0.fetch_add(STEP, Relaxed).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// A number below `limit`; 0 where the limit is 0.
pub(crate) fn below(random: &dyn Random, limit: u64) -> u64 {
    let product = u128::from(random.next()) * u128::from(limit);
    u64::try_from(product >> 64).unwrap_or_default()
}

/// An index below `length`; 0 where the length is 0.
pub(crate) fn index(random: &dyn Random, length: usize) -> usize {
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    usize::try_from(below(random, limit)).unwrap_or_default()
}

/// A span from `shortest` to `longest`, in whole milliseconds.
pub(crate) fn between(random: &dyn Random, shortest: Duration, longest: Duration) -> Duration {
    let spread = crate::millis(longest.saturating_sub(shortest)).saturating_add(1);
    shortest.saturating_add(Duration::from_millis(below(random, spread)))
}

/// Puts `items` in random order.
pub(crate) fn shuffle<T>(random: &dyn Random, items: &mut [T]) {
    for end in (1..items.len()).rev() {
        items.swap(end, index(random, end + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_another_differs() {
        let three = |seed| {
            let random = SeededRandom::new(seed);
            [random.next(), random.next(), random.next()]
        };
        assert_eq!(three(7), three(7));
        assert_ne!(three(7), three(8));
    }

    #[test]
    fn every_index_comes_up_and_none_beyond() {
        let random = SeededRandom::new(1);
        let mut seen = [0_u32; 5];
        for _ in 0..1_000 {
            seen[index(&random, 5)] += 1;
        }
        assert!(seen.iter().all(|count| (120..280).contains(count)), "{seen:?}");
        assert_eq!(index(&random, 0), 0);
    }

    #[test]
    fn spans_include_both_ends() {
        let random = SeededRandom::new(1);
        let (short, long) = (Duration::from_millis(2), Duration::from_millis(4));
        let mut spans: Vec<_> = (0..100).map(|_| between(&random, short, long)).collect();
        spans.sort_unstable();
        spans.dedup();
        assert_eq!(spans, [short, Duration::from_millis(3), long]);
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<_> = (0..50).collect();
        shuffle(&SeededRandom::new(1), &mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
