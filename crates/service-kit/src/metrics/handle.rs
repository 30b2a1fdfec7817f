//! What code holds to count: cheap to clone, cheap to use.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use super::cells::{Distribution, Sum};

/// Upper bounds of a timer's buckets in nanoseconds: 10 µs to 10 s.
pub(super) const TIMER_BOUNDS: &[u64] = &[
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// Upper bounds of a summary's buckets, in its own unit: 64 to 16 Mi, each four times the last.
pub(super) const SUMMARY_BOUNDS: &[u64] =
    &[64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20];

/// A number that only grows.
#[derive(Clone, Debug)]
pub struct Counter(pub(super) Arc<Sum>);

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.0.add(1);
    }

    /// Adds `by`.
    pub fn add(&self, by: u64) {
        self.0.add(by);
    }

    /// The sum so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.get()
    }
}

/// A whole number that rises and falls, such as open connections.
#[derive(Clone, Debug)]
pub struct Gauge(pub(super) Arc<AtomicI64>);

impl Gauge {
    /// Sets it.
    pub fn set(&self, value: i64) {
        self.0.store(value, Relaxed);
    }

    /// Adds `by`, which may be negative.
    pub fn add(&self, by: i64) {
        self.0.fetch_add(by, Relaxed);
    }

    /// The value now.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// How often something happened and how long it took.
#[derive(Clone, Debug)]
pub struct Timer(pub(super) Arc<Distribution>);

impl Timer {
    /// Counts one that took `time`; beyond 584 years it counts as that.
    pub fn record(&self, time: Duration) {
        self.0.record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// How many were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.read().cumulative.last().copied().unwrap_or(0)
    }
}

/// How often something happened and how large it was, such as bytes of answers.
#[derive(Clone, Debug)]
pub struct Summary(pub(super) Arc<Distribution>);

impl Summary {
    /// Counts one of this size, in the unit given at registration.
    pub fn record(&self, size: u64) {
        self.0.record(size);
    }

    /// How many were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.read().cumulative.last().copied().unwrap_or(0)
    }
}
