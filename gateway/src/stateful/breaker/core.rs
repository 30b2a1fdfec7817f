//! The states of a breaker. Told the time.

use std::time::Duration;

use super::settings::BreakerSettings;
use super::window::Window;

/// Counts changes of state: results of calls from before do not count in the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation(u64);

/// A breaker.
#[derive(Debug)]
pub(super) struct Core {
    settings: BreakerSettings,
    state: State,
    window: Window,
    generation: u64,
    /// Times it opened since it was closed.
    opened: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    /// Until then nothing passes.
    Open {
        until: Duration,
    },
    /// So many more may pass.
    HalfOpen {
        left: u32,
        since: Duration,
    },
}

/// What a breaker is doing, for showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Everything passes.
    Closed,
    /// Nothing passes.
    Open,
    /// A few pass, to see how they fare.
    HalfOpen,
}

/// Calls that a breaker decides by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    /// −1 while there are too few.
    pub(crate) failed_percent: f64,
    pub(crate) slow_percent: f64,
    pub(crate) successful: f64,
    pub(crate) failed: f64,
}

impl Shown {
    /// As its metrics write it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }

    /// As Resilience4j writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Closed => "CLOSED",
            Self::Open => "OPEN",
            Self::HalfOpen => "HALF_OPEN",
        }
    }
}

