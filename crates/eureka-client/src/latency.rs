//! How long an instance takes, with bad news remembered longest: an average that a slower answer
//! lifts at once and faster ones lower over time (peak EWMA, BY-3).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Time after which an answer counts a third of what it did.
const DECAY_MS: f32 = 10_000.0;
/// What is expected of an instance that never answered, in microseconds.
const START_US: f32 = 30_000.0;

/// The average of one instance. Copies of it written at the same time may lose one another.
#[derive(Debug, Default)]
pub struct Latency(AtomicU64);

impl Latency {
    /// Counts an answer that took `took`, at `now` of a steady clock.
    pub fn observe(&self, took: Duration, now: Duration) {
        let took = micros(took);
        let (average, at_ms) = match split(self.0.load(Relaxed)) {
            None => return self.put(took, stamp(now)),
            Some(kept) => kept,
        };
        let faded = average * fading(at_ms, now);
        // A slow answer counts as a whole, a fast one only for the time that passed.
        let next = if took >= faded { took } else { faded + took * (1.0 - fading(at_ms, now)) };
        self.put(next, stamp(now));
    }

    /// What one more request is expected to cost at `now`, where `outstanding` are under way: the
    /// average for each of them and for itself, in microseconds.
    #[must_use]
    pub fn cost(&self, outstanding: u32, now: Duration) -> f64 {
        let average = match split(self.0.load(Relaxed)) {
            None => START_US,
            // Who gets nothing has a chance again after a while.
            Some((average, at_ms)) => average * fading(at_ms, now),
        };
        f64::from(average) * (f64::from(outstanding) + 1.0)
    }

    fn put(&self, average: f32, at_ms: u32) {
        let bits = u64::from(average.max(1.0).to_bits());
        self.0.store((bits << 32) | u64::from(at_ms), Relaxed);
    }
}

/// The average in microseconds, and when it was written; `None` if never.
fn split(packed: u64) -> Option<(f32, u32)> {
    let high = u32::try_from(packed >> 32).unwrap_or_default();
    let low = u32::try_from(packed & u64::from(u32::MAX)).unwrap_or_default();
    (high != 0).then(|| (f32::from_bits(high), low))
}

/// Milliseconds, as many as 49 days have; only differences are looked at.
fn stamp(now: Duration) -> u32 {
    u32::try_from(now.as_millis() & u128::from(u32::MAX)).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "an average is not exact either")]
fn fading(at_ms: u32, now: Duration) -> f32 {
    let passed = stamp(now).wrapping_sub(at_ms);
    // A clock that was read before another thread wrote is no 49 days ahead.
    let passed = if passed > u32::MAX / 2 { 0 } else { passed };
    (-(passed as f32) / DECAY_MS).exp()
}

#[expect(clippy::cast_precision_loss, reason = "an average is not exact either")]
fn micros(time: Duration) -> f32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn bad_news_count_at_once_and_good_news_over_time() {
        let latency = Latency::default();
        assert!((latency.cost(0, ms(0)) - 30_000.0).abs() < 1.0, "nothing is known");
        latency.observe(ms(1), ms(1));
        assert!((latency.cost(0, ms(1)) - 1_000.0).abs() < 1.0);
        assert!((latency.cost(3, ms(1)) - 4_000.0).abs() < 1.0, "each one under way adds");
        latency.observe(ms(100), ms(2));
        assert!((latency.cost(0, ms(2)) - 100_000.0).abs() < 1.0);
        latency.observe(ms(1), ms(3));
        assert!(latency.cost(0, ms(3)) > 99_000.0);
        latency.observe(ms(1), ms(10_003));
        let third = latency.cost(0, ms(10_003));
        assert!((36_000.0..38_500.0).contains(&third), "{third}");
    }

    #[test]
    fn who_gets_nothing_has_a_chance_again() {
        let latency = Latency::default();
        latency.observe(ms(100), ms(0));
        assert!(latency.cost(0, ms(23_100)) < 10_000.0);
    }
}
