//! What may be kept, and what the headers of kept answers say (RC-2, RC-5).

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

/// How much is kept, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CacheSettings {
    pub(crate) time_to_live: Duration,
    /// Bytes of this cache.
    pub(crate) bytes_max: usize,
    /// Bytes of all caches.
    pub(crate) all_max: usize,
    pub(crate) updates: bool,
}

/// Whether a kept answer may be the answer to a request, and whether the client wants it anew.
pub(crate) fn may_answer(method: &Method, headers: &HeaderMap, has_body: bool) -> Option<bool> {
    let is_plain = *method == Method::GET && !has_body && !headers.contains_key(header::UPGRADE);
    if !is_plain || has(headers, "no-store") {
        return None;
    }
    Some(has(headers, "no-cache"))
}

/// Whether an answer may be kept. One that sets a cookie is meant for one client.
pub(super) fn may_keep(status: StatusCode, headers: &HeaderMap) -> bool {
    matches!(status.as_u16(), 200 | 206 | 301)
        && !has(headers, "no-store")
        && !has(headers, "private")
        && !headers.contains_key(header::SET_COOKIE)
        && !texts(headers, &header::VARY).any(|name| name == "*")
}

/// Headers of requests that an answer depends on, sorted.
pub(super) fn vary(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut names: Vec<HeaderName> =
        texts(headers, &header::VARY).filter_map(|name| name.parse().ok()).collect();
    names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    names.dedup();
    names
}

/// Says for how long the answer is fresh, whatever the upstream said.
pub(super) fn set_max_age(headers: &mut HeaderMap, left: Duration) {
    let age = format!("max-age={}", left.as_secs());
    let others = texts(headers, &header::CACHE_CONTROL);
    let is_other = |word: &&str| !word.to_ascii_lowercase().starts_with("max-age=");
    let words: Vec<&str> = others.filter(is_other).chain([age.as_str()]).collect();
    if let Ok(value) = HeaderValue::from_str(&words.join(", ")) {
        headers.insert(header::CACHE_CONTROL, value);
    }
}

/// Whether the client has the answer already.
pub(super) fn is_known(asked: &HeaderMap, headers: &HeaderMap) -> bool {
    let weak = |tag: &str| tag.trim_start_matches("W/").to_owned();
    let Some(tag) = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()) else {
        return false;
    };
    texts(asked, &header::IF_NONE_MATCH).any(|one| one == "*" || weak(one) == weak(tag))
}

/// The words of a list header.
fn texts<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|word| !word.is_empty())
}

fn has(headers: &HeaderMap, word: &str) -> bool {
    let is_it = |one: &str| {
        let name = one.split_once('=').map_or(one, |(name, _)| name);
        name.eq_ignore_ascii_case(word)
    };
    texts(headers, &header::CACHE_CONTROL).any(is_it)
}
