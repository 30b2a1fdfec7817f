//! Where a Redis server listens.

use std::fmt;

/// One server. IPv6 addresses are without brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Node {
    /// Reads `host`, `host:port`, `[v6]` and `[v6]:port`.
    pub(super) fn parse(text: &str, usual_port: u16) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']')?;
                (host, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?)
            }
            None => text.rsplit_once(':').unwrap_or((text, "")),
        };
        let port = if port.is_empty() { usual_port } else { port.parse().ok()? };
        let is_one = !host.is_empty() && port != 0;
        is_one.then(|| Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_with_and_without_ports() {
        let of = |text| Node::parse(text, 6379).map(|node| (node.host, node.port));
        assert_eq!(of("a.example"), Some(("a.example".to_owned(), 6379)));
        assert_eq!(of("10.0.0.1:7000"), Some(("10.0.0.1".to_owned(), 7000)));
        assert_eq!(of("[::1]:7000"), Some(("::1".to_owned(), 7000)));
        assert_eq!(of("[::1]"), Some(("::1".to_owned(), 6379)));
        for text in ["", ":1", "a:b", "a:0", "a:70000", "[::1", "[::1]x"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
