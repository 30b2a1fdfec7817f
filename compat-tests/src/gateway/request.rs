//! One request through a gateway, and what client and backend saw of it.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::{self, Response};

/// Longest wait for an answer; some cases wait for a time-out.
const PATIENCE: Duration = Duration::from_secs(15);
/// Headers of an answer that say nothing about a gateway.
const FREE_IN_ANSWERS: [&str; 6] =
    ["date", "content-length", "transfer-encoding", "connection", "keep-alive", "vary"];
/// Headers of a request to a backend that are each gateway's own affair.
const FREE_UPSTREAM: [&str; 4] =
    ["content-length", "accept-encoding", "connection", "transfer-encoding"];

/// A request, as the files of cases write it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Case {
    /// What messages call it.
    pub name: String,
    /// Method.
    pub method: String,
    /// Path and query, sent as they are.
    pub path: String,
    /// Header lines; a list is several lines of one name.
    pub headers: Map<String, Value>,
    /// Body.
    pub body: Option<String>,
    /// Instead of a body: so many letters.
    pub repeat: Option<usize>,
    /// Whether any of several instances may answer.
    pub balanced: bool,
    /// Other statuses that are right too.
    pub accept_status: Vec<u16>,
    /// Why they are.
    pub why: String,
}

impl Case {
    /// The request as it goes over the wire to `port`.
    #[must_use]
    pub fn bytes(&self, port: u16) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.contains_key("Host") {
            head.push_str(&format!("Host: 127.0.0.1:{port}\r\n"));
        }
        for (name, value) in &self.headers {
            for line in lines(value) {
                head.extend([name, ": ", line, "\r\n"]);
            }
        }
        let body = self.repeat.map_or_else(|| self.body.clone(), |count| Some("x".repeat(count)));
        if let Some(body) = &body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        head.push_str(&body.unwrap_or_default());
        head.into_bytes()
    }

    /// Sends it to the gateway on `port`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn send(&self, port: u16) -> Result<Response> {
        http::exchange(port, &self.bytes(port), &self.method, PATIENCE)
            .with_context(|| format!("{}: {} {}", self.name, self.method, self.path))
    }

    /// Sends it, and tells what can be compared: status, headers, and what the backend received.
    /// `names` says what to call addresses that are others each time.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn observe(&self, port: u16, names: &[(&str, &str)]) -> Result<Value> {
        let answer = self.send(port)?;
        let mask = Mask::new(port, names);
        let seen = answer.json().ok().filter(|it| it.is_object() && it.get("service").is_some());
        let mut headers = comparable(&answer.headers, &FREE_IN_ANSWERS, &mask);
        if self.balanced && seen.is_some() {
            anonymous(&mut headers, &["x-echo"]);
        }
        for (name, value) in &mut headers {
            if name == "cache-control" {
                *value = without_seconds(value);
            }
        }
        let mut told = Map::new();
        told.insert("status".to_owned(), answer.status.into());
        if let Some(seen) = seen {
            told.insert("upstream".to_owned(), self.upstream(seen, &mask));
        } else if answer.status < 400 && !answer.body.is_empty() {
            let text: String = String::from_utf8_lossy(&answer.body).chars().take(200).collect();
            told.insert("text".to_owned(), format!("{text} ({} bytes)", answer.body.len()).into());
        }
        if answer.status < 400 || told.contains_key("upstream") {
            told.insert("headers".to_owned(), pairs(headers));
        }
        Ok(Value::Object(told))
    }

    fn upstream(&self, mut seen: Value, mask: &Mask<'_>) -> Value {
        let Some(members) = seen.as_object_mut() else { return seen };
        if self.balanced {
            members.insert("service".to_owned(), "<any>".into());
        }
        let Some(lines) = members.get("headers").and_then(Value::as_array) else { return seen };
        let mut headers = comparable(&received(lines), &FREE_UPSTREAM, mask);
        headers.retain(|(name, value)| {
            !value.starts_with("ReactorNetty/") && (&**name, &**value) != ("accept", "*/*")
        });
        for (name, value) in &mut headers {
            if name == "forwarded" {
                *value = without_ports(value);
            }
        }
        if self.balanced {
            anonymous(&mut headers, &["host", "forwarded"]);
        }
        members.insert("headers".to_owned(), pairs(headers));
        seen
    }
}

/// Header lines as a backend tells them, `[name, value]` each.
fn received(lines: &[Value]) -> Headers {
    let text = |line: &Value, at: usize| line.get(at).and_then(Value::as_str).map(str::to_owned);
    lines.iter().filter_map(|line| Some((text(line, 0)?, text(line, 1)?))).collect()
}

fn lines(value: &Value) -> Vec<&str> {
    let several = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    several.iter().filter_map(Value::as_str).collect()
}

type Headers = Vec<(String, String)>;

