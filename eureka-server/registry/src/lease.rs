//! A lease: how long the registry lists an instance without hearing from it.

use eureka_wire::{InstanceStatus, LeaseInfo};

use crate::Moment;

/// Lease of one instance. Holds no clock; every caller says what time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    registered: Moment,
    /// Latest renewal; `None` until the first one.
    renewed: Option<Moment>,
    /// Milliseconds; `durationInSecs` of the latest registration.
    term_ms: u64,
    /// Wall clock of the first time it was `UP`, 0 if never; survives re-registration.
    service_up_wall_ms: i64,
}

impl Lease {
    /// Opens a lease of `duration_secs` for an instance registered at `now` (LS-1). 64-bit, so no
    /// duration overflows.
    #[must_use]
    pub fn open(now: Moment, duration_secs: i32) -> Self {
        let term_ms = u64::try_from(duration_secs).unwrap_or_default().saturating_mul(1000);
        Self { registered: now, renewed: None, term_ms, service_up_wall_ms: 0 }
    }

    /// The same, carrying over when `previous` was first `UP` (LS-5).
    #[must_use]
    pub fn reopen(now: Moment, duration_secs: i32, previous: &Self) -> Self {
        Self { service_up_wall_ms: previous.service_up_wall_ms, ..Self::open(now, duration_secs) }
    }

    /// Records a sign of life at `now` (LS-2).
    pub const fn renew(&mut self, now: Moment) {
        self.renewed = Some(now);
    }

    /// Records the first time the instance is `UP` (LS-6).
    pub fn note_status(&mut self, status: InstanceStatus, now: Moment) {
        if status == InstanceStatus::Up && self.service_up_wall_ms == 0 {
            self.service_up_wall_ms = now.wall_ms;
        }
    }

    /// Steady ms up to which the lease lasts, inclusive.
    ///
    /// The reference adds the term when renewing and again when testing for expiry: a renewed
    /// lease lasts two terms, one that never was lasts one (LS-3, LS-4). `exact` counts one term
    /// either way.
    #[must_use]
    pub fn lasts_until(&self, exact: bool) -> u64 {
        let terms = if exact || self.renewed.is_none() { 1 } else { 2 };
        self.last_heard().steady_ms.saturating_add(self.term_ms.saturating_mul(terms))
    }

    /// Whether the lease had run out at `now`, `grace_ms` being the eviction lag to forgive.
    #[must_use]
    pub fn is_expired(&self, now: Moment, grace_ms: u64, exact: bool) -> bool {
        now.steady_ms > self.lasts_until(exact).saturating_add(grace_ms)
    }

    /// When the instance was last heard of.
    #[must_use]
    pub fn last_heard(&self) -> Moment {
        self.renewed.unwrap_or(self.registered)
    }

    /// When it last registered.
    #[must_use]
    pub const fn registered(&self) -> Moment {
        self.registered
    }

    /// When it was last renewed; `None` before the first renewal.
    #[must_use]
    pub const fn renewed(&self) -> Option<Moment> {
        self.renewed
    }

    /// Ms that it was asked for.
    #[must_use]
    pub const fn term_ms(&self) -> u64 {
        self.term_ms
    }

    /// As told on the wire: `lastRenewalTimestamp` is one term *after* the latest renewal (DM-11).
    #[must_use]
    pub fn told(&self, terms: &LeaseInfo, eviction_timestamp: i64) -> LeaseInfo {
        let renewal = match self.renewed {
            Some(at) => at.wall_ms.saturating_add_unsigned(self.term_ms),
            None => self.registered.wall_ms,
        };
        LeaseInfo {
            renewal_interval_secs: terms.renewal_interval_secs,
            duration_secs: terms.duration_secs,
            registration_timestamp: self.registered.wall_ms,
            last_renewal_timestamp: renewal,
            eviction_timestamp,
            service_up_timestamp: self.service_up_wall_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T0: Moment = Moment { wall_ms: 1_700_000_000_000, steady_ms: 5_000 };

    #[test]
    fn a_lease_that_never_renewed_lasts_one_term() {
        let lease = Lease::open(T0, 90);
        assert!(!lease.is_expired(T0.later_by(90_000), 0, false));
        assert!(lease.is_expired(T0.later_by(90_001), 0, false));
        assert!(!lease.is_expired(T0.later_by(90_001), 1, false));
    }

    #[test]
    fn a_renewed_lease_lasts_two_terms_and_one_in_exact_mode() {
        let mut lease = Lease::open(T0, 90);
        lease.renew(T0);
        assert!(!lease.is_expired(T0.later_by(180_000), 0, false));
        assert!(lease.is_expired(T0.later_by(180_001), 0, false));
        assert!(!lease.is_expired(T0.later_by(90_000), 0, true));
        assert!(lease.is_expired(T0.later_by(90_001), 0, true));
    }

    #[test]
    fn a_wall_clock_jump_changes_no_expiry() {
        let mut lease = Lease::open(T0, 90);
        lease.renew(Moment { wall_ms: 0, ..T0 });
        assert!(!lease.is_expired(Moment { wall_ms: i64::MAX, ..T0 }, 0, true));
    }

    #[test]
    fn registering_again_shortens_the_lease_but_keeps_the_first_time_up() {
        let mut lease = Lease::open(T0, 90);
        lease.note_status(InstanceStatus::Down, T0);
        lease.note_status(InstanceStatus::Up, T0.later_by(5));
        lease.note_status(InstanceStatus::Up, T0.later_by(9));
        lease.renew(T0);
        let again = Lease::reopen(T0, 90, &lease);
        assert!(again.is_expired(T0.later_by(90_001), 0, false));
        let shown = again.told(&LeaseInfo::default(), 0);
        assert_eq!(shown.service_up_timestamp, T0.wall_ms + 5);
    }

    #[test]
    fn the_longest_duration_does_not_overflow() {
        let mut lease = Lease::open(T0, i32::MAX);
        lease.renew(T0);
        assert!(!lease.is_expired(T0.later_by(2 * 2_147_483_647_000), 0, false));
        let shown = lease.told(&LeaseInfo::default(), 0).last_renewal_timestamp;
        assert_eq!(shown, T0.wall_ms + 2_147_483_647_000);
    }
}
