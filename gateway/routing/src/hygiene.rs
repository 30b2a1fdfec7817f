//! Headers that end at the gateway: those of one connection, and those that clients may not send
//! (HD-1, HD-2, JH-4, SE-13, SP-3 to SP-7).

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, header};
use smallvec::SmallVec;

use crate::Node;

/// Headers of one connection, as the reference removes them both ways.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    HeaderName::from_static("x-application-context"),
    header::UPGRADE,
];

/// Names that `Connection` cannot remove: a client could delete what the gateway says (HD-2).
const KEPT: [HeaderName; 8] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
    header::FORWARDED,
    header::ORIGIN,
];

/// What clients may not send, `*` for any end; with `_` for `-` as well (JH-4, SP-6, SP-7).
const RESERVED: [&str; 13] = [
    "x-user-*",
    "x-auth-*",
    "x-remote-user",
    "remote-user",
    "x-authenticated-*",
    "x-client-cert*",
    "x-ssl-*",
    "x-original-url",
    "x-rewrite-url",
    "x-http-method-override",
    "x-gateway-*",
    "x-sc-lb-hint",
    "proxy",
];

/// Names that are never spelled with `_` by those who mean well (SE-13).
const NOT_WITH_UNDERSCORE: [&str; 11] = [
    "content-length",
    "transfer-encoding",
    "host",
    "authorization",
    "cookie",
    "forwarded",
    "x-forwarded-*",
    "x-real-ip",
    "content-type",
    "x-request-id",
    "proxy-*",
];

/// Which headers end at the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRules {
    hop_by_hop: Vec<HeaderName>,
    reserved: Vec<Pattern>,
    protected: Vec<Pattern>,
    /// First letters of reserved names, a bit each: most headers are told by theirs.
    initials: u128,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    /// Lower case, `-` throughout.
    start: Box<str>,
    /// Whether anything may follow.
    is_prefix: bool,
}

impl Pattern {
    fn new(text: &str) -> Self {
        let is_prefix = text.ends_with('*');
        let start = text.trim_end_matches('*').to_ascii_lowercase().replace('_', "-");
        Self { start: start.into_boxed_str(), is_prefix }
    }

    /// Whether a name with `_` for `-` fits.
    fn fits(&self, name: &str) -> bool {
        let start = self.start.as_bytes();
        let name = name.as_bytes();
        let same = |(own, other): (&u8, &u8)| own == other || (*own == b'-' && *other == b'_');
        let long_enough =
            if self.is_prefix { name.len() >= start.len() } else { name.len() == start.len() };
        long_enough && start.iter().zip(name).all(same)
    }
}

impl Default for HeaderRules {
    fn default() -> Self {
        Self {
            hop_by_hop: HOP_BY_HOP.to_vec(),
            reserved: RESERVED.iter().map(|text| Pattern::new(text)).collect(),
            protected: NOT_WITH_UNDERSCORE.iter().map(|text| Pattern::new(text)).collect(),
            initials: 0,
        }
        .reserving(&[])
    }
}

impl HeaderRules {
    /// Reads `filter.remove-hop-by-hop.headers` of the gateway's tree, which replaces the list.
    #[must_use]
    pub fn read(tree: &Node) -> Self {
        let mut own = Self::default();
        let names = tree.texts_at("filter.remove-hop-by-hop.headers");
        if !names.is_empty() {
            own.hop_by_hop = names.iter().filter_map(|name| name.parse().ok()).collect();
        }
        own
    }

    /// Also reserves names that the gateway writes itself, e.g. from claims (JH-3).
    #[must_use]
    pub fn reserving(mut self, names: &[String]) -> Self {
        self.reserved.extend(names.iter().map(|name| Pattern::new(name)));
        let initials = self.reserved.iter().map(|pattern| initial(&pattern.start));
        self.initials = initials.fold(0, |all, one| all | one);
        self
    }

    /// Reserves exactly these names instead of the usual ones.
    #[must_use]
    pub fn reserving_only(mut self, names: &[String]) -> Self {
        self.reserved.clear();
        self.reserving(names)
    }

    /// Removes headers of one connection: the usual ones, and those that `Connection` names unless
    /// they are the gateway's business. For requests and responses.
    pub fn remove_hop_by_hop(&self, headers: &mut HeaderMap) {
        let mut named: SmallVec<[HeaderName; 4]> = SmallVec::new();
        for line in headers.get_all(header::CONNECTION) {
            let tokens = line.to_str().unwrap_or_default().split(',').map(str::trim);
            named.extend(tokens.filter_map(named_header).filter(|name| !self.is_kept(name)));
        }
        // Most of what is looked for is not there: comparing names costs less than finding each.
        let is_out = |name: &&HeaderName| self.hop_by_hop.contains(name) || named.contains(name);
        let out: SmallVec<[HeaderName; 4]> = headers.keys().filter(is_out).cloned().collect();
        for name in out {
            headers.remove(name);
        }
    }

