//! Times of requests by route, as Spring Cloud Gateway counts them (MT-1 to MT-4).
//!
//! A thread that serves keeps the handles of its routes to itself: counting a request takes no lock
//! and writes nothing that another thread writes. A handle is made when the first request with its
//! labels comes; the registry bounds how many there are.

mod attempts;
mod exchanges;
mod labels;

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use eureka_client::Endpoint;
use gateway_routing::{Node, PathRule, Route};
use http::{Method, StatusCode};
use service_kit::metrics::{Registry, Timer};

pub(crate) use attempts::Outcome;

/// Routes of which a thread keeps handles; beyond that it begins anew.
const KEPT_MAX: usize = 16_384;
const DESCRIPTION: &str = "Requests through a route, from their first byte to the answer's last.";

thread_local! {
    static KEPT: RefCell<HashMap<u32, RouteTimers, BuildHasherDefault<Spread>>> = RefCell::default();
}

/// Counts requests by route. A copy costs nothing: every request takes some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meters(Option<&'static Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    name: &'static str,
    has_paths: bool,
    /// Whether requests to upstreams are timed as well (MT-5).
    has_exchanges: bool,
    constant: Vec<(String, String)>,
}

/// One route's timers on one thread.
struct RouteTimers {
    id: Box<str>,
    uri: Box<str>,
    /// Patterns of its path, if they are labels.
    paths: Vec<PathRule>,
    /// Few: looked through in turn.
    timers: Vec<(Labels, Timer)>,
}

/// What tells the timers of a route apart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Labels {
    status: u16,
    method: &'static str,
    path: u8,
}

/// A request whose route is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    key: u32,
    method: &'static str,
    path: u8,
}

impl Meters {
    /// Reads `metrics.*` of the gateway's tree; where there are traces, requests to upstreams are
    /// timed unless `observability` is off. It counts until the process ends; other settings need
    /// a restart.
    pub(crate) fn read(tree: &Node, registry: &Registry, is_traced: bool) -> Self {
        let on = |key: &str, default| {
            let word = tree.text_at(key).map(str::to_ascii_lowercase);
            word.map_or(default, |word| word == "true")
        };
        if !on("metrics.enabled", true) {
            return Self(None);
        }
        let prefix = tree.text_at("metrics.prefix").unwrap_or("spring.cloud.gateway");
        // Once in a process: names live as long as it does.
        let name = Box::leak(format!("{prefix}.requests").into_boxed_str());
        let tags = tree.get("metrics.tags").map(Node::entries).unwrap_or_default();
        let constant = tags.iter().filter_map(|(tag, value)| {
            let text = value.text()?.to_owned();
            // A tag of the gateway's own cannot be another.
            (!labels::NAMES.contains(&tag.as_str())).then(|| (tag.clone(), text))
        });
        // Lives as long as the process: nobody counts who looks at it.
        Self(Some(Box::leak(Box::new(Inner {
            registry: registry.clone(),
            name,
            has_paths: on("metrics.tags.path.enabled", false)
                || on("metrics.path-tags.enabled", false),
            has_exchanges: on("observability.enabled", is_traced),
            constant: constant.collect(),
        }))))
    }

    /// Notes which route takes a request, and its key, which no other has; `None` if nothing is
    /// counted.
    pub(crate) fn begin(
        &self,
        route: &Route,
        key: u32,
        method: &Method,
        path: &str,
    ) -> Option<Counted> {
        let inner = self.0?;
        let path = KEPT.with_borrow_mut(|kept| {
            if kept.len() >= KEPT_MAX && !kept.contains_key(&key) {
                kept.clear();
            }
            let own = kept.entry(key).or_insert_with(|| RouteTimers::new(route, inner.has_paths));
            own.path(path)
        });
        Some(Counted { key, method: labels::method(method), path })
    }

    /// Counts an attempt of a route at an instance.
    pub(crate) fn attempt(&self, route: &Route, endpoint: &Endpoint, outcome: Outcome) {
        if let Some(inner) = self.0 {
            attempts::count(&inner.registry, route.id(), endpoint, outcome);
        }
    }

    /// Whether somebody wants to know how long upstreams take.
    pub(crate) fn has_exchanges(&self) -> bool {
        self.0.is_some_and(|inner| inner.has_exchanges)
    }

    /// Counts a request to an upstream.
    pub(crate) fn exchange(
        &self,
        route: &Route,
        method: &Method,
        outcome: Outcome,
        took: Duration,
    ) {
        if let Some(inner) = self.0.filter(|inner| inner.has_exchanges) {
            exchanges::count(&inner.registry, route, labels::method(method), outcome, took);
        }
    }

    /// Counts a request that [`begin`](Self::begin) noted on this thread.
    pub(crate) fn end(&self, counted: Counted, status: StatusCode, time: Duration) {
        let Some(inner) = self.0 else { return };
        let Counted { key, method, path } = counted;
        let labels = Labels { status: status.as_u16(), method, path };
        KEPT.with_borrow_mut(|kept| {
            let Some(own) = kept.get_mut(&key) else { return };
            let known = own.timers.iter().find(|(known, _)| *known == labels);
            if let Some((_, timer)) = known {
                return timer.record(time);
            }
            let timer = inner.timer(own, labels, status);
            timer.record(time);
            own.timers.push((labels, timer));
        });
    }
}

impl RouteTimers {
    fn new(route: &Route, has_paths: bool) -> Self {
        let definition = route.definition();
        let is_path = |name: &str| name.eq_ignore_ascii_case("Path");
        let parts = definition.predicates.iter().filter(|part| has_paths && is_path(&part.name));
        let paths = parts.flat_map(|part| &part.args).filter(|arg| arg.value.starts_with('/'));
        Self {
            id: route.id().into(),
            uri: definition.uri.as_str().into(),
            paths: paths.filter_map(|arg| PathRule::parse(&arg.value).ok()).take(254).collect(),
            timers: Vec::new(),
        }
    }

