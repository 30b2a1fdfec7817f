//! When an instance would be evicted, and why not yet, in words.

use std::time::Duration;

use super::format::{Count, Span};
use super::model::{EvictionSchedule, LeaseRow};

/// What lies ahead of one lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outlook {
    /// A few words for a column: `in 2 min 10 s`.
    pub(super) short: String,
    /// The whole story.
    pub(super) sentence: String,
    /// Whether the lease has run out.
    pub(super) is_expired: bool,
}

/// Tells what happens to `lease`, `evicts` being whether expired leases are evicted at all.
///
/// Source: EV-1 to EV-3; the pass is the first one after the end of the lease, since a lease is
/// expired only once its end has passed.
pub(super) fn outlook(lease: LeaseRow, schedule: EvictionSchedule, evicts: bool) -> Outlook {
    let is_expired = lease.remaining_ms < 0;
    let span = Duration::from_millis(lease.remaining_ms.unsigned_abs());
    let pass = schedule.pass_after(if is_expired { Duration::ZERO } else { span }).map(Span);
    let (left, over) = (Span(span), Span(span));
    let (short, sentence) = match (pass, evicts, is_expired) {
        (None, _, false) => {
            ("never".to_owned(), format!("Its lease ends in {left}, but no eviction is planned."))
        }
        (None, _, true) => {
            ("never".to_owned(), format!("Its lease ended {over} ago, but no eviction is planned."))
        }
        (Some(pass), true, false) => (
            format!("in {pass}"),
            format!("Its lease ends in {left}; unless it renews it is evicted in {pass}."),
        ),
        (Some(pass), true, true) => (
            format!("in {pass}"),
            format!(
                "Its lease ended {over} ago. It is evicted in {pass}, or one of the passes after: \
                 one pass removes at most {}.",
                Count(schedule.limit as u64),
            ),
        ),
        (Some(_), false, false) => (
            "stopped".to_owned(),
            format!(
                "Self-preservation is on. Its lease ends in {left} unless it renews, and even then \
                 it stays listed."
            ),
        ),
        (Some(_), false, true) => (
            "kept".to_owned(),
            format!("Its lease ended {over} ago; self-preservation keeps it listed."),
        ),
    };
    Outlook { short, sentence, is_expired }
}

impl EvictionSchedule {
    /// Time until the first pass later than `wait` from now; `None` when none is planned.
    fn pass_after(&self, wait: Duration) -> Option<Duration> {
        let next = self.next_pass_in?;
        let Some(after_next) = wait.checked_sub(next) else { return Some(next) };
        let interval = self.interval.max(Duration::from_millis(1));
        let passes = after_next.as_millis() / interval.as_millis().max(1) + 1;
        let passes = u32::try_from(passes).unwrap_or(u32::MAX);
        Some(next.saturating_add(interval.saturating_mul(passes)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    const SCHEDULE: EvictionSchedule = EvictionSchedule {
        next_pass_in: Some(Duration::from_secs(20)),
        interval: Duration::from_secs(60),
        limit: 15,
    };

    fn lease(remaining_ms: i64) -> LeaseRow {
        LeaseRow { remaining_ms, ..fixture::row("APP", "id").lease }
    }

    #[test]
    fn a_pass_comes_after_the_end_of_the_lease_not_with_it() {
        let pass = |wait| SCHEDULE.pass_after(Duration::from_millis(wait)).unwrap().as_millis();

        assert_eq!([pass(0), pass(19_999)], [20_000, 20_000]);
        assert_eq!([pass(20_000), pass(79_999)], [80_000, 80_000]);
        assert_eq!(pass(80_000), 140_000);
        let stuck = EvictionSchedule { interval: Duration::ZERO, ..SCHEDULE };
        assert_eq!(stuck.pass_after(Duration::from_secs(20)), Some(Duration::from_millis(20_001)));
        assert!(stuck.pass_after(Duration::MAX).is_some());
    }

    #[test]
    fn a_lease_is_expired_only_once_its_end_has_passed() {
        assert!(!outlook(lease(0), SCHEDULE, true).is_expired);
        assert!(outlook(lease(-1), SCHEDULE, true).is_expired);
        assert!(outlook(lease(i64::MIN), SCHEDULE, true).is_expired);
    }

    #[test]
    fn each_case_says_what_happens() {
        let told = |schedule, evicts, remaining_ms| {
            let outlook = outlook(lease(remaining_ms), schedule, evicts);
            [outlook.short, outlook.sentence].map(|text| text.replace('\u{a0}', " "))
        };
        let [short, sentence] = told(SCHEDULE, true, 100_000);
        assert_eq!(short, "in 2 min 20 s");
        assert_eq!(
            sentence,
            "Its lease ends in 1 min 40 s; unless it renews it is evicted in 2 min 20 s."
        );

        let [short, sentence] = told(SCHEDULE, true, -5_000);
        assert_eq!(short, "in 20 s");
        assert!(sentence.starts_with("Its lease ended 5 s ago. It is evicted in 20 s"));
        assert!(sentence.ends_with("at most 15."));

        assert_eq!(told(SCHEDULE, false, 1_000)[0], "stopped");
        assert_eq!(told(SCHEDULE, false, -1_000)[0], "kept");
        let unplanned = EvictionSchedule { next_pass_in: None, ..SCHEDULE };
        assert_eq!(told(unplanned, true, 1_000)[0], "never");
        assert_eq!(told(unplanned, true, -1_000)[0], "never");
    }
}