fn comparable(lines: &[(String, String)], free: &[&str], mask: &Mask<'_>) -> Headers {
    let mut headers: Headers = lines
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), mask.apply(value)))
        .filter(|(name, _)| !free.contains(&&**name))
        .collect();
    headers.sort();
    headers
}

fn anonymous(headers: &mut Headers, names: &[&str]) {
    for (name, value) in headers {
        if names.contains(&&**name) {
            "<any>".clone_into(value);
        }
    }
}

fn pairs(headers: Headers) -> Value {
    headers.into_iter().map(|(name, value)| json!([name, value])).collect()
}

/// Hides the address of a gateway, so that two gateways can be compared.
#[derive(Debug)]
struct Mask<'a> {
    address: String,
    port: String,
    names: &'a [(&'a str, &'a str)],
}

impl<'a> Mask<'a> {
    fn new(port: u16, names: &'a [(&'a str, &'a str)]) -> Self {
        Self { address: format!("127.0.0.1:{port}"), port: port.to_string(), names }
    }

    fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (address, name) in self.names {
            text = text.replace(address, name);
        }
        text.replace(&self.address, "<gateway>").replace(&self.port, "<port>")
    }
}

/// A time that is left, in tens of seconds: it is counted while answers are compared.
fn without_seconds(value: &str) -> String {
    let left = value.strip_prefix("max-age=").and_then(|left| left.parse::<u32>().ok());
    left.map_or_else(|| value.to_owned(), |left| format!("max-age={}", left.div_ceil(10) * 10))
}

/// `for="127.0.0.1:50123"` without the client's port, which is another one each time.
fn without_ports(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_inclusive('"') {
        let at = part.rfind(':').filter(|_| part.ends_with('"'));
        let digits = at.and_then(|at| part.get(at + 1..part.len() - 1)).unwrap_or_default();
        let is_port =
            (4..=5).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit());
        match at.filter(|_| is_port).and_then(|at| part.get(..at)) {
            Some(kept) => out.extend([kept, ":<port>\""]),
            None => out.push_str(part),
        }
    }
    out
}

/// Where two observations differ, a line each; nothing when they are the same.
#[must_use]
pub fn differences(wanted: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    differ("", wanted, got, &mut found);
    found
}

fn differ(at: &str, wanted: &Value, got: &Value, found: &mut Vec<String>) {
    if wanted == got {
        return;
    }
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            let mut names: Vec<&String> = wanted.keys().chain(got.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let (wanted, got) = (wanted.get(name), got.get(name));
                let null = Value::Null;
                let (wanted, got) = (wanted.unwrap_or(&null), got.unwrap_or(&null));
                differ(&format!("{at}.{name}"), wanted, got, found);
            }
        }
        (Value::Array(wanted), Value::Array(got)) if at.ends_with("headers") => {
            let missing = wanted.iter().filter(|line| !got.contains(line));
            found.extend(missing.map(|line| format!("{at}: missing {line}")));
            let more = got.iter().filter(|line| !wanted.contains(line));
            found.extend(more.map(|line| format!("{at}: too much {line}")));
            if wanted.len() != got.len() && found.is_empty() {
                found.push(format!("{at}: {} lines, wanted {}", got.len(), wanted.len()));
            }
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => {
            for (index, (wanted, got)) in wanted.iter().zip(got).enumerate() {
                differ(&format!("{at}.{index}"), wanted, got, found);
            }
        }
        _ => found.push(format!("{at}: wanted {wanted}, got {got}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_clients_are_hidden() {
        let text = r#"proto=http;host="a:80";for="127.0.0.1:50123""#;

        assert_eq!(without_ports(text), r#"proto=http;host="a:80";for="127.0.0.1:<port>""#);
    }

    #[test]
    fn a_case_is_sent_as_it_is_written() {
        let case: Case = serde_json::from_str(
            r#"{"name": "n", "method": "POST", "path": "/a%2Fb?x", "headers": {"Host": "h", "A": ["1", "2"]}, "repeat": 3}"#,
        )
        .unwrap();

        assert_eq!(
            String::from_utf8(case.bytes(80)).unwrap(),
            "POST /a%2Fb?x HTTP/1.1\r\nA: 1\r\nA: 2\r\nHost: h\r\nContent-Length: 3\r\n\r\nxxx"
        );
    }

    #[test]
    fn header_lines_differ_as_sets_and_the_rest_by_value() {
        let wanted = json!({"status": 200, "headers": [["a", "1"], ["b", "2"]]});
        let got = json!({"status": 201, "headers": [["b", "2"], ["c", "3"]]});

        assert_eq!(
            differences(&wanted, &got),
            [
                r#".headers: missing ["a","1"]"#,
                r#".headers: too much ["c","3"]"#,
                ".status: wanted 200, got 201"
            ]
        );
    }
}