    /// Which of its patterns a path fits, from 1; 0 for none.
    fn path(&self, path: &str) -> u8 {
        let found = self.paths.iter().position(|pattern| pattern.fits(path));
        found.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0)
    }
}

impl Inner {
    fn timer(&self, route: &RouteTimers, labels: Labels, status: StatusCode) -> Timer {
        let number = labels.status.to_string();
        let path = usize::from(labels.path).checked_sub(1).and_then(|at| route.paths.get(at));
        let path = path.map(ToString::to_string);
        let mut tags: Vec<(&str, &str)> = vec![
            ("routeId", &route.id),
            ("routeUri", &route.uri),
            ("outcome", labels::outcome(status)),
            ("status", labels::status(status)),
            ("httpStatusCode", &number),
            ("httpMethod", labels.method),
        ];
        if self.has_paths {
            tags.push(("path", path.as_deref().unwrap_or("NA")));
        }
        tags.extend(self.constant.iter().map(|(tag, value)| (tag.as_str(), value.as_str())));
        self.registry.timer(self.name, DESCRIPTION, &tags)
    }
}

/// Keys are numbers in a row: they are spread by a multiplication.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use gateway_routing::Settings;
    use service_kit::clock::Clock;
    use service_kit::metrics;

    use super::*;
    use crate::routes::tests::made;

    fn shown(tree: &[(&str, &str)], path: &str, status: u16) -> String {
        // Threads of tests may come again: each case is another route.
        static NEXT: AtomicU32 = AtomicU32::new(u32::MAX / 2);
        let key = NEXT.fetch_add(1, Relaxed);
        let tree =
            Node::from_properties(tree.iter().map(|(key, value)| gateway_routing::Property {
                path: (*key).to_owned(),
                value: (*value).to_owned(),
                origin: gateway_routing::Origin::unknown(),
            }));
        let registry = Registry::new(Clock::manual(0));
        let meters = Meters::read(&tree, &registry, false);
        let definition = made("m", "g");
        let route =
            Route::compile(&definition, &[], &Settings::default(), &mut Vec::new()).unwrap();
        for _ in 0..2 {
            if let Some(counted) = meters.begin(&route, key, &Method::GET, path) {
                let status = StatusCode::from_u16(status).unwrap();
                meters.end(counted, status, Duration::from_millis(3));
            }
        }
        let text = metrics::render(&registry.snapshot());
        text.lines().find(|line| line.contains("_count{")).unwrap_or_default().to_owned()
    }

    #[test]
    fn requests_have_springs_labels_mt_1_mt_2() {
        assert_eq!(
            shown(&[], "/made", 404),
            "spring_cloud_gateway_requests_seconds_count{httpMethod=\"GET\",httpStatusCode=\"404\",\
             outcome=\"CLIENT_ERROR\",routeId=\"m\",routeUri=\"http://localhost:2\",\
             status=\"NOT_FOUND\"} 2.0"
        );
        assert!(shown(&[], "/made", 799).contains("outcome=\"CUSTOM\""));
        assert_eq!(shown(&[("metrics.enabled", "false")], "/made", 200), "");
    }

    #[test]
    fn requests_to_upstreams_are_timed_where_that_is_asked_for_mt_5() {
        let told = |text: &[(&str, &str)], is_traced| {
            let tree = Node::from_properties(text.iter().map(|(key, value)| {
                let origin = gateway_routing::Origin::unknown();
                let (path, value) = ((*key).to_owned(), (*value).to_owned());
                gateway_routing::Property { path, value, origin }
            }));
            let registry = Registry::new(Clock::manual(0));
            let meters = Meters::read(&tree, &registry, is_traced);
            let name = format!("x{}{is_traced}", text.len());
            let definition = made(&name, "g");
            let route =
                Route::compile(&definition, &[], &Settings::default(), &mut Vec::new()).unwrap();
            for outcome in [Outcome::Status(200), Outcome::Status(200), Outcome::Failed("closed")] {
                meters.exchange(&route, &Method::GET, outcome, Duration::from_millis(3));
            }
            let text = metrics::render(&registry.snapshot());
            text.lines().filter(|line| line.contains("_count{")).map(str::to_owned).collect()
        };
        let all: Vec<String> = told(&[], true);
        assert_eq!(
            all,
            [
                "http_client_requests_seconds_count{http_method=\"GET\",http_status_code=\"200\",\
                 spring_cloud_gateway_route_id=\"x0true\",\
                 spring_cloud_gateway_route_uri=\"http://localhost:2\"} 2.0",
                "http_client_requests_seconds_count{http_method=\"GET\",\
                 http_status_code=\"UNKNOWN\",spring_cloud_gateway_route_id=\"x0true\",\
                 spring_cloud_gateway_route_uri=\"http://localhost:2\"} 1.0",
            ]
        );
        assert_eq!(told(&[], false), [""; 0]);
        assert_eq!(told(&[("observability.enabled", "false")], true), [""; 0]);
        assert_eq!(told(&[("observability.enabled", "true")], false).len(), 2);
    }

    #[test]
    fn a_path_is_a_pattern_and_names_can_be_changed_mt_4() {
        let tree = [
            ("metrics.path-tags.enabled", "true"),
            ("metrics.prefix", "edge"),
            ("metrics.tags.site", "north"),
        ];
        let line = shown(&tree, "/made", 200);
        assert!(line.starts_with("edge_requests_seconds_count{"), "{line}");
        assert!(line.contains("path=\"/made\"") && line.contains("site=\"north\""), "{line}");
    }
}
