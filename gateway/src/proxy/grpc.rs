//! The gateway's own answers to calls of gRPC, and how long those may take (PT-13).

use std::time::Duration;

use gateway_routing::Answer;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::message::Body;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// An answer as a call understands it: 200, and what became of it in a status of its own.
pub(super) fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    let code = code(answer.status);
    let headers = response.headers_mut();
    *headers = answer.headers;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(STATUS, HeaderValue::from(code));
    if let Ok(message) = HeaderValue::try_from(escaped(&answer.detail)) {
        headers.insert(MESSAGE, message);
    }
    response
}

/// The status of gRPC that says the same.
fn code(status: StatusCode) -> u16 {
    const INVALID_ARGUMENT: u16 = 3;
    const DEADLINE_EXCEEDED: u16 = 4;
    const PERMISSION_DENIED: u16 = 7;
    const RESOURCE_EXHAUSTED: u16 = 8;
    const UNIMPLEMENTED: u16 = 12;
    const INTERNAL: u16 = 13;
    const UNAVAILABLE: u16 = 14;
    const UNAUTHENTICATED: u16 = 16;
    match status.as_u16() {
        401 => UNAUTHENTICATED,
        403 => PERMISSION_DENIED,
        404 | 405 | 421 => UNIMPLEMENTED,
        408 | 504 => DEADLINE_EXCEEDED,
        413 | 429 | 431 => RESOURCE_EXHAUSTED,
        400..=499 => INVALID_ARGUMENT,
        502 | 503 => UNAVAILABLE,
        _ => INTERNAL,
    }
}

/// Printable ASCII as it is, all else and the sign itself as `%XX`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if (b' '..=b'~').contains(&byte) && byte != b'%' {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// How long the caller waits at most; `None` if it does not say, or nothing that makes sense.
pub(super) fn deadline(headers: &HeaderMap) -> Option<Duration> {
    /// Digits that a time may have.
    const DIGITS_MAX: usize = 8;
    let text = headers.get(TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > DIGITS_MAX || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count.saturating_mul(3600))),
        "M" => Some(Duration::from_secs(count.saturating_mul(60))),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_the_gateway_is_a_status_of_grpc_pt_13() {
        let told = |status: u16| code(StatusCode::from_u16(status).unwrap());
        let all = [401, 403, 404, 429, 502, 503, 504, 400, 500, 508].map(told);
        assert_eq!(all, [16, 7, 12, 8, 14, 14, 4, 3, 13, 13]);
        let answer = Answer::new(StatusCode::SERVICE_UNAVAILABLE, "x", "100 % — weg");
        let response = response(answer.with(header::RETRY_AFTER, 1.into()));
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers();
        assert_eq!(headers["content-type"], "application/grpc");
        assert_eq!(headers["grpc-status"], "14");
        assert_eq!(headers["grpc-message"], "100 %25 %E2%80%94 weg");
        assert_eq!(headers["retry-after"], "1");
    }

    #[test]
    fn a_deadline_has_a_unit_and_at_most_eight_digits() {
        let told = |text: &'static str| {
            deadline(&HeaderMap::from_iter([(TIMEOUT, HeaderValue::from_static(text))]))
        };
        assert_eq!(told("100m"), Some(Duration::from_millis(100)));
        assert_eq!(told("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        assert_eq!(told("1S"), Some(Duration::from_secs(1)));
        for text in ["", "m", "1", "1x", "-1S", "123456789S", "1 S", "1é"] {
            if let Ok(value) = HeaderValue::from_str(text) {
                let headers = HeaderMap::from_iter([(TIMEOUT, value)]);
                assert_eq!(deadline(&headers), None, "{text}");
            }
        }
    }
}
