//! How many requests routes take now: what was counted since the page was last looked at.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use service_kit::metrics::{Family, Registry, Sample};

/// Less than this apart, two looks tell too little.
const APART_MIN: Duration = Duration::from_secs(1);
/// Further apart, a rate is no longer of now.
const APART_MAX: Duration = Duration::from_secs(300);

/// Requests of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) requests: u64,
    pub(super) failures: u64,
    pub(super) seconds: f64,
}

/// What routes took in the time before now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rate {
    /// A second.
    pub(super) requests: f64,
    /// Share that was answered with 5xx.
    pub(super) failures: f64,
    /// Mean, milliseconds.
    pub(super) time_ms: f64,
    /// Since the process began.
    pub(super) total: u64,
}

/// One look.
#[derive(Clone, Debug, Default)]
struct Look {
    at: Duration,
    tallies: BTreeMap<String, Tally>,
}

/// Remembers the last looks.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<(Look, Look)>);

impl Rates {
    /// Rates by route id at `now`, told by the process's monotonic clock.
    pub(super) fn look(&self, registry: &Registry, now: Duration) -> BTreeMap<String, Rate> {
        let tallies = tallies(&registry.snapshot());
        let mut looks = self.0.lock();
        let (before, last) = &mut *looks;
        if now.saturating_sub(last.at) >= APART_MIN {
            *before = std::mem::take(last);
            *last = Look { at: now, tallies: tallies.clone() };
        }
        if now.saturating_sub(before.at) > APART_MAX && before.at > Duration::ZERO {
            *before = Look { at: now.saturating_sub(APART_MAX), tallies: tallies.clone() };
        }
        let seconds = now.saturating_sub(before.at).as_secs_f64();
        let rate = |(id, tally): (String, Tally)| {
            let old = before.tallies.get(&id).copied().unwrap_or_default();
            (id, tally.since(old, seconds))
        };
        tallies.into_iter().map(rate).collect()
    }
}

impl Tally {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    fn since(self, old: Self, seconds: f64) -> Rate {
        let requests = self.requests.saturating_sub(old.requests) as f64;
        let share = |part: f64| if requests > 0.0 { part / requests } else { 0.0 };
        Rate {
            requests: if seconds > 0.0 { requests / seconds } else { 0.0 },
            failures: share(self.failures.saturating_sub(old.failures) as f64),
            time_ms: share((self.seconds - old.seconds).max(0.0) * 1e3),
            total: self.requests,
        }
    }
}

fn tallies(families: &[Family]) -> BTreeMap<String, Tally> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for series in families.iter().flat_map(|family| &family.series) {
        let tag = |name: &str| series.tags.iter().find(|(tag, _)| tag == name).map(|(_, v)| v);
        let (Some(id), Some(outcome)) = (tag("routeId"), tag("outcome")) else { continue };
        let Sample::Distribution { count, total, .. } = &series.sample else { continue };
        let tally = tallies.entry(id.clone()).or_default();
        tally.requests = tally.requests.saturating_add(*count);
        tally.seconds += *total;
        if outcome == "SERVER_ERROR" {
            tally.failures = tally.failures.saturating_add(*count);
        }
    }
    tallies
}

#[cfg(test)]
mod tests {
    use service_kit::clock::Clock;

    use super::*;

    #[test]
    fn a_rate_is_of_the_time_between_two_looks() {
        let clock = Clock::manual(0);
        let registry = Registry::new(clock.clone());
        let timer =
            |outcome| registry.timer("x.requests", "", &[("routeId", "a"), ("outcome", outcome)]);
        let (good, bad) = (timer("SUCCESSFUL"), timer("SERVER_ERROR"));
        let rates = Rates::default();
        let look = |after: u64, count: usize| {
            for _ in 0..count {
                good.record(Duration::from_millis(10));
                bad.record(Duration::from_millis(30));
            }
            clock.advance(Duration::from_secs(after));
            rates.look(&registry, clock.monotonic())["a"]
        };
        assert_eq!(look(10, 10), Rate { requests: 2.0, failures: 0.5, time_ms: 20.0, total: 20 });
        assert_eq!(look(5, 10).requests, 4.0);
        assert_eq!(look(5, 0), Rate { total: 40, ..Rate::default() });
    }
}
