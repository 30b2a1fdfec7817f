//! What reads the head of a request: path, query, media types.

use http::{HeaderMap, HeaderValue, header};

use crate::meter::metered;

// The server's own files, compiled here without its runtime.
#[allow(dead_code, missing_docs, reason = "only what reads untrusted text is called")]
#[path = "../../../../eureka-server/src/http/accept.rs"]
mod accept;
#[allow(dead_code, missing_docs, reason = "only what reads untrusted text is called")]
#[path = "../../../../eureka-server/src/http/path.rs"]
mod path;
#[allow(dead_code, missing_docs, reason = "only what reads untrusted text is called")]
#[path = "../../../../eureka-server/src/http/query.rs"]
mod query;
#[allow(dead_code, missing_docs, reason = "only what reads untrusted text is called")]
#[path = "../../../../eureka-server/src/http/route.rs"]
mod route;

/// Lines of an input: path, query, then values of `Accept`.
///
/// # Panics
/// When a path names two resources, a query is read two ways, or an answer would be labelled with
/// what nobody asked for.
pub fn head(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let mut text = || lines.next().and_then(|line| std::str::from_utf8(line).ok());
    if let Some(text) = text() {
        metered(text.len(), || path(text));
    }
    if let Some(text) = text() {
        metered(text.len(), || queried(text));
    }
    let mut headers = HeaderMap::new();
    for value in lines.filter_map(|line| HeaderValue::from_bytes(line).ok()) {
        headers.append(header::ACCEPT, value.clone());
        headers.append(header::ACCEPT_ENCODING, value.clone());
        headers.append("x-eureka-accept", value);
    }
    metered(data.len(), || negotiated(&headers));
}

fn path(text: &str) {
    let found = route::target(text);
    if let route::Target::Eureka(resource) = &found {
        assert!(text.starts_with("/eureka/"), "{text}");
        assert!(!resource.allow().is_empty());
        if !text.ends_with('/') {
            assert_eq!(route::target(&format!("{text}/")), found, "RT-4");
        }
        if !text.starts_with("/eureka/v2/") {
            let spelled = text.replacen("/eureka/", "/eureka/v2/", 1);
            assert_eq!(route::target(&spelled), found, "RT-2");
        }
    }
    for segment in text.split('/') {
        if let Some(decoded) = path::decode_segment(segment) {
            assert!(decoded.len() <= segment.len());
        }
    }
}

fn queried(text: &str) {
    let pairs: Vec<_> = query::pairs(Some(text)).collect();
    for (name, _) in &pairs {
        let value = pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        assert_eq!(query::first(Some(text), name).map(|value| value.to_string()), value);
    }
    if let Some(Ok(number)) = query::first_number(Some(text), "lastDirtyTimestamp") {
        let told = |(name, value): &(String, String)| {
            name == "lastDirtyTimestamp" && value.parse() == Ok(number)
        };
        assert!(pairs.iter().any(told), "{number} in {text}");
    }
}

fn negotiated(headers: &HeaderMap) {
    for choice in [accept::for_list(headers), accept::for_object(headers)].into_iter().flatten() {
        assert!(choice.media_type.starts_with(choice.format.media_type()), "{choice:?}");
    }
    let _ = accept::detail(headers);
    let _ = accept::gzip(headers);
}
