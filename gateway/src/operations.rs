//! What operators see and do while the gateway runs: the actuator, its `gateway` endpoint and the
//! page (AC-1 to AC-15, BY-17).

mod definition;
mod endpoint;
mod explain;
mod instances;
mod names;
mod page;
mod query;
mod rates;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::body::Body;
use eureka_client::Client;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use service_kit::actuator::Access;
use service_kit::clock::Clock;
use service_kit::config::{Config, ConfigError};
use service_kit::management::Management;
use service_kit::metrics::Registry;
use service_kit::serve::{Connection, Handler};
use tower::ServiceExt as _;

use crate::fault;
use crate::reload::Reload;
use crate::routes::Routes;
use crate::security::Gate;
use endpoint::Endpoint;

/// The endpoint's id.
pub(crate) const ID: &str = "gateway";

/// Answers below the actuator's base path. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Operations {
    management: Management,
    base_path: Arc<str>,
    /// The `gateway` endpoint, if there is one.
    endpoint: Option<Arc<Endpoint>>,
    gate: Option<Gate>,
    routes: Arc<Routes>,
    clock: Clock,
}

/// What operations look at and act on.
#[derive(Debug)]
pub(crate) struct Subjects {
    pub(crate) routes: Arc<Routes>,
    pub(crate) client: Option<Client>,
    pub(crate) registry: Registry,
    pub(crate) reload: Arc<Reload>,
    pub(crate) clock: Clock,
}

/// What the `gateway` endpoint may be used for; Spring's default is nothing.
///
/// # Errors
/// A key is not declared.
pub(crate) fn access(config: &Config) -> Result<Access, ConfigError> {
    Access::of_endpoint(config, ID, Access::None)
}

impl Operations {
    /// Operations on `subjects`, for those whom `gate` lets in.
    pub(crate) fn new(
        management: Management,
        base_path: &str,
        access: Access,
        gate: Option<Gate>,
        subjects: Subjects,
    ) -> Self {
        let (routes, clock) = (Arc::clone(&subjects.routes), subjects.clock.clone());
        let path = format!("{base_path}/{ID}");
        let endpoint =
            (access > Access::None).then(|| Arc::new(Endpoint::new(path, access, subjects)));
        Self { management, base_path: base_path.into(), endpoint, gate, routes, clock }
    }

    /// Whether a path is the actuator's.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        path.strip_prefix(&*self.base_path).is_some_and(is_rest)
    }

    /// Answers a request for such a path.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        self.respond(request.map(Body::new)).await
    }

    /// The same for a request that the gateway sends on to itself.
    pub(crate) async fn respond(&self, request: Request<Body>) -> Response<Body> {
        if let Some(gate) = &self.gate
            // Who asks for health has no token: load balancers, containers.
            && !self.management.is_health(request.uri().path())
        {
            let live = self.routes.now();
            let (method, path) = (request.method(), request.uri().path());
            let rules = &live.definition.rules;
            if let Err(answer) = gate.admit(rules, method, path, request.headers()).await {
                let now = self.clock.wall_ms();
                return fault::response(*answer, path, false, now).map(Body::new);
            }
        }
        let below = request.uri().path().strip_prefix(&*self.base_path);
        let own = below.and_then(|rest| rest.strip_prefix('/')?.strip_prefix(ID));
        match (&self.endpoint, own.filter(|rest| is_rest(rest)).map(str::to_owned)) {
            (Some(endpoint), Some(rest)) => endpoint.answer(&rest, request).await,
            (None, Some(_)) => empty(StatusCode::NOT_FOUND),
            (_, None) => {
                let Ok(response) = self.management.service().oneshot(request).await;
                response
            }
        }
    }
}

fn is_rest(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The actuator on a port of its own, where nothing is routed.
#[derive(Debug)]
pub(crate) struct OwnPort(pub(crate) Operations);

impl Handler for OwnPort {
    type Body = Body;

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        _connection: Arc<Connection>,
    ) -> Response<Body> {
        if self.0.is_at(request.uri().path()) {
            return self.0.answer(request).await;
        }
        empty(StatusCode::NOT_FOUND)
    }
}
