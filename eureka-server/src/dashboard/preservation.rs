//! Self-preservation in plain words: what it does now, from which numbers, and what would change it.

use std::fmt::Display;
use std::time::Duration;

use super::format::{Count, Span};

#[cfg(test)]
mod tests;

/// Renewals expected and seen. Source: SP-1 to SP-8.
#[derive(Clone, Copy, Debug)]
pub struct SelfPreservation {
    /// `eureka.server.enable-self-preservation`.
    pub is_enabled: bool,
    /// Whether the first minute of counting is over; before, the count of renewals says nothing.
    pub has_full_minute: bool,
    /// Whether `eureka.server.wait-time-in-ms-when-sync-empty` has passed since the start, after
    /// which too few renewals are announced (SP-7).
    pub is_settled: bool,
    /// Instances registered now.
    pub instances: u64,
    /// Clients expected to renew; one more than `instances` on a fresh Spring server (SP-4).
    pub expected_clients: u64,
    /// Renewals per minute that have to be exceeded for eviction to run.
    pub threshold: u64,
    /// Renewals in the last full minute.
    pub renewals_last_minute: u64,
    /// `eureka.server.renewal-percent-threshold`, 0.85 for 85 %.
    pub percent_threshold: f64,
    /// `eureka.server.expected-client-renewal-interval-seconds`.
    pub expected_interval: Duration,
}

/// What self-preservation does at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Switched off by configuration: expired leases are evicted whatever happens.
    Disabled,
    /// Enough renewals arrive: expired leases are evicted.
    NotNeeded,
    /// The threshold is zero, so nothing can be compared: nothing is evicted.
    NothingExpected,
    /// Nothing is registered: there is nothing to evict.
    Empty,
    /// The instances there are could not send enough renewals if all were well: nothing is evicted.
    TooSmall,
    /// No full minute has been counted yet: nothing is evicted.
    Starting,
    /// Too few renewals arrive: nothing is evicted.
    Protecting,
}

/// The warning line of the Java dashboard, word for word, since scripts look for it. Source: SPR-4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Banner {
    /// Below the threshold, protecting.
    Emergency,
    /// Below the threshold, not protecting.
    BelowAndDisabled,
    /// Enough renewals, but not protecting.
    Disabled,
}

impl Banner {
    /// The words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Emergency => concat!(
                "EMERGENCY! EUREKA MAY BE INCORRECTLY CLAIMING INSTANCES ARE UP WHEN THEY'RE NOT. ",
                "RENEWALS ARE LESSER THAN THRESHOLD AND HENCE THE INSTANCES ARE NOT BEING EXPIRED ",
                "JUST TO BE SAFE."
            ),
            Self::BelowAndDisabled => concat!(
                "RENEWALS ARE LESSER THAN THE THRESHOLD. THE SELF PRESERVATION MODE IS TURNED OFF. ",
                "THIS MAY NOT PROTECT INSTANCE EXPIRY IN CASE OF NETWORK/OTHER PROBLEMS."
            ),
            Self::Disabled => concat!(
                "THE SELF PRESERVATION MODE IS TURNED OFF. ",
                "THIS MAY NOT PROTECT INSTANCE EXPIRY IN CASE OF NETWORK/OTHER PROBLEMS."
            ),
        }
    }
}

/// The explanation as paragraphs; what stands between backticks is to be set as code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    /// Two to six words.
    pub(super) headline: &'static str,
    /// What happens, and from which numbers.
    pub(super) now: String,
    /// What would turn it on or off.
    pub(super) change: String,
}

impl Explanation {
    /// The paragraphs that are there.
    pub(super) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        [self.now.as_str(), self.change.as_str()].into_iter().filter(|text| !text.is_empty())
    }
}

impl SelfPreservation {
    /// What it does now.
    pub(super) fn verdict(&self) -> Verdict {
        if !self.is_enabled {
            Verdict::Disabled
        } else if self.threshold == 0 {
            Verdict::NothingExpected
        } else if self.renewals_last_minute > self.threshold {
            Verdict::NotNeeded
        } else if self.instances == 0 {
            Verdict::Empty
        } else if self.sent_by(self.instances) <= self.threshold {
            Verdict::TooSmall
        } else if self.has_full_minute {
            Verdict::Protecting
        } else {
            Verdict::Starting
        }
    }

