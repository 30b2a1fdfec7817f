//! Why a request got no answer from its upstream, in the words that retries, breakers and fallbacks
//! need.

use std::time::Duration;

use gateway_routing::{Answer, FallbackHeaders};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::fault;
use crate::upstream::ErrorKind;

/// A request without an answer of its upstream, and what the client is told.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) cause: Cause,
    pub(super) answer: Box<Answer>,
}

/// What happened.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A filter answered: nothing failed.
    Refused,
    /// The service has no instance.
    NoInstance,
    /// Sending did.
    Send(ErrorKind),
    /// A breaker's limit passed (CB-6).
    TooSlow(Duration),
    /// A breaker lets nothing through.
    Open(Box<str>),
    /// The upstream answered what its breaker counts as a failure (CB-2).
    Status(StatusCode),
}

impl Failed {
    /// A filter answers.
    pub(super) const fn refused(answer: Box<Answer>) -> Self {
        Self { cause: Cause::Refused, answer }
    }

    pub(super) fn no_instance(service: &str, is_404: bool) -> Self {
        let answer = Box::new(fault::no_instance(service, is_404));
        Self { cause: Cause::NoInstance, answer }
    }

    pub(super) fn unsent(kind: ErrorKind) -> Self {
        Self { cause: Cause::Send(kind), answer: Box::new(fault::unanswered(kind)) }
    }

    pub(super) fn open(breaker: &str, wait: Duration) -> Self {
        Self { cause: Cause::Open(breaker.into()), answer: Box::new(fault::open(wait)) }
    }

    pub(super) fn too_slow(limit: Duration) -> Self {
        let answer = Box::new(fault::unanswered(ErrorKind::ResponseTimeout));
        Self { cause: Cause::TooSlow(limit), answer }
    }
}

impl Cause {
    /// Whether anything failed that a breaker counts.
    pub(super) const fn is_failure(&self) -> bool {
        // A client that breaks off its own body says nothing about the upstream.
        !matches!(self, Self::Refused | Self::Send(ErrorKind::Body | ErrorKind::SlowBody))
    }

    /// The class of Java that clients test for, its message, and those of its cause (FO-13).
    fn words(&self) -> (&'static str, String, Option<(&'static str, &'static str)>) {
        const TIMEOUT: &str = "java.util.concurrent.TimeoutException";
        const REFUSED: &str = "java.net.ConnectException";
        match self {
            Self::Refused | Self::NoInstance => {
                let class = "org.springframework.cloud.gateway.support.NotFoundException";
                (class, "503 SERVICE_UNAVAILABLE \"Unable to find instance\"".to_owned(), None)
            }
            Self::Send(ErrorKind::ResponseTimeout) => {
                let class = "org.springframework.web.server.ResponseStatusException";
                let message =
                    "504 GATEWAY_TIMEOUT \"Response took longer than timeout\"".to_owned();
                let root = "org.springframework.cloud.gateway.support.TimeoutException";
                (class, message, Some((root, "Response took longer than timeout")))
            }
            Self::Send(ErrorKind::ConnectTimeout) => {
                (REFUSED, "Connection timed out".to_owned(), None)
            }
            Self::Send(ErrorKind::UnknownHost) => {
                ("java.net.UnknownHostException", "Unknown host".to_owned(), None)
            }
            Self::Send(ErrorKind::Refused) => {
                (REFUSED, "Connection refused".to_owned(), Some((REFUSED, "Connection refused")))
            }
            Self::Send(_) => {
                let class = "reactor.netty.http.client.PrematureCloseException";
                (class, "Connection prematurely closed BEFORE response".to_owned(), None)
            }
            Self::TooSlow(limit) => {
                let millis = limit.as_millis();
                let message = format!(
                    "Did not observe any item or terminal signal within {millis}ms in \
                     'circuitBreaker' (and no fallback has been configured)"
                );
                (TIMEOUT, message, None)
            }
            Self::Open(name) => {
                let class = "io.github.resilience4j.circuitbreaker.CallNotPermittedException";
                let message =
                    format!("CircuitBreaker '{name}' is OPEN and does not permit further calls");
                (class, message, None)
            }
            Self::Status(status) => {
                let class = "org.springframework.cloud.gateway.filter.factory.\
                             SpringCloudCircuitBreakerFilterFactory$CircuitBreakerStatusCodeException";
                let reason = status.canonical_reason().unwrap_or_default();
                let reason = reason.to_ascii_uppercase().replace([' ', '-'], "_");
                (class, format!("{} {reason}", status.as_u16()), None)
            }
        }
    }

    /// Tells a fallback why it is asked (FO-13).
    pub(super) fn tell(&self, names: &FallbackHeaders, headers: &mut HeaderMap) {
        let (class, message, root) = self.words();
        let mut put = |name: &http::HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.append(name, value);
            }
        };
        put(&names.execution_exception_type, class);
        put(&names.execution_exception_message, &message);
        // What has no cause is its own, as in the reference.
        let (class, message) = root.unwrap_or((class, &message));
        put(&names.root_cause_exception_type, class);
        put(&names.root_cause_exception_message, message);
    }
}
