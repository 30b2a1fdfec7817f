//! Instances of services as the gateway knows them, with its own load on them (AC-15).

use eureka_client::{Client, Endpoint};
use serde::Serialize;

/// One instance.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceRow {
    pub(super) service: String,
    pub(super) instance: String,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) secure_port: Option<u16>,
    pub(super) status: String,
    pub(super) zone: Option<String>,
    pub(super) weight: u32,
    /// Requests of this gateway under way there.
    pub(super) in_flight: u32,
    /// Failures since its last success.
    pub(super) failures: u32,
    /// Whether it gets nothing for a while.
    pub(super) ejected: bool,
}

/// All instances, by service and id.
pub(super) fn all(client: Option<&Client>) -> Vec<InstanceRow> {
    let Some(client) = client else { return Vec::new() };
    let snapshot = client.snapshot();
    let mut rows: Vec<InstanceRow> =
        snapshot.endpoints().iter().map(|endpoint| row(client, endpoint)).collect();
    rows.sort_by(|a, b| (&a.service, &a.instance).cmp(&(&b.service, &b.instance)));
    rows
}

fn row(client: &Client, endpoint: &Endpoint) -> InstanceRow {
    let (info, load) = (endpoint.info(), endpoint.load());
    InstanceRow {
        service: info.app.to_string(),
        instance: info.id().to_owned(),
        host: info.host_name.to_string(),
        port: endpoint.port(false),
        secure_port: endpoint.port(true),
        status: info.status.as_str().to_owned(),
        zone: endpoint.zone().map(str::to_owned),
        weight: endpoint.weight(),
        in_flight: load.outstanding(),
        failures: load.failures_in_a_row(),
        ejected: client.is_ejected(endpoint),
    }
}
