//! Tokens of one key. Told the time; nothing is rounded.

use std::time::Duration;

use gateway_routing::Bucket;

use super::Verdict;

/// What is left for one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tokens {
    /// Parts of tokens, as many to a token as a period has nanoseconds: what a nanosecond adds is
    /// then a whole number of parts.
    parts: u128,
    counted: Duration,
}

impl Tokens {
    /// A bucket that nobody has taken from.
    pub(super) fn full(bucket: &Bucket, now: Duration) -> Self {
        Self { parts: parts(bucket, bucket.capacity), counted: now }
    }

    /// Takes what one request takes, if it is there.
    pub(super) fn take(&mut self, bucket: &Bucket, now: Duration) -> Verdict {
        self.fill(bucket, now);
        let wanted = parts(bucket, bucket.requested);
        let is_allowed = self.parts >= wanted;
        if is_allowed {
            self.parts -= wanted;
        }
        let left = self.parts / period(bucket);
        let retry_after_s = self.wait(bucket, wanted, now);
        Verdict { is_allowed, left: i64::try_from(left).unwrap_or(i64::MAX), retry_after_s }
    }

    fn fill(&mut self, bucket: &Bucket, now: Duration) {
        let passed = now.saturating_sub(self.counted).as_nanos();
        let added = if bucket.in_intervals {
            let periods = passed / period(bucket);
            let whole = periods.saturating_mul(period(bucket));
            self.counted += Duration::from_nanos(u64::try_from(whole).unwrap_or(u64::MAX));
            periods.saturating_mul(parts(bucket, bucket.replenish))
        } else {
            self.counted = self.counted.max(now);
            passed.saturating_mul(u128::from(bucket.replenish))
        };
        self.parts = self.parts.saturating_add(added).min(parts(bucket, bucket.capacity));
    }

    /// Whole seconds until there is as much as `wanted`; `None` if there never is.
    fn wait(&self, bucket: &Bucket, wanted: u128, now: Duration) -> Option<u64> {
        if wanted > parts(bucket, bucket.capacity) || bucket.replenish == 0 {
            return None;
        }
        let missing = wanted.saturating_sub(self.parts);
        let nanos = if bucket.in_intervals {
            let periods = missing.div_ceil(parts(bucket, bucket.replenish));
            let since = now.saturating_sub(self.counted).as_nanos();
            periods.saturating_mul(period(bucket)).saturating_sub(since)
        } else {
            missing.div_ceil(u128::from(bucket.replenish))
        };
        u64::try_from(nanos.div_ceil(1_000_000_000)).ok()
    }
}

fn period(bucket: &Bucket) -> u128 {
    bucket.period.as_nanos().max(1)
}

fn parts(bucket: &Bucket, tokens: u64) -> u128 {
    u128::from(tokens).saturating_mul(period(bucket))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(replenish: u64, capacity: u64, requested: u64) -> Bucket {
        let period = Duration::from_secs(1);
        Bucket { replenish, period, capacity, requested, in_intervals: false }
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_burst_passes_and_then_as_many_as_come_back_rl_5() {
        let bucket = bucket(2, 3, 1);
        let mut tokens = Tokens::full(&bucket, at(0));
        let lefts: Vec<i64> = (0..3).map(|_| tokens.take(&bucket, at(0)).left).collect();
        assert_eq!(lefts, [2, 1, 0]);
        let refused = Verdict { is_allowed: false, left: 0, retry_after_s: Some(1) };
        assert_eq!(tokens.take(&bucket, at(499)), refused);
        assert!(tokens.take(&bucket, at(500)).is_allowed);
        assert!(!tokens.take(&bucket, at(999)).is_allowed);
        assert_eq!(tokens.take(&bucket, at(60_000)).left, 2, "no more than fit");
    }

    #[test]
    fn one_a_minute_rl_6() {
        let bucket = bucket(1, 60, 60);
        let mut tokens = Tokens::full(&bucket, at(0));
        assert!(tokens.take(&bucket, at(0)).is_allowed);
        let refused = tokens.take(&bucket, at(1_000));
        assert_eq!((refused.is_allowed, refused.retry_after_s), (false, Some(59)));
        assert!(tokens.take(&bucket, at(60_000)).is_allowed);
    }

    #[test]
    fn capacity_nought_refuses_everything_for_ever() {
        let bucket = bucket(1, 0, 1);
        let refused = Tokens::full(&bucket, at(0)).take(&bucket, at(9_000));
        assert_eq!((refused.is_allowed, refused.retry_after_s), (false, None));
    }

    #[test]
    fn in_intervals_tokens_come_all_at_once_rl_10() {
        let period = Duration::from_secs(10);
        let bucket = Bucket { replenish: 2, period, capacity: 2, requested: 1, in_intervals: true };
        let mut tokens = Tokens::full(&bucket, at(0));
        assert!(tokens.take(&bucket, at(0)).is_allowed && tokens.take(&bucket, at(1)).is_allowed);
        let refused = tokens.take(&bucket, at(9_500));
        assert_eq!((refused.is_allowed, refused.retry_after_s), (false, Some(1)));
        let lefts: Vec<i64> = (0..2).map(|_| tokens.take(&bucket, at(10_000)).left).collect();
        assert_eq!(lefts, [1, 0]);
    }
}
