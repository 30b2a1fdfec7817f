//! Where a route sends its requests (RD-1 to RD-3).

use std::fmt;

use crate::suggest::nearest;

/// How the upstream is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// WebSocket.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Scheme {
    /// As in a URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// The port that a URL without one means.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        if self.is_secure() { 443 } else { 80 }
    }

    /// Whether it is over TLS.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Https | Self::Wss)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = [Self::Http, Self::Https, Self::Ws, Self::Wss];
        all.into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }
}

/// The target of a route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Upstream {
    /// One address. IPv6 addresses are without brackets.
    Address {
        /// How to speak to it.
        scheme: Scheme,
        /// Name or address.
        host: Box<str>,
        /// Port, the scheme's own if none was written.
        port: u16,
    },
    /// Instances of a service, found by name (LB-1). Names are not URI hosts: `_` is fine (ST-11).
    Balanced {
        /// Name as written.
        service: Box<str>,
        /// Scheme that the route insists on, whatever the instance says (LB-4).
        scheme: Option<Scheme>,
    },
    /// A path inside the gateway (GF-5).
    Forward {
        /// Path of the handler or of another route.
        path: Box<str>,
    },
    /// A filter has to say where the request goes (`no://op`).
    ByFilter,
}

impl Upstream {
    /// Reads the `uri` of a route. The second value is a warning.
    pub(crate) fn parse(text: &str) -> Result<(Self, Option<String>), String> {
        const SCHEMES: [&str; 7] = ["http", "https", "ws", "wss", "lb", "forward", "no"];
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(format!("{text:?} has no scheme: write http://{text} or lb://{text}"));
        };
        if rest.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("{text:?} has no scheme: write http://{text}"));
        }
        match scheme.to_ascii_lowercase().as_str() {
            "forward" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
                Ok((Self::Forward { path: path.into_boxed_str() }, None))
            }
            "no" => Ok((Self::ByFilter, None)),
            "lb" => balanced(rest),
            "stream" | "fn" => Err(format!("targets of {scheme}: are not supported")),
            other => match Scheme::parse(other) {
                Some(scheme) => address(scheme, rest),
                None => {
                    let hint =
                        nearest(other, SCHEMES).map(|near| format!("; did you mean {near}?"));
                    Err(format!("{scheme:?} is not a scheme{}", hint.unwrap_or_default()))
                }
            },
        }
    }
}

fn balanced(rest: &str) -> Result<(Upstream, Option<String>), String> {
    let (scheme, rest) = match rest.split_once("://") {
        Some((inner, rest)) => match Scheme::parse(inner) {
            Some(scheme) => (Some(scheme), rest),
            None => return Err(format!("lb:{inner}: {inner:?} is not a scheme")),
        },
        None => (None, rest.strip_prefix("//").unwrap_or(rest)),
    };
    let (authority, warning) = without_path(rest);
    // A port beside a service's name has no meaning: instances have their own.
    let service = authority.split_once(':').map_or(authority, |(name, _)| name);
    if service.is_empty() {
        return Err("lb: names no service: write lb://product-service".to_owned());
    }
    Ok((Upstream::Balanced { service: Box::from(service), scheme }, warning))
}

fn address(scheme: Scheme, rest: &str) -> Result<(Upstream, Option<String>), String> {
    let (authority, warning) = without_path(rest.strip_prefix("//").unwrap_or_default());
    let (host, port) = split_authority(authority)
        .ok_or_else(|| format!("{authority:?} is not a host with an optional port"))?;
    let port = port.unwrap_or_else(|| scheme.default_port());
    Ok((Upstream::Address { scheme, host: Box::from(host), port }, warning))
}

/// Host and port of an authority; `None` if it is not one.
pub(crate) fn split_authority(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(inside) = authority.strip_prefix('[') {
        let (host, after) = inside.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        (host, after.strip_prefix(':').or_else(|| after.is_empty().then_some("")))
    } else {
        match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("")),
        }
    };
    let is_host_byte =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':' | b'~');
    if host.is_empty() || !host.bytes().all(is_host_byte) {
        return None;
    }
    match port? {
        "" => Some((host, None)),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some((host, Some(digits.parse().ok()?)))
        }
        _ => None,
    }
}

fn without_path(rest: &str) -> (&str, Option<String>) {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let ignored = !matches!(path, "" | "/");
    let warning = format!("{path} of its uri is ignored: the request's own path is sent (RD-3)");
    (authority, ignored.then_some(warning))
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { scheme, host, port } if host.contains(':') => {
                write!(f, "{}://[{host}]:{port}", scheme.as_str())
            }
            Self::Address { scheme, host, port } => {
                write!(f, "{}://{host}:{port}", scheme.as_str())
            }
            Self::Balanced { service, scheme: None } => write!(f, "lb://{service}"),
            Self::Balanced { service, scheme: Some(scheme) } => {
                write!(f, "lb:{}://{service}", scheme.as_str())
            }
            Self::Forward { path } => write!(f, "forward:{path}"),
            Self::ByFilter => f.write_str("no://op"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Upstream::parse(text).map_or_else(|error| error, |(upstream, _)| upstream.to_string())
    }

    #[test]
    fn all_schemes_are_read_rd_2() {
        assert_eq!(shown("http://a"), "http://a:80");
        assert_eq!(shown("https://a_b.c:8443"), "https://a_b.c:8443");
        assert_eq!(shown("ws://[::1]:9"), "ws://[::1]:9");
        assert_eq!(shown("lb://a_b"), "lb://a_b");
        assert_eq!(shown("lb:wss://x"), "lb:wss://x");
        assert_eq!(shown("forward:/fallback"), "forward:/fallback");
        assert_eq!(shown("forward:///fallback"), "forward:/fallback");
        assert_eq!(shown("no://op"), "no://op");
    }

    #[test]
    fn what_is_no_target_is_refused_with_a_hint_rd_1() {
        assert!(shown("localhost:8080").contains("write http://localhost:8080"));
        assert!(shown("echo").contains("lb://echo"));
        assert!(shown("htp://x").contains("did you mean http?"));
        assert!(shown("stream://x").contains("not supported"));
        assert!(shown("http://").contains("not a host"));
        assert!(shown("http://a:99999").contains("not a host"));
        assert!(shown("http://u@a").contains("not a host"));
    }

    #[test]
    fn a_path_of_the_uri_is_ignored_with_a_warning_rd_3() {
        assert!(Upstream::parse("http://a/b").unwrap().1.unwrap().contains("/b"));
        assert_eq!(Upstream::parse("http://a/").unwrap().1, None);
    }
}
