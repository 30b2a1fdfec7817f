//! What several handlers need.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use service_kit::clock::Clock;
use service_kit::web::{Caller, FieldError, Fingerprint, IdempotencyKey, Problem, etag};
use uuid::Uuid;

use crate::store::{Once, Write};

/// The id in a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(pub(super) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let text = path.map(|path| path.0).unwrap_or_default();
        match Uuid::try_parse(&text) {
            Ok(id) => Ok(Self(id)),
            Err(_) => {
                let message = "must be a UUID";
                let error = FieldError::new("id", "INVALID_PARAMETER", message);
                let problem = Problem::bad_request("INVALID_PARAMETER", format!("id: {message}"));
                Err(problem.with_errors(vec![error]))
            }
        }
    }
}

/// The time, to the microsecond.
pub(super) fn now(clock: &Clock) -> DateTime<Utc> {
    let millis = i64::try_from(clock.wall_ms()).unwrap_or_default();
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// A write of `caller`, now.
pub(super) fn write(action: &'static str, caller: &Caller, clock: &Clock) -> Write {
    Write { action, actor: caller.user.clone(), at: now(clock) }
}

/// The key of a request together with what it asks for (H-11).
pub(super) fn once(
    key: IdempotencyKey,
    path: &str,
    caller: &Caller,
    body: &serde_json::Value,
) -> Option<Once> {
    let key = key.0?;
    let scope = format!("POST {path} {}", caller.user);
    Some(Once { scope, key, fingerprint: Fingerprint::of(body).0 })
}

/// 200 with a resource and its version.
pub(super) fn versioned(body: &impl Serialize, version: i64) -> Response {
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}

/// 201 with a new resource, where it is and its version.
pub(super) fn created(
    body: &impl Serialize,
    location: &str,
    version: i64,
    replayed: bool,
) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag(version));
    if let Ok(location) = HeaderValue::from_str(location) {
        headers.insert(header::LOCATION, location);
    }
    if replayed {
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
}

/// 304 with the version that the reader has.
pub(super) fn unchanged(version: i64) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    response.headers_mut().insert(header::ETAG, etag(version));
    response
}
