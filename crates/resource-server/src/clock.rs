//! Time, as this crate is told it.

use std::fmt::Debug;
use std::time::Duration;

/// Source of time. Fetches are planned on the steady side; tokens are compared with the wall clock.
pub trait Clock: Debug + Send + Sync {
    /// Milliseconds since the Unix epoch; may jump when the machine's time is set.
    fn wall_ms(&self) -> u64;

    /// Time since some fixed moment; never goes backwards.
    fn monotonic(&self) -> Duration;
}
