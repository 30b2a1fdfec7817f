//! Settings of the whole gateway that compiling a route depends on.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::{HeaderName, StatusCode};

use crate::definition::GatewayDefinition;
use crate::filter::{FILTERS, RateLimiterHeaders, SecureHeaders};
use crate::predicate::{PREDICATES, VersionSource};
use crate::value::{status, switch};
use crate::{Node, RouteError};

/// What compiling routes depends on besides the routes. The gateway's own keys are fields for the
/// shell to set; the rest comes from the gateway's tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether one slash too many at the end of a path is forgiven, where a route does not say
    /// otherwise (PP-12).
    pub trailing_slash: bool,
    /// Path in front of every pattern (PR-8); empty for none.
    pub base_path: String,
    /// Hosts that a header may choose as target (FI-16); empty: no header may.
    pub dynamic_targets: Vec<String>,
    /// Where requests name their API version (PR-15).
    pub version_source: Arc<VersionSource>,
    /// Whether host patterns see the port (PR-6).
    pub host_includes_port: bool,
    /// Predicates that are switched off (CF-20).
    pub disabled_predicates: BTreeSet<String>,
    /// Filters that are switched off.
    pub disabled_filters: BTreeSet<String>,
    /// Values of the secure headers.
    pub secure_headers: SecureHeaders,
    /// Defaults of rate limiters.
    pub rate_limiter: RateLimiterDefaults,
    /// Header that keeps a replaced status (FO-7).
    pub original_status_header: Option<HeaderName>,
    /// What the program's own filters depend on, for the program to set: routes are made anew when
    /// it changes.
    pub own: Vec<(String, String)>,
}

/// Defaults of rate limiters (RL-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimiterDefaults {
    /// Whether requests without key are refused.
    pub deny_empty_key: bool,
    /// With which status.
    pub empty_key_status: StatusCode,
    /// Whether refusals are errors.
    pub throw_on_limit: bool,
    /// Headers that tell what is left.
    pub headers: Option<RateLimiterHeaders>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trailing_slash: true,
            base_path: String::new(),
            dynamic_targets: Vec::new(),
            version_source: Arc::default(),
            host_includes_port: true,
            disabled_predicates: BTreeSet::new(),
            disabled_filters: BTreeSet::from(["LocalResponseCache".to_owned()]),
            secure_headers: SecureHeaders::default(),
            rate_limiter: RateLimiterDefaults {
                deny_empty_key: true,
                empty_key_status: StatusCode::FORBIDDEN,
                throw_on_limit: false,
                headers: limiter_headers(&Node::default()).ok(),
            },
            original_status_header: None,
            own: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads what the gateway's tree says; everything else is at its default.
    ///
    /// # Errors
    /// Header names and statuses that are none.
    pub fn read(gateway: &GatewayDefinition) -> Result<Self, RouteError> {
        let tree = &gateway.tree;
        let on = |path: &str, default| tree.text_at(path).and_then(switch).unwrap_or(default);
        let disabled = |kind: &str, names: &mut dyn Iterator<Item = &'static str>| {
            let off = names.filter(|name| !gateway.is_enabled(kind, name));
            off.map(str::to_owned).collect()
        };
        let limiter = "filter.request-rate-limiter";
        let empty_key_status = match tree.get(&format!("{limiter}.empty-key-status-code")) {
            None => StatusCode::FORBIDDEN,
            Some(node) => node.text().and_then(status).ok_or_else(|| {
                RouteError::at(&node.origin, "empty-key-status-code is not a status")
            })?,
        };
        let redis = tree.get("redis-rate-limiter").cloned().unwrap_or_default();
        let shows_headers = on("redis-rate-limiter.include-headers", true);
        let headers = if shows_headers { Some(limiter_headers(&redis)?) } else { None };
        Ok(Self {
            host_includes_port: on("predicate.host.include-port", true),
            disabled_predicates: disabled(
                "predicate",
                &mut PREDICATES.iter().map(|kind| kind.name),
            ),
            disabled_filters: disabled("filter", &mut FILTERS.iter().map(|kind| kind.name)),
            secure_headers: tree
                .get("filter.secure-headers")
                .map(SecureHeaders::read)
                .unwrap_or_default(),
            rate_limiter: RateLimiterDefaults {
                deny_empty_key: on(&format!("{limiter}.deny-empty-key"), true),
                empty_key_status,
                throw_on_limit: on(&format!("{limiter}.throw-on-limit"), false),
                headers,
            },
            original_status_header: tree
                .get("set-status.original-status-header-name")
                .filter(|node| node.text().is_some())
                .map(header_name)
                .transpose()?,
            ..Self::default()
        })
    }
}

fn header_name(node: &Node) -> Result<HeaderName, RouteError> {
    let text = node.text().unwrap_or_default();
    let wrong = |_error| RouteError::at(&node.origin, format!("{text:?} is not a header name"));
    text.parse().map_err(wrong)
}

fn limiter_headers(node: &Node) -> Result<RateLimiterHeaders, RouteError> {
    let name = |key: &str, default: &'static str| match node.get(key) {
        Some(node) => header_name(node),
        None => Ok(HeaderName::from_static(default)),
    };
    Ok(RateLimiterHeaders {
        remaining: name("remaining-header", "x-ratelimit-remaining")?,
        replenish_rate: name("replenish-rate-header", "x-ratelimit-replenish-rate")?,
        burst_capacity: name("burst-capacity-header", "x-ratelimit-burst-capacity")?,
        requested_tokens: name("requested-tokens-header", "x-ratelimit-requested-tokens")?,
    })
}

impl VersionSource {
    /// Reads `spring.webflux.apiversion`.
    ///
    /// # Errors
    /// A header name that is none.
    pub fn read(node: &Node) -> Result<Self, RouteError> {
        let media =
            node.get("use.media-type-parameter").and_then(|map| map.items().first().copied());
        Ok(Self {
            header: node.get("use.header").map(header_name).transpose()?,
            query_parameter: node.text_at("use.query-parameter").map(str::to_owned),
            path_segment: node.text_at("use.path-segment").and_then(|text| text.parse().ok()),
            media_type_parameter: media.and_then(Node::text).map(str::to_owned),
        })
    }
}
