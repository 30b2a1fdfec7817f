//! What is done around every handler.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::FutureExt as _;
use http::{HeaderValue, Method, StatusCode, header};
use parking_lot::RwLock;
use tracing::Instrument as _;

use super::body::BodyTimeout;
use super::problem::{MEDIA_TYPE, Problem};
use super::trace::TraceContext;
use super::unhurried::{Expired, Unhurried};
use crate::clock::Clock;
use crate::metrics::{Registry, Timer};

/// Kinds of requests that are counted apart; further ones are counted together.
const TIMERS_MAX: usize = 2_000;

/// Trace context, metrics, access log, time-out, and errors in their one form.
#[derive(Clone)]
pub struct Layers(Arc<Shared>);

struct Shared {
    clock: Clock,
    registry: Registry,
    timeout: Duration,
    body_timeout: Duration,
    timers: RwLock<HashMap<(Method, String, u16), Timer>>,
}

impl std::fmt::Debug for Layers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layers").field("timeout", &self.0.timeout).finish_non_exhaustive()
    }
}

impl Layers {
    /// Layers that measure with `clock`, count in `registry` and end a request after `timeout`: a
    /// read with 503, a write with 500, because nobody knows whether it was done. The body of a
    /// request has as long to arrive.
    #[must_use]
    pub fn new(clock: Clock, registry: Registry, timeout: Duration) -> Self {
        Self::with_body_timeout(clock, registry, timeout, timeout)
    }

    /// The same, with a time after which a body that has not arrived is answered with 408.
    #[must_use]
    pub fn with_body_timeout(
        clock: Clock,
        registry: Registry,
        timeout: Duration,
        body_timeout: Duration,
    ) -> Self {
        let timers = RwLock::default();
        Self(Arc::new(Shared { clock, registry, timeout, body_timeout, timers }))
    }

    /// `router` with everything around it.
    pub fn around(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), observe))
    }

    fn timer(&self, method: &Method, uri: &str, status: StatusCode) -> Timer {
        let key = (method.clone(), uri.to_owned(), status.as_u16());
        if let Some(timer) = self.0.timers.read().get(&key) {
            return timer.clone();
        }
        let mut timers = self.0.timers.write();
        let key = if timers.len() < TIMERS_MAX {
            key
        } else {
            (method.clone(), "OTHER".to_owned(), status.as_u16())
        };
        let make = || {
            let status = status.as_str();
            let tags = [
                ("method", method.as_str()),
                ("uri", key.1.as_str()),
                ("status", status),
                ("outcome", outcome(key.2)),
            ];
            self.0.registry.timer("http.server.requests", "Requests answered.", &tags)
        };
        let timer = make();
        timers.entry(key).or_insert(timer).clone()
    }
}

/// Micrometer's word for a class of statuses.
const fn outcome(status: u16) -> &'static str {
    match status {
        100..200 => "INFORMATIONAL",
        200..300 => "SUCCESS",
        300..400 => "REDIRECTION",
        400..500 => "CLIENT_ERROR",
        _ => "SERVER_ERROR",
    }
}

async fn observe(State(layers): State<Layers>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(BodyTimeout(layers.0.body_timeout));
    let clock = &layers.0.clock;
    let started = clock.monotonic();
    let context = TraceContext::of(request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    // Paths that no route has are counted together: anybody can make up any number of them.
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| "UNKNOWN".to_owned(), |route| route.as_str().to_owned());
    let trace_id = context.trace_id();

    let span = tracing::info_span!("request", trace_id);
    let unhurried = Unhurried::default();
    request.extensions_mut().insert(unhurried.clone());
    let answer = AssertUnwindSafe(context.scope(next.run(request))).catch_unwind();
    let answered = unhurried.within(layers.0.timeout, answer.instrument(span)).await;
    let response = match answered {
        Ok(Ok(response)) => response,
        // The panic itself is in the log already.
        Ok(Err(_)) => Problem::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response(),
        Err(Expired) if method.is_safe() => {
            Problem::unavailable("TIMEOUT", "this took too long").into_response()
        }
        // A write may have been about to be committed.
        Err(Expired) => Problem::outcome_unknown().into_response(),
    };
    let response = finished(response, &method, &path, &trace_id, clock.wall_ms());

    let took = clock.monotonic().saturating_sub(started);
    let status = response.status();
    layers.timer(&method, &route, status).record(took);
    let took_us = took.as_micros();
    if status.is_server_error() {
        tracing::warn!(trace_id, %method, path, %status, took_us, "failed");
    } else {
        tracing::debug!(trace_id, %method, path, %status, took_us, "answered");
    }
    response
}

