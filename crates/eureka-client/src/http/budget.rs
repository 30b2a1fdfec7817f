//! How many retries a caller may add to the load of services that already struggle.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A retry costs as much as this many parts of a request's deposit, so that shares are exact.
const RETRY: u32 = 1_000;

/// Retries saved up: every request adds a share of one, every retry takes one. Without lock.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    saved: AtomicU32,
    most: u32,
    deposit: u32,
}

impl RetryBudget {
    /// A full budget that holds `reserve` retries and grows by `percent` of the requests.
    pub(crate) fn new(percent: u32, reserve: u32) -> Self {
        let most = reserve.saturating_mul(RETRY);
        Self { saved: AtomicU32::new(most), most, deposit: percent.saturating_mul(RETRY / 100) }
    }

    /// A request is made.
    pub(crate) fn deposit(&self) {
        let add = |saved: u32| Some(saved.saturating_add(self.deposit).min(self.most));
        // The closure never refuses.
        let _ = self.saved.fetch_update(Relaxed, Relaxed, add);
    }

    /// Takes one retry; false when none is left.
    pub(crate) fn withdraw(&self) -> bool {
        self.saved.fetch_update(Relaxed, Relaxed, |saved| saved.checked_sub(RETRY)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_requests_pay_for_one_retry() {
        let budget = RetryBudget::new(20, 1);
        assert!(budget.withdraw());
        assert!(!budget.withdraw());

        (0..4).for_each(|_| budget.deposit());
        assert!(!budget.withdraw());
        budget.deposit();
        assert!(budget.withdraw());
    }

    #[test]
    fn quiet_times_save_up_no_more_than_the_reserve() {
        let budget = RetryBudget::new(20, 3);
        (0..1_000).for_each(|_| budget.deposit());

        let retries = (0..10).filter(|_| budget.withdraw()).count();

        assert_eq!(retries, 3);
    }
}
