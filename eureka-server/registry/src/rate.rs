//! Renewals in the last completed minute (SP-2).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

const BUCKET_MS: u64 = 60_000;

/// Counts renewals by minutes that begin when the registry opens.
///
/// Counting is one relaxed addition; only the first call of a minute takes the lock.
#[derive(Debug)]
pub(crate) struct RenewalRate {
    opened_steady_ms: u64,
    /// Minute that `current` counts.
    minute: AtomicU64,
    current: AtomicU64,
    last: AtomicU64,
    total: AtomicU64,
    turn: Mutex<()>,
}

impl RenewalRate {
    pub(crate) fn open(steady_ms: u64) -> Self {
        Self {
            opened_steady_ms: steady_ms,
            minute: AtomicU64::new(0),
            current: AtomicU64::new(0),
            last: AtomicU64::new(0),
            total: AtomicU64::new(0),
            turn: Mutex::new(()),
        }
    }

    /// Counts a renewal at `steady_ms`.
    pub(crate) fn record(&self, steady_ms: u64) {
        self.turn_to(steady_ms);
        self.current.fetch_add(1, Relaxed);
        self.total.fetch_add(1, Relaxed);
    }

    /// Renewals in the last completed minute; 0 during the first.
    pub(crate) fn last_minute(&self, steady_ms: u64) -> u64 {
        self.turn_to(steady_ms);
        self.last.load(Relaxed)
    }

    /// Renewals ever.
    pub(crate) fn total(&self) -> u64 {
        self.total.load(Relaxed)
    }

    fn turn_to(&self, steady_ms: u64) {
        let minute = steady_ms.saturating_sub(self.opened_steady_ms) / BUCKET_MS;
        if minute <= self.minute.load(Relaxed) {
            return;
        }
        let _turn = self.turn.lock();
        let counted = self.minute.load(Relaxed);
        if minute > counted {
            let count = self.current.swap(0, Relaxed);
            // A minute in which nothing happened lies between: the last completed one is empty.
            self.last.store(if minute == counted + 1 { count } else { 0 }, Relaxed);
            self.minute.store(minute, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_last_completed_minute() {
        let rate = RenewalRate::open(1_000);
        for _ in 0..3 {
            rate.record(1_000);
        }
        assert_eq!(rate.last_minute(60_999), 0);
        assert_eq!(rate.last_minute(61_000), 3);
        rate.record(61_000);
        assert_eq!(rate.last_minute(120_999), 3);
        assert_eq!(rate.last_minute(121_000), 1);
        assert_eq!(rate.last_minute(241_000), 0);
        assert_eq!(rate.total(), 4);
    }
}
