//! Results of the last calls, or of the last seconds.

use std::collections::VecDeque;
use std::time::Duration;

/// Sums over a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) total: u64,
    pub(super) failed: u64,
    pub(super) slow: u64,
}

/// Results of calls.
#[derive(Debug)]
pub(super) enum Window {
    /// Of the last so many calls.
    Calls { size: usize, results: VecDeque<Counts>, sum: Counts },
    /// Of the last so many seconds.
    Seconds { size: u64, seconds: VecDeque<(u64, Counts)>, sum: Counts },
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.total = self.total.saturating_add(other.total);
        self.failed = self.failed.saturating_add(other.failed);
        self.slow = self.slow.saturating_add(other.slow);
    }

    fn remove(&mut self, other: Self) {
        self.total = self.total.saturating_sub(other.total);
        self.failed = self.failed.saturating_sub(other.failed);
        self.slow = self.slow.saturating_sub(other.slow);
    }
}

impl Window {
    pub(super) fn of_calls(size: u32) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX).max(1);
        Self::Calls { size, results: VecDeque::new(), sum: Counts::default() }
    }

    pub(super) fn of_seconds(size: u32) -> Self {
        let size = u64::from(size).max(1);
        Self::Seconds { size, seconds: VecDeque::new(), sum: Counts::default() }
    }

    pub(super) fn add(&mut self, now: Duration, is_failure: bool, is_slow: bool) {
        let result = Counts { total: 1, failed: is_failure.into(), slow: is_slow.into() };
        match self {
            Self::Calls { size, results, sum } => {
                if results.len() >= *size
                    && let Some(oldest) = results.pop_front()
                {
                    sum.remove(oldest);
                }
                results.push_back(result);
                sum.add(result);
            }
            Self::Seconds { size, seconds, sum } => {
                let now = now.as_secs();
                while let Some((second, counts)) = seconds.front().copied() {
                    if second.saturating_add(*size) > now {
                        break;
                    }
                    sum.remove(counts);
                    seconds.pop_front();
                }
                match seconds.back_mut().filter(|(second, _)| *second >= now) {
                    Some((_, counts)) => counts.add(result),
                    None => seconds.push_back((now, result)),
                }
                sum.add(result);
            }
        }
    }

    pub(super) const fn counts(&self) -> Counts {
        match self {
            Self::Calls { sum, .. } | Self::Seconds { sum, .. } => *sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_of_calls_forgets_the_oldest() {
        let mut window = Window::of_calls(2);
        for is_failure in [true, false, false] {
            window.add(Duration::ZERO, is_failure, true);
        }
        assert_eq!(window.counts(), Counts { total: 2, failed: 0, slow: 2 });
    }

    #[test]
    fn a_window_of_seconds_forgets_what_is_older() {
        let mut window = Window::of_seconds(10);
        window.add(Duration::from_secs(0), true, false);
        window.add(Duration::from_secs(9), true, false);
        assert_eq!(window.counts().failed, 2);
        window.add(Duration::from_secs(10), false, false);
        assert_eq!(window.counts(), Counts { total: 2, failed: 1, slow: 0 });
        window.add(Duration::from_secs(100), false, false);
        assert_eq!(window.counts(), Counts { total: 1, failed: 0, slow: 0 });
    }
}
