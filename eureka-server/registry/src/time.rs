//! The time, as every verb is told it.

/// One moment on two clocks.
///
/// Leases run on the steady clock, so a jump of the wall clock evicts nobody; the wall clock only
/// appears in what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Wall clock, ms since the epoch.
    pub wall_ms: i64,
    /// Steady clock, ms since some fixed moment.
    pub steady_ms: u64,
}

impl Moment {
    /// `ms` later on both clocks.
    #[must_use]
    pub const fn later_by(self, ms: u64) -> Self {
        Self {
            wall_ms: self.wall_ms.saturating_add_unsigned(ms),
            steady_ms: self.steady_ms.saturating_add(ms),
        }
    }
}