    fn is_kept(&self, name: &HeaderName) -> bool {
        KEPT.contains(name)
            || name.as_str().starts_with("x-forwarded-")
            || self.reserved.iter().any(|pattern| pattern.fits(name.as_str()))
    }

    /// Removes what only the gateway or a trusted proxy may say. Runs before anything reads a
    /// header; a trusted peer keeps the reserved names.
    pub fn remove_reserved(&self, headers: &mut HeaderMap, is_peer_trusted: bool) {
        let is_out = |name: &HeaderName| {
            let name = name.as_str();
            let fits = |list: &[Pattern]| list.iter().any(|pattern| pattern.fits(name));
            (!is_peer_trusted && initial(name) & self.initials != 0 && fits(&self.reserved))
                || name == "proxy"
                || (name.contains('_') && (fits(&self.protected) || fits(&self.reserved)))
        };
        let out: SmallVec<[HeaderName; 4]> =
            headers.keys().filter(|name| is_out(name)).cloned().collect();
        for name in out {
            headers.remove(name);
        }
    }
}

/// A header that `Connection` names, or one of its two words, which is no header.
fn named_header(token: &str) -> Option<HeaderName> {
    const WORDS: [HeaderName; 2] =
        [HeaderName::from_static("keep-alive"), HeaderName::from_static("close")];
    let word = WORDS.into_iter().find(|word| token.eq_ignore_ascii_case(word.as_str()));
    word.or_else(|| token.parse().ok())
}

/// The bit of a name's first letter; all bits of an empty name.
fn initial(name: &str) -> u128 {
    name.bytes().next().map_or(u128::MAX, |first| 1 << (first & 0x7f))
}

/// Whether a header says of a client what only a gateway may say, under the usual names.
#[must_use]
pub fn is_reserved(name: &HeaderName) -> bool {
    static USUAL: LazyLock<Vec<Pattern>> =
        LazyLock::new(|| RESERVED.iter().map(|text| Pattern::new(text)).collect());
    USUAL.iter().any(|pattern| pattern.fits(name.as_str()))
}

/// Puts `te: trailers` back for gRPC, which needs it (HD-13).
pub fn restore_grpc_te(headers: &mut HeaderMap) {
    let media = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    if media.is_some_and(|media| media.starts_with(b"application/grpc")) {
        headers.insert(header::TE, http::HeaderValue::from_static("trailers"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        let pairs = list.iter().map(|(name, value)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<http::HeaderValue>().unwrap())
        });
        pairs.collect()
    }

    fn names(headers: &HeaderMap) -> std::collections::BTreeSet<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    #[test]
    fn headers_of_one_connection_are_removed_hd_1() {
        let mut map = headers(&[
            ("connection", "close, X-Own, Keep-Alive"),
            ("x-own", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("x-keep", "1"),
        ]);
        HeaderRules::default().remove_hop_by_hop(&mut map);
        assert_eq!(names(&map), ["x-keep"].into());
    }

    #[test]
    fn connection_cannot_remove_what_the_gateway_says_hd_2_sp_3() {
        let mut map = headers(&[
            ("connection", "X-User-Id, authorization, x-forwarded-for, host, X_User_Id"),
            ("x-user-id", "1"),
            ("authorization", "b"),
            ("x-forwarded-for", "::1"),
            ("host", "a"),
        ]);
        HeaderRules::default().remove_hop_by_hop(&mut map);
        assert_eq!(map.len(), 4);
    }

    #[test]
    fn reserved_names_are_removed_in_any_spelling_jh_4_se_13() {
        let list = [
            ("x-user-id", "1"),
            ("X_User_Id", "1"),
            ("X-Original-URL", "/admin"),
            ("proxy", "http://evil"),
            ("content_length", "5"),
            ("x_forwarded_for", "1.2.3.4"),
            ("x-gateway-error", "x"),
            ("x-users", "fine"),
            ("my_header", "fine"),
        ];
        let mut map = headers(&list);
        HeaderRules::default().remove_reserved(&mut map, false);
        assert_eq!(names(&map), ["x-users", "my_header"].into());

        let mut map = headers(&list);
        HeaderRules::default().remove_reserved(&mut map, true);
        assert!(map.contains_key("x-user-id") && !map.contains_key("x_user_id"));
        assert!(!map.contains_key("proxy"));

        let mut map = headers(&[("x-tenant", "1"), ("x-user-id", "1")]);
        HeaderRules::default()
            .reserving_only(&["X-Tenant".to_owned()])
            .remove_reserved(&mut map, false);
        assert_eq!(names(&map), ["x-user-id"].into());
    }
}
