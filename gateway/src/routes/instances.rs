//! Instances of discovery as routes are made from them.

use eureka_client::{Endpoint, Snapshot};
use gateway_routing::locator::Instance;

/// Those that take traffic.
pub(super) fn of(snapshot: &Snapshot) -> Vec<Instance> {
    let up = snapshot.endpoints().iter().filter(|endpoint| endpoint.is_up());
    up.map(|endpoint| instance(endpoint)).collect()
}

fn instance(endpoint: &Endpoint) -> Instance {
    let info = endpoint.info();
    let secure = endpoint.port(true);
    Instance {
        service_id: info.app.to_string(),
        instance_id: info.id().to_owned(),
        host: info.host_name.to_string(),
        port: secure.or_else(|| endpoint.port(false)).unwrap_or_default(),
        is_secure: secure.is_some(),
        metadata: info.metadata.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
    }
}
