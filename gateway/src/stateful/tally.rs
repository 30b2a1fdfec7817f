//! Counts of what is rare or costs a lock anyway: everybody adds to one number.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicU64);

impl Tally {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// As metrics show it.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub(crate) fn shown(&self) -> f64 {
        self.0.load(Relaxed) as f64
    }
}
