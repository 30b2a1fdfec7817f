//! Headers that tell the upstream who asked for what (HD-5 to HD-12, SP-1, SP-2).

mod settings;

pub use settings::{ForwardedSettings, PartSettings, Trust};

use std::fmt::Write as _;
use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// How a request came in.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'r> {
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// `http` or `https`, of the connection; `None` for a request that the gateway sends on to
    /// itself, whose target has neither scheme nor host (GF-13).
    pub scheme: Option<&'r str>,
    /// `Host` or `:authority` as sent.
    pub host: &'r str,
    /// Raw path as it was matched.
    pub original_path: &'r str,
    /// Raw path that is sent.
    pub path: &'r str,
}

/// Removes forwarding headers that the peer may not send, and writes those of this request.
pub fn apply(settings: &ForwardedSettings, arrival: &Arrival<'_>, headers: &mut HeaderMap) {
    let is_trusted = settings.trust.contains(arrival.peer.ip());
    if is_trusted {
        keep_trusted_addresses(&settings.trust, headers);
    } else {
        remove_all(headers);
    }
    if !settings.writes(is_trusted) {
        return;
    }
    if settings.forwarded {
        // A filter may have set another host, and this header tells that one.
        let sent = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let element = element(settings, arrival, sent.unwrap_or(arrival.host));
        if let Ok(value) = HeaderValue::from_str(&element) {
            headers.append(header::FORWARDED, value);
        }
    }
    if !settings.enabled {
        return;
    }
    let (host, port) = host_and_port(arrival);
    let address = arrival.peer.ip().to_canonical().to_string();
    let port = port.to_string();
    let prefix = prefix(arrival.original_path, arrival.path);
    let parts = [
        (&settings.for_, &FOR, Some(address.as_str())),
        (&settings.proto, &PROTO, arrival.scheme),
        (&settings.prefix, &PREFIX, prefix),
        (&settings.port, &PORT, Some(port.as_str())),
        (&settings.host, &HOST, Some(host).filter(|host| !host.is_empty())),
    ];
    for (part, name, value) in parts {
        if let Some(value) = value.filter(|_| part.enabled) {
            write(headers, name, value, part.append);
        }
    }
}

/// Removes every forwarding header, known or not.
fn remove_all(headers: &mut HeaderMap) {
    headers.remove(header::FORWARDED);
    let is_ours = |name: &&HeaderName| name.as_str().starts_with("x-forwarded-");
    let names: smallvec::SmallVec<[HeaderName; 6]> =
        headers.keys().filter(is_ours).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// Of several lines from a trusted peer only those stay whose every address is trusted as well; one
/// line may hold an address that is not: the client's (HD-8, SP-2).
fn keep_trusted_addresses(trust: &Trust, headers: &mut HeaderMap) {
    if headers.get_all(&FOR).iter().nth(1).is_none() {
        return;
    }
    let lines: Vec<HeaderValue> = headers.get_all(&FOR).iter().cloned().collect();
    headers.remove(&FOR);
    for line in lines {
        if line.to_str().is_ok_and(|text| trust.contains_line(text)) {
            headers.append(&FOR, line);
        }
    }
}

/// Sets a header, or adds to it: one line, joined with commas.
fn write(headers: &mut HeaderMap, name: &HeaderName, value: &str, append: bool) {
    let mut line = String::new();
    if append {
        for own in headers.get_all(name).iter().filter_map(|own| own.to_str().ok()) {
            line.push_str(own);
            line.push(',');
        }
    }
    line.push_str(value);
    if let Ok(value) = HeaderValue::from_str(&line) {
        headers.insert(name, value);
    }
}

/// The host without the scheme's own port, and the port.
fn host_and_port<'r>(arrival: &Arrival<'r>) -> (&'r str, u16) {
    let own = match arrival.scheme {
        Some("https") => 443,
        Some(_) => 80,
        None => return ("", 80),
    };
    let (name, port) = match arrival.host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port.parse().unwrap_or(own)),
        _ => (arrival.host, own),
    };
    if port == own { (name, port) } else { (arrival.host, port) }
}

/// What a filter cut off the front of the path: the original ends with what is sent (HD-10).
fn prefix<'r>(original: &'r str, path: &str) -> Option<&'r str> {
    let original = original.strip_suffix('/').unwrap_or(original);
    let path = path.strip_suffix('/').unwrap_or(path);
    original.strip_suffix(path).filter(|prefix| !prefix.is_empty())
}

/// One element of `Forwarded` (HD-12).
fn element(settings: &ForwardedSettings, arrival: &Arrival<'_>, host: &str) -> String {
    let mut out = format!("proto={}", arrival.scheme.unwrap_or("null"));
    let quoted = |value: &str| {
        if value.contains(':') { format!("\"{value}\"") } else { value.to_owned() }
    };
    if !host.is_empty() {
        let _ = write!(out, ";host={}", quoted(host));
    }
    let peer = SocketAddr::new(arrival.peer.ip().to_canonical(), arrival.peer.port());
    let _ = write!(out, ";for=\"{peer}\"");
    if let Some(by) = &settings.by {
        let _ = write!(out, ";by={}", quoted(by));
    }
    out
}

#[cfg(test)]
mod tests;
