//! The one place that reads the wall clock and the monotonic clock.
//!
//! Time arithmetic (leases, intervals, uptimes) runs on [`Clock::monotonic`]; the wall clock only
//! fills fields that people and peers read. A wall clock that jumps therefore moves what is shown
//! and never what is decided.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Source of time, cheap to clone; clones of a manual clock share their time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { started: Instant },
    Manual(Arc<Manual>),
}

/// State of a clock moved by hand. Kept apart from wall jumps so that the monotonic side never
/// goes backwards.
#[derive(Debug)]
struct Manual {
    start_ms: u64,
    elapsed_ns: AtomicU64,
    wall_offset_ms: AtomicI64,
}

impl Clock {
    /// The clock of the machine; its monotonic side counts from this call.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System { started: Instant::now() })
    }

    /// A clock that moves only by [`Clock::advance`] and [`Clock::jump_wall`], for tests.
    ///
    /// `start_ms` is the wall time it shows first, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn manual(start_ms: u64) -> Self {
        Self(Source::Manual(Arc::new(Manual {
            start_ms,
            elapsed_ns: AtomicU64::new(0),
            wall_offset_ms: AtomicI64::new(0),
        })))
    }

    /// Wall time in milliseconds since the Unix epoch; 0 for a machine set before 1970.
    ///
    /// May jump in either direction when the machine's time is set.
    #[must_use]
    pub fn wall_ms(&self) -> u64 {
        self.wall_us() / 1_000
    }

    /// The same in microseconds.
    #[must_use]
    pub fn wall_us(&self) -> u64 {
        match &self.0 {
            Source::System { .. } => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX)),
            Source::Manual(manual) => manual
                .start_ms
                .saturating_add_signed(manual.wall_offset_ms.load(Ordering::Relaxed))
                .saturating_mul(1_000)
                .saturating_add(manual.elapsed_ns.load(Ordering::Relaxed) / 1_000),
        }
    }

    /// Time since this clock was made. Never goes backwards, whatever happens to the wall clock.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System { started } => started.elapsed(),
            Source::Manual(manual) => {
                Duration::from_nanos(manual.elapsed_ns.load(Ordering::Relaxed))
            }
        }
    }

    /// Lets `by` pass on both sides of a manual clock. A system clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(manual) = &self.0 {
            let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
            manual.elapsed_ns.fetch_add(by, Ordering::Relaxed);
        }
    }

    /// Sets the wall side of a manual clock `by_ms` ahead (or back), as an operator or a time
    /// service would. The monotonic side does not move. A system clock is left alone.
    pub fn jump_wall(&self, by_ms: i64) {
        if let Source::Manual(manual) = &self.0 {
            manual.wall_offset_ms.fetch_add(by_ms, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_moves_both_sides() {
        let clock = Clock::manual(1_000);

        clock.advance(Duration::from_millis(250));

        assert_eq!(clock.wall_ms(), 1_250);
        assert_eq!(clock.monotonic(), Duration::from_millis(250));
    }

    #[test]
    fn a_wall_jump_leaves_the_monotonic_side_alone() {
        let clock = Clock::manual(10_000);
        clock.advance(Duration::from_secs(1));

        clock.jump_wall(-5_000);

        assert_eq!(clock.wall_ms(), 6_000);
        assert_eq!(clock.monotonic(), Duration::from_secs(1));
    }

    #[test]
    fn a_jump_before_the_epoch_stops_at_zero() {
        let clock = Clock::manual(10);

        clock.jump_wall(-11);

        assert_eq!(clock.wall_ms(), 0);
    }

    #[test]
    fn clones_of_a_manual_clock_share_their_time() {
        let clock = Clock::manual(0);
        let other = clock.clone();

        clock.advance(Duration::from_secs(3));

        assert_eq!(other.monotonic(), Duration::from_secs(3));
    }

    #[test]
    fn the_system_clock_never_goes_backwards_and_cannot_be_moved() {
        let clock = Clock::system();
        let before = clock.monotonic();

        clock.advance(Duration::from_secs(3_600));

        let after = clock.monotonic();
        assert!(after >= before);
        assert!(after < Duration::from_secs(3_600));
        assert!(clock.wall_ms() > 1_700_000_000_000);
    }
}
