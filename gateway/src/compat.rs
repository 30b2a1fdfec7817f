//! Where the gateway differs from Spring's on purpose, and how to have it as it is there.

use std::time::Duration;

use gateway_routing::firewall::{DoubleSlash, PathPolicy};
use gateway_routing::forwarded::{ForwardedSettings, Trust};
use gateway_routing::{Answer, Settings};
use http::StatusCode;
use service_kit::config::{Config, ConfigError, KeySpec};

/// Keys that are read here.
pub(crate) const KEYS: &[KeySpec] = &[
    KeySpec::choice(
        "gateway.compat.profile",
        &["modern", "scg4", "scg5"],
        "modern",
        "Everything below as a release of Spring Cloud Gateway has it; single keys come first.",
    ),
    KeySpec::bool(
        "gateway.compat.strict-config",
        "false",
        "Whether an unknown key below spring.cloud.gateway stops the start.",
    ),
    KeySpec::bool(
        "gateway.compat.trailing-slash",
        "true",
        "Whether one slash too many at the end of a path is forgiven.",
    )
    .without_default(),
    KeySpec::bool(
        "gateway.compat.preflight-literal-method",
        "false",
        "Whether the route of a preflight is found by OPTIONS, not by the method it asks about.",
    )
    .without_default(),
    KeySpec::integer(
        "gateway.compat.connect-error-status",
        (500, 599),
        "502",
        "Status where a service cannot be reached or closes without an answer.",
    )
    .without_default(),
    KeySpec::choice(
        "gateway.compat.error-body",
        &["problem", "spring"],
        "problem",
        "Form of the gateway's own error bodies: RFC 9457, or Spring Boot's.",
    )
    .without_default(),
    KeySpec::choice(
        "gateway.compat.forwarded",
        &["fresh", "scg5"],
        "fresh",
        "Forwarding headers of requests from untrusted peers: written anew, or none at all.",
    )
    .without_default(),
    KeySpec::bool(
        "gateway.errors.header",
        "false",
        "Whether the gateway's own errors have the header X-Gateway-Error with their kind.",
    ),
    KeySpec::list(
        "gateway.trusted-proxies",
        "Networks whose forwarding headers are believed, as 10.0.0.0/8; besides the expression of \
         Spring's key, which these replace.",
    ),
    KeySpec::list(
        "gateway.allowed-hosts",
        "Hosts that requests may be for, *.example.com for all below; others get 421. Not set: all.",
    ),
    KeySpec::list(
        "gateway.allow-dynamic-targets",
        "Hosts that RequestHeaderToRequestUri may send to; without, the filter is refused.",
    ),
    KeySpec::choice(
        "gateway.firewall",
        &["strict", "lenient"],
        "lenient",
        "Paths that some services read differently (.., ;, encoded slashes): refused, or passed as \
         Spring's gateway does. Strict where tokens are checked.",
    )
    .without_default(),
    KeySpec::bool(
        "gateway.merge-slashes",
        "false",
        "Whether a strict firewall makes one slash of several instead of refusing them.",
    ),
    KeySpec::millis(
        "gateway.request-timeout",
        "30s",
        "How long a request may take up to its answer's head, retries included; not set: no limit.",
    )
    .without_default(),
];

/// What differs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compat {
    pub(crate) has_literal_preflight: bool,
    /// Whether error bodies are Spring Boot's (EB-1).
    pub(crate) has_spring_errors: bool,
    /// Whether errors tell their kind in a header (EB-4).
    pub(crate) tells_kind: bool,
    connect_error_status: Option<StatusCode>,
    allowed_hosts: Vec<String>,
    /// For a whole request (TO-10).
    pub(crate) request_timeout: Option<Duration>,
    pub(crate) is_strict: bool,
}

