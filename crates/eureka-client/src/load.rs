//! What calls tell about an instance: how many are under way, and whether it is out for a while.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::{Clock, Latency};

/// When an instance that keeps failing is left alone for a while (H-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ejection {
    /// Failures in a row after which the instance is left out.
    pub failures: u32,
    /// For how long. Afterwards one more failure is enough, and one success forgets them all.
    pub time: Duration,
    /// Each time in a row is longer by `time` than the one before it, up to this.
    pub time_max: Duration,
}

impl Default for Ejection {
    /// Five failures, five seconds each time.
    fn default() -> Self {
        let time = Duration::from_secs(5);
        Self { failures: 5, time, time_max: time }
    }
}

/// Calls of this process to one instance. Survives changes of the registry.
#[derive(Debug, Default)]
pub struct Load {
    outstanding: AtomicU32,
    failures: AtomicU32,
    /// Monotonic ms up to which it is left out, exclusive; 0 if it is not.
    out_until_ms: AtomicU64,
    /// Times in a row that it was left out.
    ejections: AtomicU32,
    latency: Latency,
}

impl Load {
    /// Calls under way.
    #[must_use]
    pub fn outstanding(&self) -> u32 {
        self.outstanding.load(Relaxed)
    }

    /// How long its answers take, as callers tell it.
    #[must_use]
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// Failures since the last success.
    #[must_use]
    pub fn failures_in_a_row(&self) -> u32 {
        self.failures.load(Relaxed)
    }

    /// Whether it is left out now. Reads the clock only if it ever was.
    #[must_use]
    pub fn is_ejected(&self, clock: &dyn Clock) -> bool {
        let until = self.out_until_ms.load(Relaxed);
        until != 0 && clock.monotonic_ms() < until
    }

    /// Whether a call may go to it, as the caller chose it: where its time out is over, only one
    /// call in `trial` tries it until it answers.
    #[must_use]
    pub fn may_enter(&self, trial: Duration, clock: &dyn Clock) -> bool {
        let until = self.out_until_ms.load(Relaxed);
        if until == 0 {
            return true;
        }
        let now = clock.monotonic_ms();
        if now < until {
            // Chosen although it is out: there was nobody else.
            return true;
        }
        let next = now.saturating_add(crate::millis(trial)).max(1);
        self.out_until_ms.compare_exchange(until, next, Relaxed, Relaxed).is_ok()
    }

    pub(crate) fn begin(&self) {
        self.outstanding.fetch_add(1, Relaxed);
    }

    pub(crate) fn end(&self) {
        self.outstanding.fetch_sub(1, Relaxed);
    }

    pub(crate) fn succeeded(&self) {
        // Written only when it changes something: successes are many, and the line is shared.
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
            self.out_until_ms.store(0, Relaxed);
            self.ejections.store(0, Relaxed);
        }
    }

    /// Counts a failure; true if the instance is left out because of it.
    pub(crate) fn failed(&self, ejection: Ejection, now_ms: u64) -> bool {
        let failures = self.failures.fetch_add(1, Relaxed).saturating_add(1);
        let is_out = ejection.failures > 0 && failures >= ejection.failures;
        if is_out {
            let times = self.ejections.fetch_add(1, Relaxed).saturating_add(1);
            let longest = ejection.time_max.max(ejection.time);
            let time = ejection.time.saturating_mul(times).min(longest);
            let until = now_ms.saturating_add(crate::millis(time)).max(1);
            self.out_until_ms.store(until, Relaxed);
        }
        is_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::manual::ManualClock;

    #[test]
    fn the_fifth_failure_in_a_row_leaves_it_out_for_five_seconds() {
        let (load, clock) = (Load::default(), ManualClock::default());
        clock.advance_ms(1_000);
        for _ in 0..4 {
            assert!(!load.failed(Ejection::default(), 1_000));
        }
        assert!(!load.is_ejected(&clock));
        assert!(load.failed(Ejection::default(), 1_000));

        assert!(load.is_ejected(&clock));
        clock.advance_ms(4_999);
        assert!(load.is_ejected(&clock));
        clock.advance_ms(1);
        assert!(!load.is_ejected(&clock));
    }

    #[test]
    fn each_time_out_in_a_row_is_longer_up_to_a_limit() {
        let (load, clock) = (Load::default(), ManualClock::default());
        let second = Duration::from_secs(1);
        let ejection = Ejection { failures: 1, time: second, time_max: second * 2 };
        let mut now = 0;
        for time in [1_000, 2_000, 2_000] {
            assert!(load.failed(ejection, now));
            clock.advance_ms(time - 1);
            assert!(load.is_ejected(&clock));
            clock.advance_ms(1);
            assert!(!load.is_ejected(&clock));
            now += time;
        }
        load.succeeded();
        assert!(load.failed(ejection, now));
        clock.advance_ms(1_000);
        assert!(!load.is_ejected(&clock), "a success forgets how often it was out");
    }

    #[test]
    fn one_call_tries_who_was_out() {
        let (load, clock) = (Load::default(), ManualClock::default());
        let second = Duration::from_secs(1);
        assert!(load.may_enter(second, &clock) && load.may_enter(second, &clock));
        load.failed(Ejection { failures: 1, time: second, time_max: second }, 0);
        clock.advance_ms(1_000);
        assert!(load.may_enter(second, &clock), "the trial");
        assert!(load.is_ejected(&clock), "for everybody else it is out still");
        clock.advance_ms(1_000);
        assert!(load.may_enter(second, &clock), "the trial told nothing: another one");
        load.succeeded();
        assert!(load.may_enter(second, &clock) && load.may_enter(second, &clock));
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let (load, clock) = (Load::default(), ManualClock::default());
        for _ in 0..4 {
            load.failed(Ejection::default(), 0);
        }
        load.succeeded();
        for _ in 0..4 {
            load.failed(Ejection::default(), 0);
        }
        assert!(!load.is_ejected(&clock));
        assert_eq!(load.failures_in_a_row(), 4);
    }

    #[test]
    fn once_out_a_single_failure_leaves_it_out_again() {
        let (load, clock) = (Load::default(), ManualClock::default());
        for _ in 0..5 {
            load.failed(Ejection::default(), 0);
        }
        clock.advance_ms(5_000);
        assert!(!load.is_ejected(&clock));
        load.failed(Ejection::default(), 5_000);
        assert!(load.is_ejected(&clock));
        load.succeeded();
        assert!(!load.is_ejected(&clock));
    }
}