    /// Whether expired leases are evicted. Source: SP-3.
    #[must_use]
    pub fn evicts(&self) -> bool {
        matches!(self.verdict(), Verdict::Disabled | Verdict::NotNeeded)
    }

    /// The warning to print, if any.
    pub(super) const fn banner(&self) -> Option<Banner> {
        let is_below = self.is_settled && self.renewals_last_minute <= self.threshold;
        match (is_below, self.is_enabled) {
            (true, true) => Some(Banner::Emergency),
            (true, false) => Some(Banner::BelowAndDisabled),
            (false, false) => Some(Banner::Disabled),
            (false, true) => None,
        }
    }

    /// Everything in words.
    pub(super) fn explain(&self) -> Explanation {
        let (headline, now, change) = match self.verdict() {
            Verdict::Disabled => self.explain_disabled(),
            Verdict::NotNeeded => self.explain_not_needed(),
            Verdict::NothingExpected => self.explain_nothing_expected(),
            Verdict::Empty => self.explain_empty(),
            Verdict::TooSmall => self.explain_too_small(),
            Verdict::Starting => self.explain_starting(),
            Verdict::Protecting => self.explain_protecting(),
        };
        Explanation { headline, now, change }
    }

    fn explain_disabled(&self) -> (&'static str, String, String) {
        let now = format!(
            "An expired lease is evicted however few renewals arrive. {} arrived in the last full \
             minute; self-preservation would ask for more than {}.",
            of(self.renewals_last_minute, "renewal"),
            Count(self.threshold),
        );
        let change = "It is turned off by `eureka.server.enable-self-preservation=false`. Without \
                      that line it protects the registry when many clients fall silent at once."
            .to_owned();
        ("Turned off by configuration", now, change)
    }

    fn explain_not_needed(&self) -> (&'static str, String, String) {
        let spare = self.renewals_last_minute.saturating_sub(self.threshold);
        let now = format!(
            "{} arrived in the last full minute, and more than {} are needed ({}). Expired leases \
             are evicted.",
            of(self.renewals_last_minute, "renewal"),
            Count(self.threshold),
            self.expectation(),
        );
        let change = format!(
            "It turns on when {} or fewer arrive in a minute, that is on losing about {} at once.",
            Count(self.threshold),
            of(self.clients_that_send(spare), "client"),
        );
        ("Off: expired leases are evicted", now, change)
    }

    fn explain_nothing_expected(&self) -> (&'static str, String, String) {
        let now = format!(
            "No renewals are expected ({}), so there is nothing to compare the {} of the last full \
             minute with. Nothing is evicted.",
            self.expectation(),
            Count(self.renewals_last_minute),
        );
        let change = "It turns off once more clients are expected, at the next registration or \
                      recount."
            .to_owned();
        ("On: no renewals are expected", now, change)
    }

    fn explain_empty(&self) -> (&'static str, String, String) {
        let now = "No instance is registered, so there is nothing to evict.".to_owned();
        let change = match self.instances_that_evict() {
            None | Some(0 | 1) => String::new(),
            Some(enough) => format!(
                "Expired leases will be evicted from {enough} instances on. For fewer, set \
                 `eureka.server.enable-self-preservation=false`."
            ),
        };
        ("Waiting for instances", now, change)
    }

    /// The number one surprise of a small registry: all clients together stay below the threshold,
    /// because it is reckoned with one client more than there are (SP-8).
    fn explain_too_small(&self) -> (&'static str, String, String) {
        let now = format!(
            "{} renewing every {} can send {} a minute, and more than {} are needed ({}). So \
             nothing is ever evicted: a crashed instance stays listed.",
            of(self.instances, "instance"),
            Span(self.expected_interval),
            of(self.sent_by(self.instances), "renewal"),
            Count(self.threshold),
            self.expectation(),
        );
        let mut change = String::new();
        if let Some(enough) = self.instances_that_evict() {
            change.push_str(&format!("From {enough} instances on this ends by itself. "));
        }
        change.push_str("To evict already now, set `eureka.server.enable-self-preservation=false`");
        if let Some(percent) = self.percent_that_evicts() {
            change.push_str(&format!(
                ", or lower `eureka.server.renewal-percent-threshold` from {} to {}",
                self.percent_threshold,
                f64::from(percent) / 100.0,
            ));
        }
        change.push('.');
        ("On: too few instances to evict", now, change)
    }

