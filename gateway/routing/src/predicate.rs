//! Conditions of a route (PR-1 to PR-15).

mod build;
mod method;
mod remote;
mod version;

pub(crate) use build::{PREDICATES, Predicates, build};
pub(crate) use method::MethodSet;
pub(crate) use remote::network;
pub use version::{Version, VersionSource};

use std::fmt;
use std::sync::Arc;

use http::HeaderName;
use ipnet::IpNet;
use regex::Regex;

use crate::Request;
use crate::captures::Captures;
use crate::host::HostPattern;
use crate::pattern::PathPattern;

/// One condition, ready to be tested.
#[derive(Clone, Debug)]
pub(crate) enum Predicate {
    After { text: Box<str>, ms: i64 },
    Before { text: Box<str>, ms: i64 },
    Between { texts: [Box<str>; 2], ms: [i64; 2] },
    Cookie { name: Box<str>, regex: Whole },
    Header { shown: Box<str>, name: HeaderName, regex: Option<Whole> },
    Host { patterns: Box<[HostPattern]>, with_port: bool },
    Method(MethodSet),
    Path { patterns: Box<[PathPattern]>, trailing_slash: bool },
    Query { name: Box<str>, regex: Option<Whole> },
    RemoteAddr(Box<[IpNet]>),
    ForwardedAddr { sources: Box<[IpNet]>, trusted_index: usize },
    Weight { group: Box<str>, weight: u32 },
    CloudFoundry,
    Version { text: Box<str>, version: Version, or_later: bool, source: Arc<VersionSource> },
}

/// An expression for a whole value, with its text.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    pub(crate) text: Box<str>,
    pub(crate) regex: Regex,
}

impl Predicate {
    /// Whether it holds; variables go to their slots. Weights are decided by the table.
    pub(crate) fn holds(&self, request: &Request<'_>, captures: &mut Captures) -> bool {
        match self {
            Self::After { ms, .. } => request.now_ms > *ms,
            Self::Before { ms, .. } => request.now_ms < *ms,
            Self::Between { ms: [from, to], .. } => request.now_ms > *from && request.now_ms < *to,
            Self::Cookie { name, regex } => {
                request.cookies(name).any(|value| regex.regex.is_match(value))
            }
            // As in Spring, a header without a value is none.
            Self::Header { name, regex: None, .. } => {
                request.headers.get_all(name).iter().any(|line| !line.is_empty())
            }
            Self::Header { name, regex: Some(regex), .. } => {
                let lines = request.headers.get_all(name).into_iter();
                let texts = lines.filter_map(|line| line.to_str().ok());
                texts
                    .flat_map(|line| line.split(','))
                    .any(|value| regex.regex.is_match(value.trim()))
            }
            Self::Host { patterns, with_port } => {
                let host = if *with_port { request.host } else { without_port(request.host) };
                patterns.iter().any(|pattern| pattern.is_match(host, captures))
            }
            Self::Method(methods) => methods.contains(request.method),
            Self::Path { patterns, trailing_slash } => patterns
                .iter()
                .any(|pattern| pattern.is_match(request.path, *trailing_slash, captures)),
            Self::Query { name, regex } => request.parameters().any(|(own, value)| {
                own == **name
                    && match (regex, value) {
                        (None, _) => true,
                        (Some(regex), Some(value)) => regex.regex.is_match(&value),
                        (Some(_), None) => false,
                    }
            }),
            Self::RemoteAddr(sources) => remote::contains(sources, request.peer),
            Self::ForwardedAddr { sources, trusted_index } => {
                remote::contains(sources, remote::forwarded(request, *trusted_index))
            }
            Self::Weight { .. } => true,
            Self::CloudFoundry => {
                CLOUD_FOUNDRY.iter().all(|name| request.headers.contains_key(*name))
            }
            Self::Version { version, or_later, source, .. } => match source.find(request) {
                None => true,
                Some(found) => found == *version || (*or_later && found > *version),
            },
        }
    }

    /// What testing costs, for testing cheap conditions first (RO-3).
    pub(crate) fn cost(&self) -> u8 {
        match self {
            Self::Method(_) => 0,
            Self::After { .. }
            | Self::Before { .. }
            | Self::Between { .. }
            | Self::Weight { .. } => 1,
            Self::RemoteAddr(_) => 2,
            // Variables of the same name: the later predicate wins, so these two keep their order.
            Self::Path { .. } | Self::Host { .. } => 3,
            Self::CloudFoundry | Self::ForwardedAddr { .. } | Self::Version { .. } => 4,
            Self::Header { .. } | Self::Query { .. } | Self::Cookie { .. } => 5,
        }
    }

