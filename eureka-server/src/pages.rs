//! Pages and management: everything beside the REST interface.

mod dashboard;
mod overrides;

use std::sync::Weak;

use axum::Router;
use axum::body::Body;
use http::request::Parts;
use http::{Request, Response, StatusCode, Uri};
use service_kit::actuator::Actuator;
use service_kit::management::{Authorized, Management};
use tower::ServiceExt;

use crate::app::App;
use crate::config::Settings;

/// The pages, ready to answer.
#[derive(Clone, Debug)]
pub struct Pages {
    router: Router,
    management: Management,
}

impl Pages {
    /// Pages about `app`.
    #[must_use]
    pub(crate) fn new(app: Weak<App>, actuator: Actuator, settings: &Settings) -> Self {
        let management = Management::new(actuator, &settings.context_path);
        let router = Router::new()
            .merge(dashboard::routes(settings))
            .merge(overrides::routes())
            .with_state(app)
            .fallback_service(management.service());
        Self { router, management }
    }

    /// Whether `path` needs no credentials: health, for those who probe it.
    pub(crate) fn is_open(&self, path: &str) -> bool {
        self.management.is_health(path)
    }

    /// Answers a request whose path below the context path is `path`; `authorized` if it brought
    /// the right credentials.
    pub(crate) async fn answer(&self, head: Parts, path: &str, authorized: bool) -> Response<Body> {
        let path = if path.is_empty() { "/" } else { path };
        let mut parts = head.uri.clone().into_parts();
        let text = match head.uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        parts.path_and_query = text.parse().ok();
        let mut request = Request::from_parts(head, Body::empty());
        if authorized {
            request.extensions_mut().insert(Authorized);
        }
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