    fn explain_starting(&self) -> (&'static str, String, String) {
        let now = "Renewals are counted per full minute, and the first minute since the start is \
                   not over. Nothing is evicted until then."
            .to_owned();
        let change = format!(
            "It turns off when a full minute brings more than {} ({}).",
            of(self.threshold, "renewal"),
            self.expectation(),
        );
        ("On while the first minute is counted", now, change)
    }

    fn explain_protecting(&self) -> (&'static str, String, String) {
        let missing = self.threshold.saturating_add(1).saturating_sub(self.renewals_last_minute);
        let now = format!(
            "{} arrived in the last full minute, and more than {} are needed ({}). When so many \
             clients are silent at once the network is the likelier cause, so eviction is stopped \
             and every instance stays listed, also those that are gone.",
            of(self.renewals_last_minute, "renewal"),
            Count(self.threshold),
            self.expectation(),
        );
        let change = format!(
            "It turns off by itself when {} more {} in a minute, as from {} coming back. \
             `eureka.server.enable-self-preservation=false` turns it off for good.",
            Count(missing),
            if missing == 1 { "arrives" } else { "arrive" },
            of(self.clients_that_send(missing), "client"),
        );
        ("On: nothing is evicted", now, change)
    }

    /// `85 % of what 12 expected clients send at one renewal every 30 s`.
    fn expectation(&self) -> String {
        format!(
            "{}\u{a0}% of what {} at one renewal every {}",
            (self.percent_threshold * 10_000.0).round() / 100.0,
            match self.expected_clients {
                1 => "1 expected client sends".to_owned(),
                clients => format!("{} expected clients send", Count(clients)),
            },
            Span(self.expected_interval),
        )
    }

    fn renewals_per_client(&self) -> f64 {
        60.0 / self.expected_interval.as_secs_f64().max(0.001)
    }

    /// Renewals a minute of that many healthy clients.
    fn sent_by(&self, clients: u64) -> u64 {
        whole(clients as f64 * self.renewals_per_client())
    }

    /// Fewest clients that send that many renewals a minute.
    fn clients_that_send(&self, renewals: u64) -> u64 {
        whole((renewals as f64 / self.renewals_per_client()).ceil()).max(1)
    }

    /// Threshold by SP-1 for that many expected clients and that share.
    fn threshold_for(&self, expected: u64, share: f64) -> u64 {
        whole(expected as f64 * self.renewals_per_client() * share)
    }

    /// Size from which a healthy registry evicts, with today's difference between expected clients
    /// and instances; `None` when no size below a thousand does.
    fn instances_that_evict(&self) -> Option<u64> {
        let extra = self.expected_clients.saturating_sub(self.instances);
        (self.instances + 1..1_000)
            .find(|&n| self.sent_by(n) > self.threshold_for(n + extra, self.percent_threshold))
    }

    /// Highest share, in percent, with which the instances there are would be enough.
    fn percent_that_evicts(&self) -> Option<u8> {
        let sent = self.sent_by(self.instances);
        (1..100).rev().find(|&percent| {
            let threshold = self.threshold_for(self.expected_clients, f64::from(percent) / 100.0);
            threshold > 0 && threshold < sent
        })
    }
}

/// Truncates as Java's cast to an integer does. Source: SP-1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast of a float saturates, and no number here is negative"
)]
const fn whole(value: f64) -> u64 {
    value as u64
}

/// `1 client`, `2 clients`.
fn of(count: u64, noun: &str) -> impl Display {
    format!("{} {noun}{}", Count(count), if count == 1 { "" } else { "s" })
}
