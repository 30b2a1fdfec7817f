//! Cells that many threads add to without waiting for each other.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Copies of each cell. A power of two; more threads than this share copies, which stays correct.
const SHARDS: usize = 8;

/// Most buckets of a distribution, the one above all bounds included.
const BUCKETS_MAX: usize = 24;

thread_local! {
    static SHARD: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Relaxed) % SHARDS
    };
}

/// The copy this thread adds to. A thread that is being torn down uses the first one.
fn shard() -> usize {
    SHARD.try_with(|shard| *shard).unwrap_or(0)
}

/// Two cache lines: neighbours are fetched in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Padded<T>(T);

/// A sum of unsigned additions.
#[derive(Debug, Default)]
pub(super) struct Sum([Padded<AtomicU64>; SHARDS]);

impl Sum {
    pub(super) fn add(&self, by: u64) {
        if let Some(cell) = self.0.get(shard()) {
            cell.0.fetch_add(by, Relaxed);
        }
    }

    /// Wraps after 2^64, as a Prometheus counter may.
    pub(super) fn get(&self) -> u64 {
        self.0.iter().fold(0, |sum, cell| sum.wrapping_add(cell.0.load(Relaxed)))
    }
}

#[derive(Debug, Default)]
struct Tally {
    buckets: [AtomicU64; BUCKETS_MAX],
    total: AtomicU64,
}

/// Counts of values by size, their total, and the largest of the last minutes.
#[derive(Debug)]
pub(super) struct Distribution {
    bounds: &'static [u64],
    shards: [Padded<Tally>; SHARDS],
    /// Largest value since the last rotation, and of the window before it.
    largest: AtomicU64,
    largest_before: AtomicU64,
}

/// What a [`Distribution`] held at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Values at or below each bound, cumulated; the last one counts all.
    pub(super) cumulative: Vec<u64>,
    pub(super) total: u64,
    pub(super) max: u64,
}

impl Distribution {
    /// `bounds` ascend and are inclusive; those beyond the largest supported number are not used.
    pub(super) fn new(bounds: &'static [u64]) -> Self {
        let usable = bounds.len().min(BUCKETS_MAX.saturating_sub(1));
        Self {
            bounds: bounds.get(..usable).unwrap_or(bounds),
            shards: Default::default(),
            largest: AtomicU64::new(0),
            largest_before: AtomicU64::new(0),
        }
    }

    pub(super) fn record(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        if let Some(tally) = self.shards.get(shard()) {
            if let Some(cell) = tally.0.buckets.get(bucket) {
                cell.fetch_add(1, Relaxed);
            }
            tally.0.total.fetch_add(value, Relaxed);
        }
        // Nearly always only the load: a new largest value is rare.
        if value > self.largest.load(Relaxed) {
            self.largest.fetch_max(value, Relaxed);
        }
    }

    pub(super) const fn bounds(&self) -> &'static [u64] {
        self.bounds
    }

    pub(super) fn read(&self) -> Counts {
        let mut cumulative = Vec::with_capacity(self.bounds.len().saturating_add(1));
        let mut seen: u64 = 0;
        for bucket in 0..=self.bounds.len() {
            let cells = self.shards.iter().filter_map(|tally| tally.0.buckets.get(bucket));
            seen = cells.fold(seen, |sum, cell| sum.wrapping_add(cell.load(Relaxed)));
            cumulative.push(seen);
        }
        let totals = self.shards.iter().map(|tally| tally.0.total.load(Relaxed));
        Counts {
            cumulative,
            total: totals.fold(0, u64::wrapping_add),
            max: self.largest.load(Relaxed).max(self.largest_before.load(Relaxed)),
        }
    }

    /// Begins a new window for the largest value and forgets the one before the last.
    pub(super) fn rotate(&self) {
        self.largest_before.store(self.largest.swap(0, Relaxed), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_of_all_threads_are_summed() {
        let sum = Sum::default();

        std::thread::scope(|scope| {
            for _ in 0..3 * SHARDS {
                scope.spawn(|| (0..1_000).for_each(|_| sum.add(2)));
            }
        });

        assert_eq!(sum.get(), 48_000);
    }

    #[test]
    fn bounds_are_inclusive_and_buckets_cumulate() {
        let distribution = Distribution::new(&[10, 20]);

        for value in [0, 10, 11, 20, 21, 1_000] {
            distribution.record(value);
        }

        let counts = Counts { cumulative: vec![2, 4, 6], total: 1_062, max: 1_000 };
        assert_eq!(distribution.read(), counts);
    }

    #[test]
    fn the_largest_value_is_forgotten_after_two_windows() {
        let distribution = Distribution::new(&[10]);
        distribution.record(9);

        distribution.rotate();
        distribution.record(3);
        assert_eq!(distribution.read().max, 9);

        distribution.rotate();
        assert_eq!(distribution.read().max, 3);
        distribution.rotate();
        assert_eq!(distribution.read().max, 0);
    }

    #[test]
    fn records_of_all_threads_are_counted() {
        let distribution = Distribution::new(&[10]);

        std::thread::scope(|scope| {
            for thread in 0..16 {
                let distribution = &distribution;
                scope.spawn(move || (0..500).for_each(|_| distribution.record(thread)));
            }
        });

        let counts = distribution.read();
        assert_eq!(counts.cumulative, [5_500, 8_000]);
        assert_eq!(counts.total, 500 * 120);
    }
}
