//! Where connections lead to.

use std::fmt;

/// One address of an upstream. IPv6 addresses are without brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place<'a> {
    /// Name or address.
    pub(crate) host: &'a str,
    /// Port.
    pub(crate) port: u16,
    /// Whether it is spoken to over TLS.
    pub(crate) is_secure: bool,
}

impl fmt::Display for Place<'_> {
    /// As in `Host`: the port is left out where it is the scheme's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own_port = if self.is_secure { 443 } else { 80 };
        match (self.host.contains(':'), self.port == own_port) {
            (false, true) => f.write_str(self.host),
            (false, false) => write!(f, "{}:{}", self.host, self.port),
            (true, true) => write!(f, "[{}]", self.host),
            (true, false) => write!(f, "[{}]:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_has_its_port_unless_the_scheme_says_it() {
        let told = |host, port, is_secure| Place { host, port, is_secure }.to_string();
        assert_eq!(told("a.example", 80, false), "a.example");
        assert_eq!(told("a.example", 80, true), "a.example:80");
        assert_eq!(told("a.example", 443, true), "a.example");
        assert_eq!(told("::1", 8081, false), "[::1]:8081");
        assert_eq!(told("::1", 443, true), "[::1]");
    }
}
