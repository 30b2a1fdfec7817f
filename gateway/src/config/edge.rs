//! What clients and upstreams may cost while a request is under way: pace, gaps, number.

use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, Version, header};
use service_kit::config::{Config, ConfigError, KeySpec};

use crate::upstream::PaceRule;

const ROUTE_MAX: &str = "gateway.in-flight.route-max";
const INSTANCE_MAX: &str = "gateway.in-flight.instance-max";
const STREAM_IDLE: &str = "gateway.stream-idle-timeout";
/// Gap between two pieces of an answer (TO-9).
const STREAM_IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Keys that are read here.
pub(crate) const KEYS: &[KeySpec] = &[
    KeySpec::bytes(
        "gateway.request-body.min-rate",
        "500B",
        "Bytes per second that a client must send of a body at least, once the grace is used up; \
         0 is no limit.",
    ),
    KeySpec::millis(
        "gateway.request-body.grace",
        "10s",
        "How long the gateway waits for bodies slower than that.",
    ),
    KeySpec::millis(
        "gateway.request-body.idle-timeout",
        "30s",
        "How long a client may send nothing in the middle of a body; 0 is no limit.",
    ),
    KeySpec::millis(
        STREAM_IDLE,
        "60s",
        "How long an upstream may send nothing in the middle of an answer; 0 is no limit. If set, \
         also for event streams, gRPC and tunnels, which otherwise may be silent.",
    )
    .without_default(),
    KeySpec::count(
        ROUTE_MAX,
        "0",
        "Requests of one route under way at a time; further ones get 503. 0 is no limit; metadata \
         gateway.in-flight-max of a route comes first.",
    ),
    KeySpec::count(
        INSTANCE_MAX,
        "0",
        "Requests at one instance or address at a time; 0 is no limit; metadata \
         gateway.instance-in-flight-max of a route comes first.",
    ),
];

/// What is configured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edge {
    /// Of bodies of requests.
    pace: PaceRule,
    /// Gap in an answer.
    stream_idle: Option<Duration>,
    /// Whether that gap was written down, and is for those that are often silent as well.
    is_idle_told: bool,
    /// Requests of a route under way; 0 is no limit.
    pub(crate) route_max: usize,
    /// Requests at an instance under way; 0 is no limit.
    pub(crate) instance_max: usize,
}

impl Edge {
    /// Reads the keys.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn read(config: &Config) -> Result<Self, ConfigError> {
        let told: Option<Duration> = config.find(STREAM_IDLE)?;
        let idle: Duration = config.get("gateway.request-body.idle-timeout")?;
        Ok(Self {
            pace: PaceRule {
                rate_min: config.get("gateway.request-body.min-rate")?,
                grace: config.get("gateway.request-body.grace")?,
                idle_max: Some(idle).filter(|idle| !idle.is_zero()),
            },
            stream_idle: Some(told.unwrap_or(STREAM_IDLE_TIMEOUT)).filter(|gap| !gap.is_zero()),
            is_idle_told: told.is_some(),
            route_max: config.get(ROUTE_MAX)?,
            instance_max: config.get(INSTANCE_MAX)?,
        })
    }

    /// As text, to see whether what hangs on routes has to be made anew.
    pub(crate) fn written(&self) -> [(String, String); 2] {
        [(ROUTE_MAX, self.route_max), (INSTANCE_MAX, self.instance_max)]
            .map(|(key, max)| (key.to_owned(), max.to_string()))
    }

    /// How fast the body of a request must come. A call of gRPC may say nothing for long.
    pub(crate) fn pace(&self, parts: &Parts, headers: &HeaderMap) -> PaceRule {
        if parts.version == Version::HTTP_2 && is_grpc(headers) {
            let idle_max = self.stream_idle.filter(|_| self.is_idle_told);
            return PaceRule { rate_min: 0, idle_max, ..self.pace };
        }
        self.pace
    }

    /// The longest gap in an answer with these headers.
    pub(crate) fn answer_gap(&self, headers: &HeaderMap) -> Option<Duration> {
        self.stream_idle.filter(|_| self.is_idle_told || !(is_grpc(headers) || is_events(headers)))
    }

    /// How long a tunnel may carry nothing.
    pub(crate) fn tunnel_gap(&self) -> Option<Duration> {
        self.stream_idle.filter(|_| self.is_idle_told)
    }
}

#[cfg(test)]
impl Edge {
    /// As if nothing were configured.
    pub(crate) fn usual() -> Self {
        Self { pace: PaceRule::USUAL, stream_idle: Some(STREAM_IDLE_TIMEOUT), ..Self::default() }
    }
}

/// Whether a message is of gRPC: not of gRPC-Web, which is HTTP like any other.
pub(crate) fn is_grpc(headers: &HeaderMap) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    let kind = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let rest = kind.and_then(|kind| kind.strip_prefix(GRPC));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';' | b' ')))
}

fn is_events(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &'static str) -> HeaderMap {
        let kind = http::HeaderValue::from_static(kind);
        HeaderMap::from_iter([(header::CONTENT_TYPE, kind)])
    }

    #[test]
    fn grpc_is_told_from_its_likes() {
        let is = |kind| is_grpc(&headers(kind));
        assert!(is("application/grpc") && is("application/grpc+proto"));
        assert!(is("application/grpc;charset=utf-8"));
        assert!(!is("application/grpc-web") && !is("application/json"));
    }

    #[test]
    fn a_gap_is_for_those_that_are_often_silent_only_if_it_was_told_to_9() {
        let usual = Edge::usual();
        let told = Edge { is_idle_told: true, ..usual };
        for (kind, is_free) in
            [("text/event-stream", true), ("application/grpc", true), ("text/html", false)]
        {
            assert_eq!(usual.answer_gap(&headers(kind)).is_none(), is_free, "{kind}");
            assert!(told.answer_gap(&headers(kind)).is_some(), "{kind}");
        }
        assert_eq!((usual.tunnel_gap(), told.tunnel_gap()), (None, Some(STREAM_IDLE_TIMEOUT)));
    }

    #[test]
    fn only_a_call_over_http_2_is_left_its_time_ds_2() {
        let request = |version| http::Request::builder().version(version).body(()).unwrap();
        let pace =
            |version, kind| Edge::usual().pace(&request(version).into_parts().0, &headers(kind));
        assert_eq!(pace(Version::HTTP_2, "application/grpc").rate_min, 0);
        assert_eq!(pace(Version::HTTP_11, "application/grpc"), PaceRule::USUAL);
        assert_eq!(pace(Version::HTTP_2, "text/csv"), PaceRule::USUAL);
    }
}
