//! Pages and management: everything beside the REST interface.

mod dashboard;
mod management;
mod overrides;

use std::sync::Weak;

use axum::Router;
use axum::body::Body;
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use service_kit::metrics;
use tower::ServiceExt;

use crate::app::App;
use crate::config::Settings;

/// What the pages show beside the application itself.
#[derive(Clone, Debug)]
pub struct PagesState {
    /// Everything that is counted.
    pub metrics: metrics::Registry,
    /// Health and management of the process.
    pub management: Management,
}

pub use management::{Management, management_of};

/// The pages, ready to answer.
#[derive(Clone, Debug)]
pub struct Pages {
    router: Router,
    management: Management,
}

impl Pages {
    /// Pages about `app`.
    #[must_use]
    pub(crate) fn new(app: Weak<App>, state: PagesState, settings: &Settings) -> Self {
        let management = state.management;
        let router = Router::new()
            .merge(dashboard::routes(settings))
            .merge(overrides::routes())
            .with_state(app)
            .fallback_service(management.service(state.metrics));
        Self { router, management }
    }

    /// Whether `path` needs no credentials: health, for those who probe it.
    pub(crate) fn is_open(&self, path: &str) -> bool {
        self.management.is_health(path)
    }

    /// Answers a request whose path below the context path is `path`.
    pub(crate) async fn answer(&self, head: Parts, path: &str) -> Response<Body> {
        let path = if path.is_empty() { "/" } else { path };
        let mut parts = head.uri.clone().into_parts();
        let text = match head.uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        parts.path_and_query = text.parse().ok();
        let mut request = Request::from_parts(head, Body::empty());
        match Uri::from_parts(parts) {
            Ok(uri) => *request.uri_mut() = uri,
            Err(_) => return status(StatusCode::BAD_REQUEST),
        }
        match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
