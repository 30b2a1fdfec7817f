//! Trailers of answers to clients of HTTP/1, who are told their names first (HD-14).

use gateway_routing::hygiene::HeaderRules;
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};

use crate::config::edge::is_grpc;

/// Names behind every answer of gRPC.
const OF_GRPC: HeaderValue =
    HeaderValue::from_static("grpc-status, grpc-message, grpc-status-details-bin");

/// Whether the client of a request can only take trailers that are announced, and wants them
/// (RFC 9110, section 6.5.1). HTTP/2 needs no announcement.
pub(super) fn are_announced(version: Version, headers: &HeaderMap) -> bool {
    version == Version::HTTP_11
        && headers.get_all(header::TE).iter().any(|line| {
            let mut words = line.as_bytes().split(|&byte| byte == b',');
            words.any(|word| word.trim_ascii().eq_ignore_ascii_case(b"trailers"))
        })
}

/// Removes the headers of the upstream's connection from an answer; what it says of its trailers
/// goes on if the client wants them.
pub(super) fn end_hop(rules: &HeaderRules, is_announced: bool, headers: &mut HeaderMap) {
    // Only what is sent in chunks has room for them.
    let is_wanted = is_announced && !headers.contains_key(header::CONTENT_LENGTH);
    let names = if is_wanted { announcement(headers) } else { None };
    rules.remove_hop_by_hop(headers);
    if let Some(names) = names {
        headers.insert(header::TRAILER, names);
    }
}

fn announcement(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines = headers.get_all(header::TRAILER).iter().filter_map(|line| line.to_str().ok());
    let names = lines.flat_map(|line| line.split(',')).map(str::trim);
    let names: Vec<&str> = names.filter(|name| name.parse::<HeaderName>().is_ok()).collect();
    if names.is_empty() {
        return is_grpc(headers).then_some(OF_GRPC);
    }
    HeaderValue::try_from(names.join(", ")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        list.iter().map(pair).collect()
    }

    #[test]
    fn only_who_says_so_in_http_1_1_is_told_of_trailers() {
        let told = |version, te| are_announced(version, &headers(&[("te", te)]));
        assert!(told(Version::HTTP_11, "deflate, Trailers"));
        assert!(!told(Version::HTTP_11, "deflate") && !told(Version::HTTP_10, "trailers"));
        assert!(!told(Version::HTTP_2, "trailers"));
    }

    #[test]
    fn names_of_trailers_go_on_to_who_wants_them_hd_14() {
        let after = |is_announced, list: &[_]| {
            let mut headers = headers(list);
            end_hop(&HeaderRules::default(), is_announced, &mut headers);
            headers.remove("trailer").map(|value| value.to_str().unwrap().to_owned())
        };
        let told = ("trailer", "X-Sum, ,x y");
        assert_eq!(after(true, &[told]).as_deref(), Some("X-Sum"));
        assert_eq!(after(false, &[told]), None);
        assert_eq!(after(true, &[told, ("content-length", "1")]), None);
        assert_eq!(after(true, &[]), None);
        let grpc = after(true, &[("content-type", "application/grpc")]).unwrap();
        assert!(grpc.starts_with("grpc-status"), "{grpc}");
    }
}
