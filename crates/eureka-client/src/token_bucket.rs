//! How often the client may report its own changes out of turn (CL-4).

use std::time::Duration;

/// Lets `burst` actions through at once and one more each `period`. Told the time.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    period_ms: u64,
    credit_max_ms: u64,
    credit_ms: u64,
    counted_ms: u64,
}

impl TokenBucket {
    /// A full bucket at `now_ms`.
    pub(crate) fn new(burst: u32, period: Duration, now_ms: u64) -> Self {
        let period_ms = crate::millis(period).max(1);
        let credit_max_ms = period_ms.saturating_mul(burst.into());
        Self { period_ms, credit_max_ms, credit_ms: credit_max_ms, counted_ms: now_ms }
    }

    /// Takes one token at `now_ms`; false when there is none.
    pub(crate) fn take(&mut self, now_ms: u64) -> bool {
        let passed = now_ms.saturating_sub(self.counted_ms);
        self.counted_ms = self.counted_ms.max(now_ms);
        self.credit_ms = self.credit_ms.saturating_add(passed).min(self.credit_max_ms);
        match self.credit_ms.checked_sub(self.period_ms) {
            Some(left) => {
                self.credit_ms = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_each_period() {
        let mut bucket = TokenBucket::new(2, Duration::from_secs(15), 1_000);

        assert!(bucket.take(1_000));
        assert!(bucket.take(1_000));
        assert!(!bucket.take(1_000));
        assert!(!bucket.take(15_999));
        assert!(bucket.take(16_000));
        assert!(!bucket.take(16_000));
    }

    #[test]
    fn a_long_silence_saves_up_no_more_than_the_burst() {
        let mut bucket = TokenBucket::new(2, Duration::from_secs(15), 0);
        let late = 3_600_000;

        assert!(bucket.take(late) && bucket.take(late));
        assert!(!bucket.take(late));
    }
}