    /// What of the request it looked at, for telling why it does not hold.
    pub(crate) fn seen(&self, request: &Request<'_>) -> String {
        match self {
            Self::After { .. } | Self::Before { .. } | Self::Between { .. } => {
                format!("now is {} ms since 1970", request.now_ms)
            }
            Self::Cookie { name, .. } => {
                shown("cookie", name, &request.cookies(name).map(str::to_owned).collect::<Vec<_>>())
            }
            Self::Header { shown: name, name: header, .. } => {
                let values = request.headers.get_all(header).into_iter();
                let texts = values.map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned());
                shown("header", name, &texts.collect::<Vec<_>>())
            }
            Self::Host { .. } => format!("the host is {:?}", request.host),
            Self::Method(_) => format!("the method is {}", request.method),
            Self::Path { .. } => format!("the path is {:?}", request.path),
            Self::Query { name, .. } => {
                let own = request.parameters().filter(|(own, _)| *own == **name);
                let texts = own.map(|(_, value)| value.unwrap_or_default().into_owned());
                shown("parameter", name, &texts.collect::<Vec<_>>())
            }
            Self::RemoteAddr(_) => format!("the peer is {}", request.peer),
            Self::ForwardedAddr { trusted_index, .. } => {
                format!("the address is {}", remote::forwarded(request, *trusted_index))
            }
            Self::Weight { group, .. } => format!("another route of group {group} was drawn"),
            Self::CloudFoundry => "a header of the Cloud Foundry router is missing".to_owned(),
            Self::Version { source, .. } => match source.find(request) {
                Some(version) => format!("the version is {version}"),
                None => "no version is asked for".to_owned(),
            },
        }
    }
}

fn shown(what: &str, name: &str, values: &[String]) -> String {
    match values {
        [] => format!("there is no {what} {name}"),
        _ => format!("{what} {name} is {}", values.join(", ")),
    }
}

const CLOUD_FOUNDRY: [&str; 3] =
    ["x-cf-forwarded-url", "x-cf-proxy-signature", "x-cf-proxy-metadata"];

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// As the actuator shows it (PP-13, AC-2).
impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After { text, .. } => write!(f, "After: {text}"),
            Self::Before { text, .. } => write!(f, "Before: {text}"),
            Self::Between { texts: [from, to], .. } => write!(f, "Between: {from} and {to}"),
            Self::Cookie { name, regex } => write!(f, "Cookie: name={name} regexp={}", regex.text),
            Self::Header { shown, regex, .. } => {
                write!(f, "Header: {shown} regexp={}", expression(regex.as_ref()))
            }
            Self::Host { patterns, .. } => {
                write!(f, "Hosts: [{}]", joined(patterns.iter().map(HostPattern::as_str)))
            }
            Self::Method(methods) => write!(f, "Methods: [{methods}]"),
            Self::Path { patterns, trailing_slash } => {
                let patterns = joined(patterns.iter().map(PathPattern::as_str));
                write!(f, "Paths: [{patterns}], match trailing slash: {trailing_slash}")
            }
            Self::Query { name, regex } => {
                write!(f, "Query: param={name} regexp={}", expression(regex.as_ref()))
            }
            Self::RemoteAddr(sources) => {
                write!(f, "RemoteAddrs: [{}]", joined(sources.iter().map(ToString::to_string)))
            }
            Self::ForwardedAddr { sources, trusted_index } => {
                let sources = joined(sources.iter().map(ToString::to_string));
                write!(f, "XForwardedRemoteAddrs: [{sources}], max trusted index: {trusted_index}")
            }
            Self::Weight { group, weight } => write!(f, "Weight: {group} {weight}"),
            Self::CloudFoundry => f.write_str("CloudFoundryRouteService"),
            Self::Version { text, .. } => write!(f, "Version: {text}"),
        }
    }
}

fn expression(regex: Option<&Whole>) -> &str {
    regex.map_or("null", |regex| &*regex.text)
}

fn joined(items: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut out = String::new();
    for item in items {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(item.as_ref());
    }
    out
}
