//! Time, as the client is told it.

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Source of time. Intervals run on the monotonic side; the wall clock only fills fields that
/// servers and people read.
pub trait Clock: Debug + Send + Sync {
    /// Milliseconds since the Unix epoch; may jump when the machine's time is set.
    fn wall_ms(&self) -> i64;

    /// Milliseconds since some fixed moment; never goes backwards.
    fn monotonic_ms(&self) -> u64;
}

/// The clock of the machine. Under a paused tokio clock its monotonic side stands still with it.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// The clock of the machine; its monotonic side counts from this call.
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn wall_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn monotonic_ms(&self) -> u64 {
        crate::millis(self.started.elapsed())
    }
}

#[cfg(test)]
pub(crate) mod manual {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::Clock;

    /// A clock that moves only by hand.
    #[derive(Debug, Default)]
    pub(crate) struct ManualClock(AtomicU64);

    impl ManualClock {
        pub(crate) fn advance_ms(&self, by: u64) {
            self.0.fetch_add(by, Relaxed);
        }
    }

    impl Clock for ManualClock {
        fn wall_ms(&self) -> i64 {
            i64::try_from(self.monotonic_ms()).unwrap()
        }

        fn monotonic_ms(&self) -> u64 {
            self.0.load(Relaxed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_monotonic_side_follows_the_runtime_and_the_wall_clock_the_machine() {
        let clock = SystemClock::new();

        tokio::time::advance(std::time::Duration::from_secs(3)).await;

        assert_eq!(clock.monotonic_ms(), 3_000);
        assert!(clock.wall_ms() > 1_700_000_000_000);
    }
}
