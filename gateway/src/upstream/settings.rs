//! How upstreams are connected to: `httpclient.*` of the gateway's tree (TL-2 to TL-13, TO-5, TO-6).

use std::sync::Arc;
use std::time::Duration;

use gateway_routing::{Node, RouteError};
use rustls::ClientConfig;

use super::through::Through;
use super::tls;
use crate::config::edge::Edge;
use service_kit::config::Config;
use service_kit::tls::TlsError;

/// How long agreeing on TLS may take (TO-5).
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request may wait for one of a limited number of connections (TO-6).
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(45);
/// How long a connection may wait before it is not trusted any more (TL-8).
const IDLE_MAX: Duration = Duration::from_secs(30);
/// How often connections that wait are looked at (TL-9).
const EVICTION_INTERVAL: Duration = Duration::from_secs(1);
/// Bytes of an answer's head (TL-11).
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// What connections to upstreams are made and kept by.
#[derive(Debug)]
pub(crate) struct ClientSettings {
    /// TLS with HTTP/2 and HTTP/1.1 offered, and with HTTP/1.1 alone for what HTTP/2 cannot do.
    pub(super) tls: [Arc<ClientConfig>; 2],
    pub(super) handshake_timeout: Duration,
    pub(super) acquire_timeout: Duration,
    /// Connections that one thread has to one place; `None` is no limit.
    pub(super) leased_max: Option<usize>,
    /// Whether connections are used again.
    pub(super) is_pooled: bool,
    pub(super) idle_max: Duration,
    pub(super) life_max: Option<Duration>,
    pub(super) eviction_interval: Duration,
    pub(super) head_bytes_max: usize,
    /// The other proxy that everything goes through, if there is one (TL-12).
    pub(super) through: Option<Through>,
    /// How long an answer may say nothing (TO-9).
    pub(super) edge: Edge,
}

/// Why `httpclient.*` cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// A value.
    #[error(transparent)]
    Value(#[from] RouteError),
    /// Certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl ClientSettings {
    /// Reads `httpclient.*` of `tree`; the texts are warnings.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub(crate) fn read(
        tree: &Node,
        config: &Config,
        workers: usize,
        edge: Edge,
    ) -> Result<(Self, Vec<String>), ClientError> {
        let time = |key: &str| crate::config::time(tree, key);
        let mut warnings = Vec::new();
        let pool = tree.text_at("httpclient.pool.type").unwrap_or("elastic").to_ascii_lowercase();
        let connections_max = whole(tree, "httpclient.pool.max-connections")?;
        let leased_max = match pool.as_str() {
            "fixed" => {
                let usual = 2 * workers.max(8);
                Some(connections_max.unwrap_or(usual).div_ceil(workers.max(1)).max(1))
            }
            "elastic" | "disabled" => None,
            other => {
                let problem = format!("{other:?} is none of elastic, fixed and disabled");
                return Err(wrong(tree, "httpclient.pool.type", &problem).into());
            }
        };
        let is_on = |key: &str| tree.text_at(key).is_some_and(|on| on.eq_ignore_ascii_case("true"));
        for key in ["httpclient.wiretap", "httpserver.wiretap"] {
            if is_on(key) {
                warnings
                    .push(format!("{key} has no effect: bodies and credentials are not logged"));
            }
        }
        if is_on("httpclient.compression") {
            warnings.push(
                "httpclient.compression has no effect: what a client accepts is asked for".into(),
            );
        }
        let (tls, more) = tls::configs(tree, config)?;
        warnings.extend(more);
        let handshake = time("httpclient.ssl.handshake-timeout")?;
        let handshake = handshake.or(time("httpclient.ssl.handshake-timeout-millis")?);
        let settings = Self {
            tls,
            handshake_timeout: handshake.unwrap_or(HANDSHAKE_TIMEOUT),
            acquire_timeout: time("httpclient.pool.acquire-timeout")?.unwrap_or(ACQUIRE_TIMEOUT),
            leased_max,
            is_pooled: pool != "disabled",
            idle_max: time("httpclient.pool.max-idle-time")?.unwrap_or(IDLE_MAX),
            life_max: time("httpclient.pool.max-life-time")?,
            eviction_interval: time("httpclient.pool.eviction-interval")?
                .filter(|interval| !interval.is_zero())
                .unwrap_or(EVICTION_INTERVAL),
            head_bytes_max: bytes(tree, "httpclient.max-header-size")?.unwrap_or(HEAD_BYTES_MAX),
            through: Through::read(tree)?,
            edge,
        };
        Ok((settings, warnings))
    }

    /// As if nothing were configured.
    #[cfg(test)]
    pub(super) fn usual() -> Arc<Self> {
        let tls = tls::trusting(rustls::RootCertStore::empty());
        Arc::new(Self {
            tls,
            handshake_timeout: HANDSHAKE_TIMEOUT,
            acquire_timeout: ACQUIRE_TIMEOUT,
            leased_max: None,
            is_pooled: true,
            idle_max: IDLE_MAX,
            life_max: None,
            eviction_interval: EVICTION_INTERVAL,
            head_bytes_max: HEAD_BYTES_MAX,
            through: None,
            edge: Edge::usual(),
        })
    }
}

pub(super) fn wrong(tree: &Node, key: &str, problem: &str) -> RouteError {
    let origin = tree.get(key).map(|node| node.origin.clone()).unwrap_or_default();
    RouteError { origin, problem: format!("{key}: {problem}"), ..RouteError::default() }
}

fn whole(tree: &Node, key: &str) -> Result<Option<usize>, RouteError> {
    let Some(text) = tree.text_at(key) else { return Ok(None) };
    match text.parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(wrong(tree, key, &format!("{text:?} is not a whole number"))),
    }
}

/// A size as Spring writes it: `16KB`, `1MB`, `8192`, `8192B`.
fn bytes(tree: &Node, key: &str) -> Result<Option<usize>, RouteError> {
    let Some(text) = tree.text_at(key) else { return Ok(None) };
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "" | "B" => Some(1),
        "KB" => Some(1024),
        "MB" => Some(1024 * 1024),
        _ => None,
    };
    let size = unit.and_then(|unit| digits.parse::<usize>().ok()?.checked_mul(unit));
    match size {
        Some(size) => Ok(Some(size)),
        None => Err(wrong(tree, key, &format!("{text:?} is not a size such as 16KB"))),
    }
}
