//! Headers that tell the upstream who asked for what (HD-5 to HD-12, SP-1, SP-2).

mod settings;

pub use settings::{ForwardedSettings, PartSettings, Trust};

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use smallvec::SmallVec;

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
    let mut values = Values::default();
    if settings.forwarded {
        // A filter may have set another host, and this header tells that one.
        let sent = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = sent.unwrap_or(arrival.host);
        values.add(header::FORWARDED, |out| element(out, settings, arrival, host));
    }
    if settings.enabled {
        add_parts(&mut values, settings, arrival, headers);
    }
    values.write(headers);
}

/// Adds what the `X-Forwarded-` headers say.
fn add_parts(
    values: &mut Values,
    settings: &ForwardedSettings,
    arrival: &Arrival<'_>,
    headers: &HeaderMap,
) {
    let mut add = |part: PartSettings, name: HeaderName, value: &dyn Fn(&mut String)| {
        if !part.enabled {
            return;
        }
        let before = headers.get_all(&name).iter().filter(|_| part.append);
        let before = before.filter_map(|own| own.to_str().ok());
        values.add(name, |out| {
            // One line, joined with commas.
            before.for_each(|own| out.extend([own, ","]));
            value(out);
        });
    };
    let (host, port) = host_and_port(arrival);
    add(settings.for_, FOR, &|out| push_address(out, arrival.peer.ip()));
    if let Some(scheme) = arrival.scheme {
        add(settings.proto, PROTO, &|out| out.push_str(scheme));
    }
    if let Some(prefix) = prefix(arrival.original_path, arrival.path) {
        add(settings.prefix, PREFIX, &|out| out.push_str(prefix));
    }
    add(settings.port, PORT, &|out| push_number(out, port));
    if !host.is_empty() {
        add(settings.host, HOST, &|out| out.push_str(host));
    }
}

/// Values of headers, all in one piece of memory.
#[derive(Default)]
struct Values {
    text: String,
    /// Names, and where their values end.
    ends: SmallVec<[(HeaderName, usize); 6]>,
}

impl Values {
    fn add(&mut self, name: HeaderName, write: impl FnOnce(&mut String)) {
        // Enough for nearly all of them.
        self.text.reserve(if self.text.is_empty() { 192 } else { 0 });
        write(&mut self.text);
        self.ends.push((name, self.text.len()));
    }

    /// Sets the headers; `Forwarded` has a line for each who passed the request on.
    fn write(self, headers: &mut HeaderMap) {
        headers.reserve(self.ends.len());
        let mut text = Bytes::from(self.text);
        let mut start = 0;
        for (name, end) in self.ends {
            let value = HeaderValue::from_maybe_shared(text.split_to(end - start));
            start = end;
            let Ok(value) = value else { continue };
            if name == header::FORWARDED {
                headers.append(name, value);
            } else {
                headers.insert(name, value);
            }
        }
    }
}

fn push_number(out: &mut String, number: u16) {
    out.push_str(itoa::Buffer::new().format(number));
}

fn push_address(out: &mut String, address: IpAddr) {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            for (index, octet) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push('.');
                }
                push_number(out, octet.into());
            }
        }
        IpAddr::V6(address) => {
            let _ = write!(out, "{address}");
        }
    }
}

/// Removes every forwarding header, known or not.
fn remove_all(headers: &mut HeaderMap) {
    headers.remove(header::FORWARDED);
    let is_ours = |name: &&HeaderName| name.as_str().starts_with("x-forwarded-");
    let names: SmallVec<[HeaderName; 6]> = headers.keys().filter(is_ours).cloned().collect();
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
fn element(out: &mut String, settings: &ForwardedSettings, arrival: &Arrival<'_>, host: &str) {
    let quote = |value: &str| if value.contains(':') { "\"" } else { "" };
    out.extend(["proto=", arrival.scheme.unwrap_or("null")]);
    if !host.is_empty() {
        out.extend([";host=", quote(host), host, quote(host)]);
    }
    let address = arrival.peer.ip().to_canonical();
    let [open, close] = if address.is_ipv6() { ["[", "]"] } else { [""; 2] };
    out.extend([";for=\"", open]);
    push_address(out, address);
    out.extend([close, ":"]);
    push_number(out, arrival.peer.port());
    out.push('"');
    if let Some(by) = &settings.by {
        out.extend([";by=", quote(by), by, quote(by)]);
    }
}

#[cfg(test)]
mod tests;
