//! What became of a try, and whether another one is allowed.

use http::{Method, StatusCode};
use reqwest::{Request, Response};

/// Header that makes a request safe to repeat: the service does it once.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// How a try ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With an answer.
    Answer(Response),
    /// With an error.
    Error(reqwest::Error),
    /// Without anything in time.
    Silence,
}

/// Why a try did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The request itself is wrong.
    Request,
    /// No connection: the request reached nobody.
    Connect,
    /// No answer in time.
    Silence,
    /// The connection broke.
    Broken,
    /// An answer that says to try later or elsewhere.
    Unavailable,
}

impl Outcome {
    pub(super) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Answer(response) => match response.status() {
                StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT => Some(Failure::Unavailable),
                _ => None,
            },
            Self::Error(error) if error.is_builder() => Some(Failure::Request),
            Self::Error(error) if error.is_connect() => Some(Failure::Connect),
            Self::Error(error) if error.is_timeout() => Some(Failure::Silence),
            Self::Error(_) => Some(Failure::Broken),
            Self::Silence => Some(Failure::Silence),
        }
    }
}

impl Failure {
    /// Whether the request may be sent again.
    pub(super) const fn may_repeat(self, is_repeatable: bool) -> bool {
        match self {
            Self::Request => false,
            Self::Connect => true,
            Self::Silence | Self::Broken | Self::Unavailable => is_repeatable,
        }
    }
}

/// Whether doing it twice does what doing it once does.
pub(super) fn is_repeatable(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
        || request.headers().contains_key(IDEMPOTENCY_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_status(status: u16) -> Option<Failure> {
        let answer = http::Response::builder().status(status).body("").unwrap();
        Outcome::Answer(answer.into()).failure()
    }

    #[test]
    fn three_statuses_say_try_elsewhere() {
        for status in [502, 503, 504] {
            assert_eq!(of_status(status), Some(Failure::Unavailable), "{status}");
        }
        for status in [200, 404, 409, 429, 500, 501] {
            assert_eq!(of_status(status), None, "{status}");
        }
    }

    #[test]
    fn what_reached_nobody_may_always_be_repeated_the_rest_only_if_safe() {
        assert!(Failure::Connect.may_repeat(false));
        for failure in [Failure::Silence, Failure::Broken, Failure::Unavailable] {
            assert!(failure.may_repeat(true) && !failure.may_repeat(false));
        }
        assert!(!Failure::Request.may_repeat(true));
    }

    #[test]
    fn reads_and_keyed_requests_are_repeatable() {
        let request = |method: Method| Request::new(method, "http://s/".parse().unwrap());
        assert!(is_repeatable(&request(Method::GET)) && is_repeatable(&request(Method::HEAD)));
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let mut keyed = request(method.clone());
            assert!(!is_repeatable(&keyed), "{method}");
            keyed.headers_mut().insert("Idempotency-Key", "k".parse().unwrap());
            assert!(is_repeatable(&keyed), "{method}");
        }
    }
}
