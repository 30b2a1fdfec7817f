//! The lease as it is told on the wire.

/// Lease of an instance: what it asked for, and when the server saw what (section 2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseInfo {
    /// Seconds between two renewals that the client promises.
    pub renewal_interval_secs: i32,
    /// Seconds without a renewal after which the lease runs out.
    pub duration_secs: i32,
    /// Latest registration, ms since the epoch.
    pub registration_timestamp: i64,
    /// Latest registration, or one duration after the latest renewal (DM-11), ms since the epoch.
    pub last_renewal_timestamp: i64,
    /// Cancellation or eviction, ms since the epoch; 0 while registered.
    pub eviction_timestamp: i64,
    /// First time the lease was `UP`, ms since the epoch; 0 if never.
    pub service_up_timestamp: i64,
}

impl LeaseInfo {
    /// Seconds between renewals where a registration says nothing usable (DM-10).
    pub const DEFAULT_RENEWAL_INTERVAL_SECS: i32 = 30;
    /// Lease duration in seconds where a registration says nothing usable (DM-10).
    pub const DEFAULT_DURATION_SECS: i32 = 90;

    /// A lease of the given terms that the server has not stamped yet; zero and negative terms
    /// become the defaults (DM-10).
    #[must_use]
    pub const fn of_terms(renewal_interval_secs: i32, duration_secs: i32) -> Self {
        Self {
            renewal_interval_secs: if renewal_interval_secs > 0 {
                renewal_interval_secs
            } else {
                Self::DEFAULT_RENEWAL_INTERVAL_SECS
            },
            duration_secs: if duration_secs > 0 {
                duration_secs
            } else {
                Self::DEFAULT_DURATION_SECS
            },
            registration_timestamp: 0,
            last_renewal_timestamp: 0,
            eviction_timestamp: 0,
            service_up_timestamp: 0,
        }
    }
}

impl Default for LeaseInfo {
    fn default() -> Self {
        Self::of_terms(0, 0)
    }
}
