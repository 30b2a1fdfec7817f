//! Answers that the gateway gives itself, and their bodies (EB-1 to EB-5).

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use gateway_routing::Answer;
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use crate::message::Body;
use crate::upstream::ErrorKind;

/// Of a problem (RFC 9457), with the members of Spring's error body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    timestamp: &'a str,
    path: &'a str,
    error: &'a str,
}

/// As Spring Boot writes errors (EB-1).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SpringDocument<'a> {
    timestamp: &'a str,
    path: &'a str,
    status: u16,
    error: &'a str,
    request_id: &'a str,
}

/// The same as Spring Boot would say it; `id` tells this request from others.
pub(crate) fn spring_response(
    answer: Answer,
    path: &str,
    is_head: bool,
    now_ms: u64,
    id: u64,
) -> Response<Body> {
    let Answer { status, headers, detail, .. } = answer;
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if detail.is_empty() {
        return response;
    }
    let document = SpringDocument {
        timestamp: &timestamp(now_ms).replace('Z', "+00:00"),
        path,
        status: status.as_u16(),
        error: status.canonical_reason().unwrap_or("Error"),
        request_id: &format!("{:x}-{}", id >> 32, id & 0xff),
    };
    let bytes = serde_json::to_vec(&document).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    if !is_head {
        *response.body_mut() = Body::Full(bytes.into());
    }
    response
}

/// The response of `answer` to a request for `path`.
pub(crate) fn response(answer: Answer, path: &str, is_head: bool, now_ms: u64) -> Response<Body> {
    let Answer { status, headers, kind, detail } = answer;
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if detail.is_empty() {
        return response;
    }
    let reason = status.canonical_reason().unwrap_or("Error");
    let document = Document {
        kind: format!("urn:gateway:{}", kind.replace('_', "-")),
        title: reason,
        status: status.as_u16(),
        detail: &detail,
        instance: path,
        timestamp: &timestamp(now_ms),
        path,
        error: reason,
    };
    let bytes = serde_json::to_vec(&document).unwrap_or_default();
    let headers = response.headers_mut();
    let media_type = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    if !is_head {
        *response.body_mut() = Body::Full(bytes.into());
    }
    response
}

/// RFC 3339, milliseconds.
fn timestamp(now_ms: u64) -> String {
    let millis = i64::try_from(now_ms).unwrap_or_default();
    let now = DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default();
    now.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// 404: no route takes the request (LC-5).
pub(crate) fn no_route() -> Answer {
    Answer::new(StatusCode::NOT_FOUND, "no_route", "no route takes this request")
}

/// 400: the request could be read in two ways.
pub(crate) fn bad_request(detail: impl Into<String>) -> Answer {
    Answer::new(StatusCode::BAD_REQUEST, "bad_request", detail)
}

/// 503, or 404 if asked for: the service has no instance (ST-2).
pub(crate) fn no_instance(service: &str, is_404: bool) -> Answer {
    let status = if is_404 { StatusCode::NOT_FOUND } else { StatusCode::SERVICE_UNAVAILABLE };
    Answer::new(status, "no_instance", format!("Unable to find instance for {service}"))
}

/// What an upstream's silence means to the client (ST-3 to ST-5). Says nothing of where it is.
pub(crate) fn unanswered(kind: ErrorKind) -> Answer {
    let status = match kind {
        ErrorKind::ConnectTimeout | ErrorKind::ResponseTimeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::PoolFull => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Body => StatusCode::BAD_REQUEST,
        ErrorKind::SlowBody => StatusCode::REQUEST_TIMEOUT,
        ErrorKind::Refused
        | ErrorKind::UnknownHost
        | ErrorKind::Untrusted
        | ErrorKind::Closed
        | ErrorKind::Garbage => StatusCode::BAD_GATEWAY,
    };
    let detail = match kind {
        ErrorKind::ConnectTimeout => "the service could not be reached in time",
        ErrorKind::ResponseTimeout => "the service did not answer in time",
        ErrorKind::Refused | ErrorKind::UnknownHost | ErrorKind::Untrusted => {
            "the service could not be reached"
        }
        ErrorKind::PoolFull => "too many requests wait for the service",
        ErrorKind::Body => "the body of the request broke off",
        ErrorKind::SlowBody => "the body of the request came too slowly",
        ErrorKind::Closed => "the service closed the connection without an answer",
        ErrorKind::Garbage => "the service gave no valid answer",
    };
    Answer::new(status, kind.name(), detail)
}

/// 503: a circuit breaker lets nothing through for so long (ST-6).
pub(crate) fn open(wait: Duration) -> Answer {
    let detail = "Upstream service is temporarily unavailable";
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, "breaker_open", detail)
        .with(header::RETRY_AFTER, seconds.into())
}

/// 503 at once: as many requests as there may be are under way (DS-10).
pub(crate) fn full(detail: &'static str) -> Answer {
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_in_flight", detail)
        .with(header::RETRY_AFTER, 1.into())
}

/// 508: the gateway sends a request on to itself, again and again.
pub(crate) fn circle() -> Answer {
    let detail = "the gateway's routes lead in a circle";
    Answer::new(StatusCode::LOOP_DETECTED, "circle", detail)
}

/// 405: it would make a tunnel of the gateway, or show headers that end here (PT-15).
pub(crate) fn never_allowed() -> Answer {
    let detail = "the method is never passed on";
    Answer::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// 502: the answer has to be changed and cannot be read.
pub(crate) fn unreadable(detail: &'static str) -> Answer {
    Answer::new(StatusCode::BAD_GATEWAY, "unreadable_answer", detail)
}

/// 421: requests for this host belong elsewhere (HO-2).
pub(crate) fn other_host() -> Answer {
    let detail = "requests for this host are not answered here";
    Answer::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host_asked", detail)
}

/// 504: a request took longer than all its attempts may together (TO-10).
pub(crate) fn too_late() -> Answer {
    let detail = "the request took too long";
    Answer::new(StatusCode::GATEWAY_TIMEOUT, "request_timeout", detail)
}
