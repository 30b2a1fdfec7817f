//! Self-preservation: evict nothing while too few renewals arrive (section 3.7).

use crate::Config;

/// How many clients are expected to renew, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfPreservation {
    enabled: bool,
    percent_threshold: f64,
    renewal_interval_secs: f64,
    expected_clients: u32,
}

/// State of self-preservation at a moment, with the numbers behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether self-preservation is switched on at all.
    pub enabled: bool,
    /// Whether leases may expire (SP-3).
    pub expiration_enabled: bool,
    /// Clients expected to renew.
    pub expected_clients: u32,
    /// Renewals per minute that must be exceeded.
    pub threshold: u64,
    /// Renewals in the last completed minute.
    pub renewals_last_minute: u64,
}

impl SelfPreservation {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            enabled: config.enable_self_preservation,
            percent_threshold: config.renewal_percent_threshold,
            renewal_interval_secs: f64::from(config.expected_client_renewal_interval_secs.max(1)),
            expected_clients: config.default_open_for_traffic_count,
        }
    }

    /// A lease that did not exist was opened (SP-5). With nobody expected at the start nobody ever
    /// is, as in the reference (SP-4).
    pub(crate) const fn expect_one_more(&mut self) {
        if self.expected_clients > 0 {
            self.expected_clients = self.expected_clients.saturating_add(1);
        }
    }

    /// A lease was cancelled or evicted (SP-5).
    pub(crate) const fn expect_one_less(&mut self) {
        self.expected_clients = self.expected_clients.saturating_sub(1);
    }

    /// The periodic correction (SP-6): takes over `registered`, unless that is a sudden loss.
    pub(crate) fn correct(&mut self, registered: u32) {
        let floor = self.percent_threshold * f64::from(self.expected_clients);
        if !self.enabled || f64::from(registered) > floor {
            self.expected_clients = registered;
        }
    }

    /// Renewals per minute that must be exceeded (SP-1), truncated.
    #[must_use]
    pub fn threshold(&self) -> u64 {
        let per_client = 60.0 / self.renewal_interval_secs;
        whole(f64::from(self.expected_clients) * per_client * self.percent_threshold)
    }

    /// State at a moment, given the renewals of the last completed minute.
    #[must_use]
    pub fn verdict(&self, renewals_last_minute: u64) -> Verdict {
        let threshold = self.threshold();
        let enough = threshold > 0 && renewals_last_minute > threshold;
        Verdict {
            enabled: self.enabled,
            expiration_enabled: !self.enabled || enough,
            expected_clients: self.expected_clients,
            threshold,
            renewals_last_minute,
        }
    }
}

/// The whole part of a count that is never negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "truncation is the rule, and the operands are not negative"
)]
pub(crate) fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_clients(n: u32) -> SelfPreservation {
        let mut state = SelfPreservation::new(&Config::default());
        (0..n).for_each(|_| state.expect_one_more());
        state
    }

    #[test]
    fn thresholds_of_a_fresh_standalone_server() {
        let seen: Vec<u64> = (0..=10).map(|n| with_clients(n).threshold()).collect();
        assert_eq!(seen, [1, 3, 5, 6, 8, 10, 11, 13, 15, 17, 18]);
    }

    #[test]
    fn fewer_than_six_clients_never_lift_it() {
        assert!(!with_clients(5).verdict(10).expiration_enabled);
        assert!(with_clients(6).verdict(12).expiration_enabled);
        assert!(!with_clients(6).verdict(11).expiration_enabled);
    }

    #[test]
    fn nobody_expected_means_no_expiration_unless_switched_off() {
        let mut config = Config { default_open_for_traffic_count: 0, ..Config::default() };
        let mut state = SelfPreservation::new(&config);
        state.expect_one_more();
        assert_eq!(state.verdict(100).expected_clients, 0);
        assert!(!state.verdict(100).expiration_enabled);
        config.enable_self_preservation = false;
        assert!(SelfPreservation::new(&config).verdict(0).expiration_enabled);
    }

    #[test]
    fn the_correction_ignores_a_sudden_loss() {
        let mut state = with_clients(99);
        state.correct(85);
        assert_eq!(state.verdict(0).expected_clients, 100);
        state.correct(86);
        assert_eq!(state.verdict(0).expected_clients, 86);
    }
}
