//! Settings of a registry. Names follow `eureka.server.*` and `eureka.instance.registry.*`.

/// Plain data; the defaults are Spring's (section 6.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Whether too few renewals stop eviction.
    pub enable_self_preservation: bool,
    /// Share of the expected renewals below which nothing is evicted, 0.0 to 1.0.
    pub renewal_percent_threshold: f64,
    /// Seconds between two renewals of a client, as the threshold assumes it.
    pub expected_client_renewal_interval_secs: u32,
    /// Clients expected before the first one registers (SP-4).
    pub default_open_for_traffic_count: u32,
    /// How long a change stays in the delta, ms.
    pub delta_retention_ms: u64,
    /// Whether renewals compare dirty timestamps (EP-33).
    pub sync_when_timestamp_differs: bool,
    /// Whether a renewed lease lasts one duration instead of the reference's two (LS-4).
    pub exact_lease: bool,
    /// Effective id of the answering server's own instance; that one is shown as coordinating.
    pub own_instance_id: Box<str>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enable_self_preservation: true,
            renewal_percent_threshold: 0.85,
            expected_client_renewal_interval_secs: 30,
            default_open_for_traffic_count: 1,
            delta_retention_ms: 180_000,
            sync_when_timestamp_differs: true,
            exact_lease: false,
            own_instance_id: "".into(),
        }
    }
}
