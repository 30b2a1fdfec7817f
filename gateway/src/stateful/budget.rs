//! How many requests of a service may be sent again: retries must not become the load that brings
//! a service down (RT-13). Told the time.

use std::collections::VecDeque;

/// Seconds that are looked at.
const WINDOW_S: u64 = 10;

/// A share of the requests, and so many per second whatever their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BudgetRule {
    /// Retries for a hundred requests.
    pub(crate) percent: usize,
    /// Retries per second that are always allowed.
    pub(crate) floor_per_s: usize,
}

impl Default for BudgetRule {
    fn default() -> Self {
        Self { percent: 20, floor_per_s: 10 }
    }
}

/// Retries of one service in the last seconds. Requests cost nothing here: their number, which the
/// balancer counts anyway, is looked at when one is to be sent again.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    marks: VecDeque<Mark>,
}

#[derive(Debug)]
struct Mark {
    second: u64,
    /// Requests up to then.
    requests: usize,
    retries: usize,
}

impl Budget {
    /// Takes one retry, if there is one left. `requests` is the number of all requests so far.
    pub(crate) fn take(&mut self, rule: BudgetRule, now_s: u64, requests: usize) -> bool {
        while self.marks.front().is_some_and(|mark| mark.second + WINDOW_S <= now_s) {
            self.marks.pop_front();
        }
        if self.marks.back().is_none_or(|mark| mark.second < now_s) {
            self.marks.push_back(Mark { second: now_s, requests, retries: 0 });
        }
        let seen = self.marks.front().map_or(0, |mark| requests.wrapping_sub(mark.requests));
        let used: usize = self.marks.iter().map(|mark| mark.retries).sum();
        let share = seen.saturating_mul(rule.percent) / 100;
        let floor = rule.floor_per_s.saturating_mul(usize::try_from(WINDOW_S).unwrap_or(1));
        let is_left = used < share.saturating_add(floor);
        if let Some(mark) = self.marks.back_mut().filter(|_| is_left) {
            mark.retries += 1;
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_a_hundred_per_ten_seconds_is_always_there_rt_13() {
        let (mut budget, rule) = (Budget::default(), BudgetRule::default());
        assert!((0..100).all(|_| budget.take(rule, 0, 0)));
        assert!(!budget.take(rule, 9, 0));
        assert!(budget.take(rule, 10, 0), "the first second is forgotten");
    }

    #[test]
    fn a_fifth_of_the_requests_is_there_beyond_that() {
        let (mut budget, rule) = (Budget::default(), BudgetRule { percent: 20, floor_per_s: 0 });
        assert!(!budget.take(rule, 0, 1_000), "what came before is not known");
        assert!((0..20).all(|_| budget.take(rule, 1, 1_100)));
        assert!(!budget.take(rule, 1, 1_100));
    }
}
