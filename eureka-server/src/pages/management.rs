//! `/actuator/**`: health, information and metrics for those who operate the server.

use std::convert::Infallible;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::Request;
use service_kit::config::Config;
use service_kit::metrics;
use tower::Service;

/// Management of the process.
#[derive(Clone, Debug)]
pub struct Management {
    base: String,
}

/// Management as configured.
#[must_use]
pub fn management_of(config: &Config) -> Management {
    let base: Option<String> = config.find("management.endpoints.web.base-path").ok().flatten();
    Management { base: base.unwrap_or_default().trim_end_matches('/').to_owned() }
}

impl Management {
    pub(super) fn is_health(&self, path: &str) -> bool {
        path.strip_prefix(&*self.base)
            .is_some_and(|rest| rest == "/health" || rest.starts_with("/health/"))
    }

    pub(super) fn service(
        &self,
        metrics: metrics::Registry,
    ) -> impl Service<
        Request<axum::body::Body>,
        Response = axum::response::Response,
        Error = Infallible,
        Future: Send,
    >
    + Clone
    + Send
    + Sync
    + 'static
    + use<> {
        Router::<()>::new()
            .route(&format!("{}/health", self.base), get(|| async { "{\"status\":\"UP\"}" }))
            .route(
                &format!("{}/prometheus", self.base),
                get(move || async move { metrics::render(&metrics.snapshot()).into_response() }),
            )
    }
}
