//! `/actuator/**` over HTTP: health, information and metrics for those who operate a program.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use tower::service_fn;

use crate::actuator::{Actuator, Call, Reply};

/// Goes with a request that brought the right credentials.
#[derive(Clone, Copy, Debug)]
pub struct Authorized;

/// Management of the process below one base path.
#[derive(Clone, Debug)]
pub struct Management {
    actuator: Arc<Actuator>,
    context_path: Arc<str>,
}

impl Management {
    /// Management by `actuator`, of a program all of whose paths are below `context_path`.
    #[must_use]
    pub fn new(actuator: Actuator, context_path: &str) -> Self {
        Self { actuator: Arc::new(actuator), context_path: context_path.into() }
    }

    /// Whether `path` is health or one of its groups.
    #[must_use]
    pub fn is_health(&self, path: &str) -> bool {
        path.strip_prefix(self.actuator.base_path())
            .is_some_and(|rest| rest == "/health" || rest.starts_with("/health/"))
    }

    /// Answers what no page does.
    #[must_use]
    pub fn service(
        &self,
    ) -> impl tower::Service<
        Request<Body>,
        Response = Response,
        Error = Infallible,
        Future = std::future::Ready<Result<Response, Infallible>>,
    >
    + Clone
    + Send
    + Sync
    + 'static
    + use<> {
        let own = self.clone();
        service_fn(move |request: Request<Body>| {
            let (head, _) = request.into_parts();
            std::future::ready(Ok(own.answer(&head)))
        })
    }

    /// 404 where the actuator has nothing either.
    fn answer(&self, head: &Parts) -> Response {
        let reply = below(head.uri.path(), self.actuator.base_path()).and_then(|path| {
            self.actuator.respond(&Call {
                method: head.method.as_str(),
                path,
                query: head.uri.query().unwrap_or_default(),
                base_url: &self.base_url(&head.headers),
                accept: text(&head.headers, &header::ACCEPT),
                // Health is open to all: who asks is not yet who may see everything.
                authorized: head.extensions.get::<Authorized>().is_some(),
            })
        });
        match reply {
            Some(reply) => respond(reply),
            None => status(StatusCode::NOT_FOUND),
        }
    }

    fn base_url(&self, headers: &HeaderMap) -> String {
        let host = text(headers, &header::HOST);
        format!("http://{host}{}{}", self.context_path, self.actuator.base_path())
    }
}

fn below<'a>(path: &'a str, base: &str) -> Option<&'a str> {
    path.strip_prefix(base).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn respond(reply: Reply) -> Response {
    let code = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status(code);
    if let Some(allow) = reply.allow {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if let Some(media_type) = reply.content_type {
        let media_type = HeaderValue::from_static(media_type);
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        *response.body_mut() = Body::from(reply.body);
    }
    response
}

fn status(code: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}
