//! Times of requests to upstreams, up to the head of the answer, as Spring Cloud Gateway observes
//! them (MT-5).

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::time::Duration;

use gateway_routing::Route;
use service_kit::metrics::{Registry, Timer};

use super::attempts::{Outcome, mixed};
use super::{KEPT_MAX, Spread};

/// Timers of one route on one thread: few, looked through in turn.
type Timers = Vec<((&'static str, Outcome), Timer)>;

thread_local! {
    static KEPT: RefCell<HashMap<u64, Timers, BuildHasherDefault<Spread>>> = RefCell::default();
}

/// Counts a request of `route` to its upstream.
pub(super) fn count(
    registry: &Registry,
    route: &Route,
    method: &'static str,
    outcome: Outcome,
    took: Duration,
) {
    let uri = route.definition().uri.as_str();
    let key = mixed(mixed(0, route.id()), uri);
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_MAX && !kept.contains_key(&key) {
            kept.clear();
        }
        let timers = kept.entry(key).or_default();
        // Whatever the reason is, Spring knows no status then.
        let outcome = match outcome {
            Outcome::Status(_) => outcome,
            Outcome::Failed(_) => Outcome::Failed("UNKNOWN"),
        };
        if let Some((_, timer)) = timers.iter().find(|(known, _)| *known == (method, outcome)) {
            return timer.record(took);
        }
        let number;
        let status = match outcome {
            Outcome::Status(status) => {
                number = status.to_string();
                &*number
            }
            Outcome::Failed(name) => name,
        };
        let tags = [
            ("http.method", method),
            ("http.status_code", status),
            ("spring.cloud.gateway.route.id", route.id()),
            ("spring.cloud.gateway.route.uri", uri),
        ];
        let about = "Requests to upstreams, up to the head of the answer.";
        let timer = registry.timer("http.client.requests", about, &tags);
        timer.record(took);
        timers.push(((method, outcome), timer));
    });
}