/// Gives errors their document, the same for ours and for those of the router.
fn finished(
    mut response: Response,
    method: &Method,
    path: &str,
    trace_id: &str,
    wall_ms: u64,
) -> Response {
    let status = response.status();
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if !status.is_client_error() && !status.is_server_error() => return response,
        // The body of a handler that answered an error by itself stays.
        None if response.headers().contains_key(header::CONTENT_TYPE)
            && !is_text(response.headers().get(header::CONTENT_TYPE)) =>
        {
            return response;
        }
        None => Problem::of_status(status),
    };
    let millis = i64::try_from(wall_ms).unwrap_or_default();
    let now = DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default();
    let timestamp = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let document = problem.document(path, trace_id, &timestamp);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CONTENT_LENGTH, document.len().into());
    *response.body_mut() = if method == Method::HEAD { Body::empty() } else { document.into() };
    response
}

fn is_text(value: Option<&HeaderValue>) -> bool {
    value.is_some_and(|value| value.as_bytes().starts_with(b"text/plain"))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::routing::{get, post};
    use bytes::Bytes;
    use tower::ServiceExt as _;

    use super::*;
    use crate::web::Json;

    fn router(clock: &Clock, timeout: Duration) -> (Router, Registry) {
        let registry = Registry::new(clock.clone());
        let (clock, body_timeout) = (clock.clone(), timeout / 2);
        let layers = Layers::with_body_timeout(clock, registry.clone(), timeout, body_timeout);
        let router = Router::new()
            .route("/ok/{id}", get(|| async { "fine" }))
            .route("/panic", get(|| async { panic_now() }))
            .route("/slow", get(std::future::pending::<&str>).post(std::future::pending::<&str>))
            .route("/long", get(long))
            .route("/body", post(|Json(_): Json<serde_json::Value>| async { "read" }));
        (layers.around(router), registry)
    }

    fn panic_now() -> &'static str {
        panic!("a handler went wrong")
    }

    async fn long(_: Unhurried) -> &'static str {
        tokio::time::sleep(Duration::from_secs(600)).await;
        "done at last"
    }

    async fn ask(router: &Router, method: &str, path: &str) -> (u16, serde_json::Value) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    #[tokio::test(start_paused = true)]
    async fn every_error_has_the_same_form() {
        let (router, registry) = router(&Clock::manual(1_000), Duration::from_secs(30));
        for (method, path, status, code) in [
            ("GET", "/nowhere", 404, "NOT_FOUND"),
            ("PATCH", "/ok/1", 405, "METHOD_NOT_ALLOWED"),
            ("GET", "/panic", 500, "INTERNAL"),
            ("GET", "/slow", 503, "TIMEOUT"),
            ("POST", "/slow", 500, "OUTCOME_UNKNOWN"),
            ("POST", "/body", 415, "UNSUPPORTED_MEDIA_TYPE"),
        ] {
            let (answered, body) = ask(&router, method, path).await;
            assert_eq!((answered, &body["code"]), (status, &code.into()), "{path}");
            assert_eq!((&body["path"], &body["status"]), (&path.into(), &status.into()));
            assert_eq!(body["timestamp"], "1970-01-01T00:00:01.000Z");
            assert_eq!(body["traceId"].as_str().unwrap().len(), 32);
        }
        let stalled = Body::from_stream(futures_util::stream::pending::<std::io::Result<Bytes>>());
        let request = Request::post("/body").header("content-type", "application/json");
        let late = router.clone().oneshot(request.body(stalled).unwrap()).await.unwrap();
        assert_eq!(late.status(), 408);
        assert_eq!(ask(&router, "GET", "/ok/1").await.0, 200);
        assert_eq!(ask(&router, "GET", "/long").await.0, 200);
        let text = crate::metrics::render(&registry.snapshot());
        assert!(text.contains("uri=\"/ok/{id}\"") && text.contains("uri=\"UNKNOWN\""), "{text}");
    }
}
