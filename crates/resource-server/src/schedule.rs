//! When a provider's keys are fetched (JW-17 to JW-19). Pure: it is told the time, which is that
//! of a steady clock.

use std::time::Duration;

/// Time between two fetches when nothing calls for an earlier one.
const REFRESH: Duration = Duration::from_secs(300);
/// Least time between two fetches while there are keys, whatever tokens ask for. A set that is
/// younger also answers for the key ids that it does not have.
const LEAST_GAP: Duration = Duration::from_secs(30);
/// Time to the second try while there are no keys at all; doubles with every failure.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// Age up to which keys are used while newer ones cannot be had.
const STALE_MAX: Duration = Duration::from_secs(24 * 3600);

/// Whether a token with an unknown key can hope for another set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hope {
    /// A fetch is under way or due; the number of fetches that had ended when it was asked for.
    Soon(u64),
    /// Not now.
    None,
}

/// When keys were fetched, and when they are to be next.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    /// Begin of the last try.
    tried: Option<Duration>,
    /// Begin of the last try that brought keys.
    fetched: Option<Duration>,
    failures: u32,
    ended: u64,
    is_fetching: bool,
    is_wanted: bool,
}

impl Schedule {
    /// When the next fetch is due.
    pub(crate) fn due(&self) -> Duration {
        let Some(tried) = self.tried else { return Duration::ZERO };
        if self.failures == 0 && !self.is_wanted {
            return tried.saturating_add(REFRESH);
        }
        self.earliest(tried)
    }

    /// A token names a key that is not there, or there are no keys.
    pub(crate) fn want(&mut self, now: Duration) -> Hope {
        let may = self.tried.is_none_or(|tried| now >= self.earliest(tried));
        if !self.is_fetching && !may {
            return Hope::None;
        }
        self.is_wanted = true;
        Hope::Soon(self.ended)
    }

    /// Takes the fetch that is due; false if none is.
    pub(crate) fn begin(&mut self, now: Duration) -> bool {
        if self.is_fetching || now < self.due() {
            return false;
        }
        self.is_fetching = true;
        self.tried = Some(now);
        true
    }

    /// The fetch that was begun has ended. Returns how many have.
    pub(crate) fn end(&mut self, succeeded: bool) -> u64 {
        self.is_fetching = false;
        self.is_wanted = false;
        if succeeded {
            self.fetched = self.tried;
            self.failures = 0;
        } else {
            self.failures = self.failures.saturating_add(1);
        }
        self.ended = self.ended.saturating_add(1);
        self.ended
    }

    /// Whether keys that were asked for at `fetched` may still be used.
    pub(crate) const fn is_usable(fetched: Duration, now: Duration) -> bool {
        now.as_millis() <= fetched.saturating_add(STALE_MAX).as_millis()
    }

    fn earliest(&self, tried: Duration) -> Duration {
        let has_keys = self.fetched.is_some_and(|fetched| Self::is_usable(fetched, tried));
        let gap = if has_keys {
            LEAST_GAP
        } else {
            let doublings = self.failures.saturating_sub(1).min(8);
            FIRST_RETRY.saturating_mul(1 << doublings).min(LEAST_GAP)
        };
        tried.saturating_add(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// A schedule whose first fetch began at zero and brought keys.
    fn with_keys() -> Schedule {
        let mut schedule = Schedule::default();
        assert!(schedule.begin(s(0)));
        schedule.end(true);
        schedule
    }

    #[test]
    fn keys_are_fetched_at_once_and_every_five_minutes() {
        assert_eq!(Schedule::default().due(), s(0));
        let mut schedule = with_keys();
        assert!(!schedule.begin(s(299)) && schedule.begin(s(300)));
        assert!(!schedule.begin(s(900)), "one at a time");
        schedule.end(true);
        assert_eq!(schedule.due(), s(600));
    }

    #[test]
    fn ten_thousand_unknown_keys_lead_to_one_fetch_in_thirty_seconds() {
        let mut schedule = with_keys();
        let mut fetches = Vec::new();
        // Some 111 a second, for 90 seconds.
        for number in 0..10_000_u64 {
            let now = Duration::from_millis(number * 9);
            schedule.want(now);
            if schedule.begin(now) {
                fetches.push(now.as_secs());
                schedule.end(true);
            }
        }
        assert_eq!(fetches, [30, 60]);
    }

    #[test]
    fn an_unknown_key_waits_for_the_fetch_under_way() {
        let mut schedule = with_keys();
        assert_eq!(schedule.want(s(29)), Hope::None);
        assert_eq!(schedule.want(s(30)), Hope::Soon(1));
        assert!(schedule.begin(s(30)));
        assert_eq!(schedule.want(s(31)), Hope::Soon(1));
        assert_eq!(schedule.end(true), 2);
        assert_eq!(schedule.want(s(31)), Hope::None);
        // Whoever came during the fetch had it; nothing is left over for the next.
        assert_eq!(schedule.due(), s(330));
    }

    #[test]
    fn without_keys_tries_come_ever_more_slowly() {
        let mut schedule = Schedule::default();
        let mut now = s(0);
        let mut gaps = Vec::new();
        for _ in 0..8 {
            assert!(schedule.begin(now));
            schedule.end(false);
            assert_eq!(schedule.want(now), Hope::None);
            gaps.push((schedule.due() - now).as_secs());
            now = schedule.due();
        }
        assert_eq!(gaps, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn with_old_keys_a_failed_fetch_is_tried_again_after_thirty_seconds() {
        let mut schedule = with_keys();
        assert!(schedule.begin(s(300)));
        schedule.end(false);
        assert_eq!(schedule.due(), s(330));
    }

    #[test]
    fn keys_are_used_for_a_day_at_most() {
        assert!(Schedule::is_usable(s(5), s(5 + 86_400)));
        assert!(!Schedule::is_usable(s(5), s(5 + 86_400) + Duration::from_millis(1)));
    }
}