impl Core {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        let window = settings.window();
        Self { settings, state: State::Closed, window, generation: 0, opened: 0 }
    }

    /// Lets a call through, or tells how long nothing will pass.
    pub(super) fn begin(&mut self, now: Duration) -> Result<Generation, Duration> {
        if let State::Open { until } = self.state {
            if let Some(left) = until.checked_sub(now).filter(|left| !left.is_zero()) {
                return Err(left);
            }
            self.enter(State::HalfOpen { left: self.settings.half_open_calls, since: now });
        }
        if let State::HalfOpen { left, since } = self.state {
            let is_stuck = self.settings.half_open_max.is_some_and(|max| now - since >= max);
            if is_stuck {
                return Err(self.open(now));
            }
            let Some(left) = left.checked_sub(1) else {
                return Err(self.settings.open_time);
            };
            self.state = State::HalfOpen { left, since };
        }
        Ok(Generation(self.generation))
    }

    /// Counts the result of a call; the new state if it changed.
    pub(super) fn end(
        &mut self,
        generation: Generation,
        now: Duration,
        took: Duration,
        is_failure: bool,
    ) -> Option<Shown> {
        if generation.0 != self.generation {
            return None;
        }
        let is_slow = took >= self.settings.slow_call;
        self.window.add(now, is_failure, is_slow);
        let calls_min = match self.state {
            State::Closed => self.settings.calls_min(),
            State::HalfOpen { .. } => self.settings.half_open_calls,
            State::Open { .. } => return None,
        };
        let counts = self.window.counts();
        if counts.total < u64::from(calls_min) {
            return None;
        }
        let too_many = |count: u64, percent: f64| {
            #[expect(clippy::cast_precision_loss, reason = "a window has far fewer calls")]
            let rate = count as f64 * 100.0 / counts.total as f64;
            rate >= percent
        };
        let is_bad = too_many(counts.failed, self.settings.failure_percent)
            || too_many(counts.slow, self.settings.slow_percent);
        if is_bad {
            self.open(now);
            return Some(Shown::Open);
        }
        if matches!(self.state, State::HalfOpen { .. }) {
            self.opened = 0;
            self.enter(State::Closed);
            return Some(Shown::Closed);
        }
        None
    }

    /// A call ended without a result: another may take its place.
    pub(super) fn release(&mut self, generation: Generation) {
        if generation.0 == self.generation
            && let State::HalfOpen { left, since } = self.state
        {
            let left = left.saturating_add(1).min(self.settings.half_open_calls);
            self.state = State::HalfOpen { left, since };
        }
    }

    pub(super) fn shown(&self, now: Duration) -> Shown {
        match self.state {
            State::Closed => Shown::Closed,
            State::Open { until } if now < until || !self.settings.is_automatic => Shown::Open,
            State::Open { .. } | State::HalfOpen { .. } => Shown::HalfOpen,
        }
    }

    /// The calls that decide, as Resilience4j shows them.
    #[expect(clippy::cast_precision_loss, reason = "a window has far fewer calls")]
    pub(super) fn rates(&self) -> Rates {
        let counts = self.window.counts();
        let calls_min = match self.state {
            State::Closed => self.settings.calls_min(),
            State::HalfOpen { .. } | State::Open { .. } => self.settings.half_open_calls,
        };
        let percent = |count: u64| {
            if counts.total == 0 || counts.total < u64::from(calls_min) {
                return -1.0;
            }
            count as f64 * 100.0 / counts.total as f64
        };
        Rates {
            failed_percent: percent(counts.failed),
            slow_percent: percent(counts.slow),
            successful: counts.total.saturating_sub(counts.failed) as f64,
            failed: counts.failed as f64,
        }
    }

    /// Opens it; how long it will be.
    fn open(&mut self, now: Duration) -> Duration {
        let time = self.settings.open_time_after(self.opened);
        self.opened = self.opened.saturating_add(1);
        self.enter(State::Open { until: now.saturating_add(time) });
        time
    }

    fn enter(&mut self, state: State) {
        self.generation = self.generation.wrapping_add(1);
        self.window = match state {
            State::HalfOpen { .. } => Window::of_calls(self.settings.half_open_calls),
            State::Closed | State::Open { .. } => self.settings.window(),
        };
        self.state = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn settings() -> BreakerSettings {
        BreakerSettings {
            window_size: 4,
            calls_min: 4,
            half_open_calls: 2,
            open_time: Duration::from_secs(10),
            slow_call: Duration::from_secs(1),
            ..BreakerSettings::default()
        }
    }

    fn call(core: &mut Core, at_s: u64, is_failure: bool) -> Option<Shown> {
        let now = Duration::from_secs(at_s);
        let generation = core.begin(now).expect("it passes");
        core.end(generation, now, MS, is_failure)
    }

    #[test]
    fn it_opens_when_half_of_the_calls_failed_and_not_before_there_are_enough_cb_5() {
        let mut core = Core::new(settings());
        assert_eq!(call(&mut core, 0, true), None);
        assert_eq!(call(&mut core, 0, true), None);
        assert_eq!(call(&mut core, 0, false), None);
        assert_eq!(call(&mut core, 0, false), Some(Shown::Open), "2 of 4");
        assert_eq!(core.begin(Duration::from_secs(4)), Err(Duration::from_secs(6)));
        assert_eq!(core.shown(Duration::from_secs(11)), Shown::Open);

        let mut core = Core::new(settings());
        for is_failure in [true, false, false, false, false] {
            assert_eq!(call(&mut core, 0, is_failure), None, "the first one left the window");
        }
    }

    #[test]
    fn after_its_time_a_few_calls_decide_cb_5() {
        let mut core = Core::new(settings());
        for _ in 0..4 {
            call(&mut core, 0, true);
        }
        let later = Duration::from_secs(10);
        let one = core.begin(later).unwrap();
        let two = core.begin(later).unwrap();
        assert!(core.begin(later).is_err(), "two are permitted");
        core.release(two);
        let two = core.begin(later).unwrap();
        assert_eq!(core.end(one, later, MS, false), None);
        assert_eq!(core.end(two, later, MS, false), Some(Shown::Closed));
        assert_eq!(call(&mut core, 10, true), None, "counting starts anew");
    }

    #[test]
    fn half_open_it_opens_again_when_they_fail() {
        let mut core = Core::new(settings());
        for _ in 0..4 {
            call(&mut core, 0, true);
        }
        assert_eq!(call(&mut core, 10, false), None);
        assert_eq!(call(&mut core, 10, true), Some(Shown::Open));
        assert_eq!(core.begin(Duration::from_secs(12)), Err(Duration::from_secs(8)));
    }

    #[test]
    fn slow_calls_count_as_well() {
        let mut core = Core::new(BreakerSettings { slow_percent: 50.0, ..settings() });
        let second = Duration::from_secs(1);
        for took in [MS, MS, second] {
            let generation = core.begin(MS).unwrap();
            assert_eq!(core.end(generation, MS, took, false), None);
        }
        let generation = core.begin(MS).unwrap();
        assert_eq!(core.end(generation, MS, second, false), Some(Shown::Open));
    }

    #[test]
    fn results_of_calls_from_before_do_not_count() {
        let mut core = Core::new(settings());
        let old = core.begin(MS).unwrap();
        for _ in 0..4 {
            call(&mut core, 0, true);
        }
        assert_eq!(core.end(old, MS, MS, false), None);
        let probe = core.begin(Duration::from_secs(10)).unwrap();
        assert_eq!(core.end(old, MS, MS, false), None);
        assert_eq!(core.end(probe, Duration::from_secs(10), MS, false), None, "one of two");
    }
}