impl Compat {
    /// Reads the switches, and sets those that other settings hold.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn read(
        config: &Config,
        settings: &mut Settings,
        forwarded: &mut ForwardedSettings,
    ) -> Result<Self, ConfigError> {
        let profile: String = config.get("gateway.compat.profile")?;
        let is_spring = profile != "modern";
        let on = |key: &str, default: bool| -> Result<bool, ConfigError> {
            Ok(config.find(&format!("gateway.compat.{key}"))?.unwrap_or(default))
        };
        let word = |key: &str| config.find::<String>(&format!("gateway.compat.{key}"));
        settings.trailing_slash = on("trailing-slash", profile != "scg5")?;
        settings.dynamic_targets =
            config.find("gateway.allow-dynamic-targets")?.unwrap_or_default();
        let like = word("forwarded")?;
        forwarded.only_if_trusted = like.map_or(profile == "scg5", |like| like == "scg5");
        let networks: Vec<String> = config.find("gateway.trusted-proxies")?.unwrap_or_default();
        if !networks.is_empty() {
            forwarded.trust = Trust::networks(&networks).map_err(|problem| ConfigError {
                origin: config.origin("gateway.trusted-proxies").cloned(),
                problem: format!("gateway.trusted-proxies: {problem}"),
                suggestion: None,
            })?;
        }
        let status: Option<u64> = config.find("gateway.compat.connect-error-status")?;
        let status = status.or_else(|| is_spring.then_some(500));
        let status = status.and_then(|status| u16::try_from(status).ok());
        let body = word("error-body")?;
        Ok(Self {
            has_literal_preflight: on("preflight-literal-method", is_spring)?,
            has_spring_errors: body.map_or(is_spring, |body| body == "spring"),
            tells_kind: config.get("gateway.errors.header")?,
            connect_error_status: status.and_then(|status| StatusCode::from_u16(status).ok()),
            allowed_hosts: config.find("gateway.allowed-hosts")?.unwrap_or_default(),
            request_timeout: config.find("gateway.request-timeout")?,
            is_strict: config.get("gateway.compat.strict-config")?,
        })
    }

    /// Which paths pass.
    ///
    /// # Errors
    /// A key is not declared.
    pub(crate) fn paths(config: &Config, is_guarded: bool) -> Result<PathPolicy, ConfigError> {
        let told: Option<String> = config.find("gateway.firewall")?;
        let is_strict = told.map_or(is_guarded, |told| told == "strict");
        let merges: bool = config.get("gateway.merge-slashes")?;
        Ok(match (is_strict, merges) {
            (false, _) => PathPolicy::LENIENT,
            (true, false) => PathPolicy::STRICT,
            (true, true) => PathPolicy { double_slash: DoubleSlash::Merge, ..PathPolicy::STRICT },
        })
    }

    /// Whether requests may be for a host (HO-2).
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        if self.allowed_hosts.is_empty() {
            return true;
        }
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        self.allowed_hosts.iter().any(|allowed| match allowed.strip_prefix('*') {
            None => allowed.eq_ignore_ascii_case(name),
            Some(end) => {
                let start = name.len().saturating_sub(end.len());
                start > 0 && name.get(start..).is_some_and(|own| own.eq_ignore_ascii_case(end))
            }
        })
    }

    /// An answer as it is told: Spring's gateway has another status where it reached nobody (ST-3).
    pub(crate) fn adjust(&self, mut answer: Answer) -> Answer {
        let is_unreached = matches!(
            answer.kind,
            "connect_refused" | "unknown_host" | "connect_timeout" | "closed" | "tls"
        );
        if let Some(status) = self.connect_error_status.filter(|_| is_unreached) {
            answer.status = status;
        }
        if self.tells_kind
            && let Ok(kind) = answer.kind.parse()
        {
            answer.headers.insert("x-gateway-error", kind);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_named_or_all_below_a_name_ho_2() {
        let hosts = ["shop.example", "*.erp.example"].map(str::to_owned);
        let compat = Compat { allowed_hosts: hosts.to_vec(), ..Compat::default() };
        for host in ["shop.example", "SHOP.example:8080", "a.erp.example", "a.b.erp.example:1"] {
            assert!(compat.allows_host(host), "{host}");
        }
        for host in ["evil.example", "erp.example", "shop.example.evil", "xshop.example", "[::1]"] {
            assert!(!compat.allows_host(host), "{host}");
        }
        assert!(Compat::default().allows_host("anything"));
    }

    #[test]
    fn spring_s_status_where_nobody_was_reached_st_3() {
        let status = Some(StatusCode::INTERNAL_SERVER_ERROR);
        let compat = Compat { connect_error_status: status, tells_kind: true, ..Compat::default() };
        let told = |kind| compat.adjust(Answer::new(StatusCode::BAD_GATEWAY, kind, "x"));
        assert_eq!(told("connect_refused").status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(told("connect_refused").headers["x-gateway-error"], "connect_refused");
        assert_eq!(told("garbage").status, StatusCode::BAD_GATEWAY);
    }
}
