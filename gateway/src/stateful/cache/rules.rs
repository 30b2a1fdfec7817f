//! What may be kept, and what the headers of kept answers say (RC-2, RC-5).

use std::time::Duration;

use gateway_routing::{Node, RouteError, bytes, duration, switch};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::stateful::settings::fault;

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

/// What the configuration says about kept answers (RC-1, RC-4, RC-6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CacheTree {
    /// Whether routes without a cache of their own share one.
    pub(crate) is_global: bool,
    all: CacheSettings,
}

/// How long answers are kept if nobody says so.
const TIME_TO_LIVE: Duration = Duration::from_secs(300);

impl CacheTree {
    /// `gateway` is the tree of Spring's gateway.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn read(gateway: &Node, all_max: usize) -> Result<Self, RouteError> {
        const FILTER: &str = "filter.local-response-cache";
        let node = |key: &str| gateway.get(&format!("{FILTER}.{key}"));
        let switched = |key: &str| gateway.text_at(key).and_then(switch);
        let size = |text: &str| bytes(text).and_then(|size| usize::try_from(size).ok());
        let updates = match node("request.no-cache-strategy") {
            None => false,
            Some(node) => match node.text().unwrap_or_default() {
                "" | "skip-update-cache-entry" => false,
                "update-cache-entry" => true,
                _ => return Err(fault(node, "no-cache-strategy is no such strategy")),
            },
        };
        let time_to_live = node("time-to-live").map(|node| {
            node.text().and_then(duration).ok_or_else(|| fault(node, "time-to-live is no time"))
        });
        let bytes_max = node("size").map(|node| {
            node.text().and_then(size).ok_or_else(|| fault(node, "size is no size such as 64MB"))
        });
        let all = CacheSettings {
            time_to_live: time_to_live.transpose()?.unwrap_or(TIME_TO_LIVE),
            bytes_max: bytes_max.transpose()?.unwrap_or(all_max),
            all_max,
            updates,
        };
        let global = "global-filter.local-response-cache.enabled";
        // Spring's second switch is on unless it is turned off.
        let is_on = switched(&format!("{FILTER}.enabled")) == Some(true);
        Ok(Self { is_global: is_on && switched(global) != Some(false), all })
    }

    /// The same with what a route says.
    pub(crate) fn of_route(
        &self,
        time_to_live: Option<Duration>,
        bytes_max: Option<u64>,
    ) -> CacheSettings {
        let bytes_max = bytes_max.and_then(|bytes| usize::try_from(bytes).ok());
        CacheSettings {
            time_to_live: time_to_live.unwrap_or(self.all.time_to_live),
            bytes_max: bytes_max.unwrap_or(self.all.bytes_max),
            ..self.all
        }
    }
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
