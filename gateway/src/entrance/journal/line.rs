//! Lines of the access log. Each is one line whatever is in it, and holds no secret.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use http::{StatusCode, Uri, Version};
use serde::Serialize;

use crate::entrance::seen::About;

/// Parts of a parameter's name by which its value is a secret.
const SECRETS: [&str; 11] =
    ["token", "passw", "secret", "key", "sig", "code", "jwt", "auth", "session", "cred", "pin"];
/// Characters of a text that are kept.
const TEXT_CHARS_MAX: usize = 2_048;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) wall_ms: u64,
    pub(super) peer: IpAddr,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) version: &'static str,
    pub(super) host: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) id: Option<String>,
    pub(super) trace: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    time: String,
    peer: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    method: &'a str,
    target: &'a str,
    protocol: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    status: u16,
    bytes: u64,
    duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

/// A line of JSON with its line feed.
pub(super) fn json(
    facts: &Facts,
    about: &About,
    status: StatusCode,
    bytes: u64,
    time: Duration,
) -> String {
    let shape = Shape {
        time: moment(facts.wall_ms).to_rfc3339_opts(SecondsFormat::Millis, true),
        peer: facts.peer,
        user: about.user.as_deref(),
        method: &facts.method,
        target: &facts.target,
        protocol: facts.version,
        host: facts.host.as_deref(),
        status: status.as_u16(),
        bytes,
        duration_ms: millis(time),
        route: about.route.as_deref(),
        instance: about.instance.as_deref(),
        attempts: about.attempts,
        upstream_ms: about.upstream.map(millis),
        error: about.error,
        user_agent: facts.agent.as_deref(),
        request_id: facts.id.as_deref(),
        trace_id: facts.trace.as_deref(),
    };
    let mut line = serde_json::to_string(&shape).unwrap_or_default();
    line.push('\n');
    line
}

/// A line of the common log format with the time it took in milliseconds, as Reactor Netty has it.
pub(super) fn common(
    facts: &Facts,
    about: &About,
    status: StatusCode,
    bytes: u64,
    time: Duration,
) -> String {
    let when = moment(facts.wall_ms).format("%d/%b/%Y:%H:%M:%S +0000");
    let user = about.user.as_deref().map_or(Cow::Borrowed("-"), |user| Cow::Owned(plain(user)));
    format!(
        "{} - {user} [{when}] \"{} {} {}\" {} {bytes} {}\n",
        facts.peer,
        facts.method,
        plain(&facts.target),
        facts.version,
        status.as_u16(),
        time.as_millis()
    )
}

fn moment(wall_ms: u64) -> DateTime<Utc> {
    let millis = i64::try_from(wall_ms).unwrap_or_default();
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

/// Milliseconds with three decimals.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// Path and query, values of what may be secret replaced.
pub(super) fn target(uri: &Uri) -> String {
    let path = uri.path();
    let mut out: String = path.chars().take(TEXT_CHARS_MAX).collect();
    for (index, pair) in uri.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
        out.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => {
                out.push_str(name);
                out.push_str("=***");
            }
            Some(_) | None => out.push_str(pair),
        }
        if out.len() > TEXT_CHARS_MAX {
            out.truncate(out.floor_char_boundary(TEXT_CHARS_MAX));
            break;
        }
    }
    out
}

/// A name that is encoded is compared as it is meant.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains('%') || SECRETS.iter().any(|part| name.contains(part))
}

/// Control characters, quotes and backslashes as escapes.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '"' | '\\') {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// As request lines write it.
pub(super) fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(uri: &'static str) -> Facts {
        Facts {
            wall_ms: 1_767_225_600_123,
            peer: "127.0.0.1".parse().unwrap(),
            method: "GET".to_owned(),
            target: target(&Uri::from_static(uri)),
            version: "HTTP/1.1",
            host: None,
            agent: Some("curl\r\n\"x\"".to_owned()),
            id: None,
            trace: None,
        }
    }

    #[test]
    fn a_line_is_one_line_mt_11() {
        let about = About {
            route: Some("a".to_owned()),
            attempts: 2,
            upstream: Some(Duration::from_micros(1_500)),
            user: Some("ann\n".to_owned()),
            ..About::default()
        };
        let time = Duration::from_millis(12);
        let line = json(&facts("/a?b=1"), &about, StatusCode::OK, 7, time);
        assert_eq!(
            line,
            "{\"time\":\"2026-01-01T00:00:00.123Z\",\"peer\":\"127.0.0.1\",\"user\":\"ann\\n\",\
             \"method\":\"GET\",\"target\":\"/a?b=1\",\"protocol\":\"HTTP/1.1\",\"status\":200,\
             \"bytes\":7,\"durationMs\":12.0,\"route\":\"a\",\"attempts\":2,\"upstreamMs\":1.5,\
             \"userAgent\":\"curl\\r\\n\\\"x\\\"\"}\n"
        );
        let line = common(&facts("/a?b=1"), &about, StatusCode::OK, 7, time);
        assert_eq!(
            line,
            "127.0.0.1 - ann\\n [01/Jan/2026:00:00:00 +0000] \"GET /a?b=1 HTTP/1.1\" 200 7 12\n"
        );
    }

    #[test]
    fn secrets_are_not_written() {
        for (uri, shown) in [
            ("/a?access_token=x&b=1", "/a?access_token=***&b=1"),
            ("/a?API_KEY=x", "/a?API_KEY=***"),
            ("/a?%74oken=x", "/a?%74oken=***"),
            ("/a?b", "/a?b"),
        ] {
            assert_eq!(target(&Uri::from_static(uri)), shown);
        }
    }
}
