//! Growing delays between attempts (CL-6).

use std::time::Duration;

/// A delay that doubles up to a multiple of its base, and falls back at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    base: Duration,
    longest: Duration,
    current: Duration,
}

impl Backoff {
    /// A delay that begins at `base` and never exceeds `bound` times that.
    pub(crate) fn new(base: Duration, bound: u32) -> Self {
        Self::up_to(base, base.saturating_mul(bound.max(1)))
    }

    /// A delay that begins at `base` and never exceeds `longest`.
    pub(crate) fn up_to(base: Duration, longest: Duration) -> Self {
        let base = base.min(longest);
        Self { base, longest, current: base }
    }

    /// How long to wait now.
    pub(crate) const fn delay(&self) -> Duration {
        self.current
    }

    /// The attempt ran out of time: wait longer.
    pub(crate) fn grow(&mut self) {
        self.current = self.current.saturating_mul(2).min(self.longest);
    }

    /// The attempt came through: wait as at first.
    pub(crate) const fn reset(&mut self) {
        self.current = self.base;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_the_bound_and_falls_back_at_once() {
        let mut backoff = Backoff::new(Duration::from_secs(30), 10);
        let mut delays = vec![backoff.delay().as_secs()];
        for _ in 0..5 {
            backoff.grow();
            delays.push(backoff.delay().as_secs());
        }
        assert_eq!(delays, [30, 60, 120, 240, 300, 300]);

        backoff.reset();
        assert_eq!(backoff.delay(), Duration::from_secs(30));
    }

    #[test]
    fn a_bound_of_zero_is_the_base() {
        let mut backoff = Backoff::new(Duration::from_secs(1), 0);
        backoff.grow();
        assert_eq!(backoff.delay(), Duration::from_secs(1));
    }
}
