//! The actuator: health, information and metrics of a process over HTTP, shaped as Spring's.
//!
//! Independent of any HTTP library: a shell hands in what it received and sends what it gets.
//! Source: Spring Boot reference "Endpoints", observed answers of Spring Boot 4.

mod info;
mod settings;
mod url;

use std::collections::BTreeMap;

use serde::Serialize;

pub use info::{Build, Commit};
pub use settings::{Access, Settings};

use crate::config::{Config, ConfigError};
use crate::health::{Health, Report, Status, total};
use crate::metrics::{self, MetricError, Registry};
use settings::{Endpoint, Show};

/// Media type of the actuator's JSON.
pub const MEDIA_TYPE: &str = "application/vnd.spring-boot.actuator.v3+json";

/// A request as far as the actuator looks at it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call<'a> {
    /// `GET`, `HEAD`, ...; upper case.
    pub method: &'a str,
    /// Path below the base path, still encoded, e.g. `/health/liveness` or empty.
    pub path: &'a str,
    /// What follows the `?`, still encoded.
    pub query: &'a str,
    /// URL of the base path as the caller sees it, e.g. `http://host:8761/actuator`.
    pub base_url: &'a str,
    /// The `Accept` header; empty when there is none.
    pub accept: &'a str,
    /// Whether the caller is authenticated.
    pub authorized: bool,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Media type; `None` when there is no body.
    pub content_type: Option<&'static str>,
    /// Value of an `Allow` header, if there should be one.
    pub allow: Option<&'static str>,
    /// The body; a shell leaves it out in answers to `HEAD`.
    pub body: String,
}

impl Reply {
    const fn new(status: u16, content_type: &'static str, body: String) -> Self {
        Self { status, content_type: Some(content_type), allow: None, body }
    }

    const fn empty(status: u16, allow: Option<&'static str>) -> Self {
        Self { status, content_type: None, allow, body: String::new() }
    }
}

/// Everything the actuator answers from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Actuator {
    settings: Settings,
    health: Health,
    registry: Registry,
    info: String,
    /// Endpoints of the program's own, for the page of links.
    others: Vec<&'static str>,
}

impl Actuator {
    /// An actuator with the settings of `management.*`, and `info.*` as far as they are shown.
    ///
    /// # Errors
    /// The program does not declare the management keys.
    pub fn new(
        config: &Config,
        health: Health,
        registry: Registry,
        build: Option<&Build>,
        commit: Option<&Commit>,
    ) -> Result<Self, ConfigError> {
        let settings = Settings::from_config(config)?;
        let info = info::body(config, build, commit)?;
        Ok(Self { settings, health, registry, info, others: Vec::new() })
    }

    /// The same with a link to an endpoint that the program answers itself.
    #[must_use]
    pub fn linking(mut self, id: &'static str) -> Self {
        self.others.push(id);
        self
    }

    /// Path of the actuator without trailing slash; empty when it is mounted at the root.
    #[must_use]
    pub fn base_path(&self) -> &str {
        self.settings.base_path()
    }

    /// Answers a request below the base path; `None` when there is nothing at that path.
    #[must_use]
    pub fn respond(&self, call: &Call<'_>) -> Option<Reply> {
        let path = call.path.strip_suffix('/').unwrap_or(call.path);
        let segments: Vec<String> =
            path.split('/').skip(1).map(url::decode).collect::<Option<_>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let reply = match segments.as_slice() {
            [] => self.links(call)?,
            [endpoint, rest @ ..] => {
                let endpoint = Endpoint::of(endpoint)?;
                if !self.settings.is_shown(endpoint) {
                    return None;
                }
                match (endpoint, rest) {
                    (Endpoint::Health, rest) => self.health(rest, call)?,
                    (Endpoint::Info, []) => {
                        Reply::new(200, json_type(call.accept), self.info.clone())
                    }
                    (Endpoint::Metrics, []) => {
                        let body = metrics::names(&self.registry.snapshot());
                        Reply::new(200, json_type(call.accept), body)
                    }
                    (Endpoint::Metrics, [name]) => self.metric(name, call)?,
                    (Endpoint::Prometheus, []) => {
                        let body = metrics::render(&self.registry.snapshot());
                        Reply::new(200, metrics::CONTENT_TYPE, body)
                    }
                    (Endpoint::Info | Endpoint::Metrics | Endpoint::Prometheus, _) => return None,
                }
            }
        };
        match call.method {
            "GET" | "HEAD" => Some(reply),
            "OPTIONS" => Some(Reply::empty(200, Some("GET,HEAD,OPTIONS"))),
            _ => Some(Reply::empty(405, Some("GET"))),
        }
    }

    /// Answers `/livez` and `/readyz` on the main path, if
    /// `management.endpoint.health.probes.add-additional-paths` asks for them.
    #[must_use]
    pub fn respond_to_probe(&self, call: &Call<'_>) -> Option<Reply> {
        if !self.settings.additional_paths() || !matches!(call.method, "GET" | "HEAD") {
            return None;
        }
        let group = match call.path {
            "/livez" => "liveness",
            "/readyz" => "readiness",
            _ => return None,
        };
        self.health(&[group], call)
    }

