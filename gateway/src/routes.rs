//! The routes in use, and the services that some of them are made from.

use std::sync::Arc;

use arc_swap::ArcSwap;
use eureka_client::{Client, Snapshot};
use gateway_routing::locator::Instance;
use gateway_routing::{Route, RouteError, Settings, Stateful, Table, Upstream, compile};
use tokio_util::sync::CancellationToken;

use crate::config::{Definition, SettingsError};

/// What requests are routed by.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) definition: Definition,
    settings: Arc<Settings>,
    table: ArcSwap<Table>,
}

impl Routes {
    /// Compiles the routes of the configuration; the texts are warnings.
    ///
    /// # Errors
    /// Every fault of every route.
    pub(crate) fn new(definition: Definition) -> Result<(Self, Vec<String>), SettingsError> {
        let settings = Arc::new(definition.settings.clone());
        let compiled = compile(&definition.gateway, &[], &[], &settings, None);
        let compiled = compiled.map_err(SettingsError::Routes)?;
        let mut warnings = compiled.warnings;
        let errors: Vec<RouteError> =
            compiled.table.routes().iter().filter_map(|route| unsupported(route)).collect();
        if !errors.is_empty() {
            return Err(SettingsError::Routes(errors));
        }
        warnings.extend(compiled.table.routes().iter().flat_map(|route| without_effect(route)));
        let table = ArcSwap::from_pointee(compiled.table);
        Ok((Self { definition, settings, table }, warnings))
    }

    /// The routes at this moment.
    pub(crate) fn table(&self) -> arc_swap::Guard<Arc<Table>> {
        self.table.load()
    }

    /// Makes routes of services as discovery comes to know them, until `stop` (DL-11).
    pub(crate) async fn follow(self: Arc<Self>, client: Client, stop: CancellationToken) {
        if self.definition.locator.is_none() {
            return stop.cancelled().await;
        }
        let mut changes = client.watch();
        self.discover(&client.snapshot());
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                change = changes.next() => match change {
                    Some(change) => self.discover(change.after()),
                    None => return stop.cancelled().await,
                },
            }
        }
    }

    fn discover(&self, snapshot: &Snapshot) {
        let Some(locator) = &self.definition.locator else { return };
        let instances: Vec<Instance> = snapshot
            .endpoints()
            .iter()
            .filter(|endpoint| endpoint.is_up())
            .map(|endpoint| instance(endpoint))
            .collect();
        let discovered = locator.routes(&instances);
        let table = self.table.load();
        let gateway = &self.definition.gateway;
        match compile(gateway, &[], &discovered, &self.settings, Some(&table)) {
            Ok(compiled) => {
                for warning in compiled.warnings {
                    tracing::debug!("{warning}");
                }
                self.table.store(Arc::new(compiled.table));
            }
            Err(errors) => {
                for error in errors {
                    tracing::warn!(%error, "a discovered route is left out");
                }
            }
        }
    }
}

/// A target that cannot be spoken to yet. Sending in the clear what should be secret is no way out.
fn unsupported(route: &Route) -> Option<RouteError> {
    let is_secure = match route.upstream() {
        Upstream::Address { scheme, .. } => scheme.is_secure(),
        Upstream::Balanced { scheme, .. } => scheme.is_some_and(|scheme| scheme.is_secure()),
        Upstream::Forward { .. } | Upstream::ByFilter => false,
    };
    is_secure.then(|| RouteError {
        origin: route.definition().origin.clone(),
        route: Some(route.id().to_owned()),
        problem: format!("{}: TLS to upstreams is not there yet", route.definition().uri),
        ..RouteError::default()
    })
}

/// Filters that are understood and not run yet, a sentence each.
fn without_effect(route: &Route) -> Vec<String> {
    let name = |filter: &Stateful| match filter {
        Stateful::Retry(_) => "Retry",
        Stateful::CircuitBreaker(_) => "CircuitBreaker",
        Stateful::RateLimiter(_) => "RequestRateLimiter",
        Stateful::LocalResponseCache(_) => "LocalResponseCache",
        Stateful::TokenRelay(_) => "TokenRelay",
        Stateful::CacheRequestBody => "CacheRequestBody",
        Stateful::FallbackHeaders(_) => "FallbackHeaders",
    };
    let filters = route.chain().stateful().iter();
    filters
        .map(|placed| format!("route {}: {} has no effect yet", route.id(), name(&placed.filter)))
        .collect()
}

fn instance(endpoint: &eureka_client::Endpoint) -> Instance {
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