    fn health(&self, path: &[&str], call: &Call<'_>) -> Option<Reply> {
        let components = self.settings.components().allows(call.authorized);
        let shown = match (components, self.settings.details().allows(call.authorized)) {
            (_, true) => Shown::Details,
            (true, false) => Shown::Components,
            (false, false) => Shown::Status,
        };
        let groups = self.settings.has_probes().then_some(["liveness", "readiness"]);
        let (status, body) = match path {
            [] => {
                let parts = self.health.all();
                let status = total(&parts);
                (status, body(status, &parts, shown, groups))
            }
            ["liveness"] if groups.is_some() => group(&self.health.liveness(), shown),
            ["readiness"] if groups.is_some() => group(&self.health.readiness(), shown),
            [name] if shown != Shown::Status => {
                let report = self.health.all().remove(*name)?;
                (report.status, to_json(&Part::of(&report, shown)))
            }
            _ => return None,
        };
        Some(Reply::new(status.http(), json_type(call.accept), body))
    }

    fn metric(&self, name: &str, call: &Call<'_>) -> Option<Reply> {
        let Some(tags) = url::values(call.query, "tag") else {
            return Some(Reply::empty(400, None));
        };
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        match metrics::describe(&self.registry.snapshot(), name, &tags) {
            Ok(body) => Some(Reply::new(200, json_type(call.accept), body)),
            Err(MetricError::Unknown) => None,
            Err(MetricError::MalformedTag) => Some(Reply::empty(400, None)),
        }
    }

    /// `{"_links":{...}}`; `None` when the page is off, or would take the root of the program.
    fn links(&self, call: &Call<'_>) -> Option<Reply> {
        #[derive(Serialize)]
        struct Link {
            href: String,
            templated: bool,
        }
        if !self.settings.has_links() || self.base_path().is_empty() {
            return None;
        }
        let base = call.base_url.trim_end_matches('/');
        let link =
            |path: &str| Link { href: format!("{base}{path}"), templated: path.contains('{') };
        let mut links = BTreeMap::from([("self", link(""))]);
        for endpoint in Endpoint::ALL {
            if !self.settings.is_shown(endpoint) {
                continue;
            }
            let paths: &[(&str, &str)] = match endpoint {
                Endpoint::Health => &[("health", "/health"), ("health-path", "/health/{*path}")],
                Endpoint::Info => &[("info", "/info")],
                Endpoint::Metrics => &[
                    ("metrics", "/metrics"),
                    ("metrics-requiredMetricName", "/metrics/{requiredMetricName}"),
                ],
                Endpoint::Prometheus => &[("prometheus", "/prometheus")],
            };
            links.extend(paths.iter().map(|(name, path)| (*name, link(path))));
        }
        links.extend(self.others.iter().map(|id| (*id, link(&format!("/{id}")))));
        let body = to_json(&BTreeMap::from([("_links", links)]));
        Some(Reply::new(200, json_type(call.accept), body))
    }
}

/// How much of a health answer the caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Status,
    Components,
    Details,
}

/// Shape: `{"status":"UP","details":{...}}`.
#[derive(Serialize)]
struct Part<'a> {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a BTreeMap<String, serde_json::Value>>,
}

impl<'a> Part<'a> {
    fn of(report: &'a Report, shown: Shown) -> Self {
        let details =
            (shown == Shown::Details && !report.details.is_empty()).then_some(&report.details);
        Self { status: report.status, details }
    }
}

/// Shape: `{"status":"UP","components":{...},"groups":[...]}`.
#[derive(Serialize)]
struct Body<'a> {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<BTreeMap<&'a str, Part<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<[&'static str; 2]>,
}

fn body(
    status: Status,
    parts: &BTreeMap<String, Report>,
    shown: Shown,
    groups: Option<[&'static str; 2]>,
) -> String {
    let components =
        || parts.iter().map(|(name, report)| (name.as_str(), Part::of(report, shown))).collect();
    to_json(&Body { status, components: (shown != Shown::Status).then(components), groups })
}

fn group(parts: &BTreeMap<String, Report>, shown: Shown) -> (Status, String) {
    let status = total(parts);
    (status, body(status, parts, shown, None))
}

/// The media type a caller gets for JSON: what it names first of the three, else the newest.
fn json_type(accept: &str) -> &'static str {
    const OLDER: &str = "application/vnd.spring-boot.actuator.v2+json";
    const PLAIN: &str = "application/json";
    for range in accept.split(',') {
        let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        for known in [MEDIA_TYPE, OLDER, PLAIN] {
            if range == known {
                return known;
            }
        }
    }
    MEDIA_TYPE
}

fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

impl Show {
    const fn allows(self, authorized: bool) -> bool {
        match self {
            Self::Never => false,
            Self::WhenAuthorized => authorized,
            Self::Always => true,
        }
    }
}

#[cfg(test)]
mod tests;
