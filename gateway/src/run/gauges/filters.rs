//! What filters that remember have counted (MT-7): limits, breakers, retries, caches, tokens.

use service_kit::metrics::Collector;

use crate::routes::Live;
use crate::stateful::{Breaker, Cache, Kind, Shown, Step};

const CACHED: &str = "gateway.cache.requests";
const LIMITED: &str = "gateway.ratelimit.requests";
const RETRIED: &str = "gateway.retries";
const GRANTED: &str = "gateway.token.requests";
/// All that Resilience4j knows; some it is never in here.
const STATES: [&str; 6] =
    ["closed", "open", "half_open", "forced_open", "disabled", "metrics_only"];

/// Everything that hangs on routes, and what they share.
pub(super) fn of_filters(live: &Live, to: &mut Collector) {
    for (route, attached) in live.all() {
        let plan = &attached.plan;
        for (kind, tally) in [("filter", &plan.retried), ("transparent", &plan.resent)] {
            if tally.shown() > 0.0 {
                let tags = [("routeId", route.id()), ("kind", kind)];
                to.counter(RETRIED, "Requests that were sent again.", "", &tags, tally.shown());
            }
        }
        for Step { kind, .. } in &plan.steps {
            of_step(route.id(), kind, to);
        }
    }
    if let Some(cache) = live.state.known_global_cache() {
        of_cache("*", &cache, to);
    }
    let failures = live.state.limiter.store_failures.shown();
    let about = "Times that Redis did not count a request.";
    to.counter("gateway.ratelimit.store.failures", about, "", &[], failures);
    for service in live.state.services() {
        let refused = service.refused.shown();
        if refused > 0.0 {
            let about = "Requests that were not sent again: too many were.";
            to.counter(
                "gateway.retries.refused",
                about,
                "",
                &[("service", &service.name)],
                refused,
            );
        }
    }
    for client in live.state.token_clients() {
        for (outcome, tally) in [("granted", &client.granted), ("failed", &client.failed)] {
            let tags = [("registration", client.name()), ("outcome", outcome)];
            let about = "Times that a token was asked for.";
            to.counter(GRANTED, about, "", &tags, tally.shown());
        }
    }
    live.state.breakers().iter().for_each(|breaker| of_breaker(breaker, to));
}

fn of_step(id: &str, kind: &Kind, to: &mut Collector) {
    match kind {
        Kind::Limit(limit) => {
            for (outcome, tally) in [("allowed", &limit.allowed), ("denied", &limit.denied)] {
                let tags = [("routeId", id), ("outcome", outcome)];
                to.counter(LIMITED, "Requests by what their limit said.", "", &tags, tally.shown());
            }
        }
        Kind::Cache(cache) if !cache.is_global => of_cache(id, cache, to),
        Kind::Cache(_)
        | Kind::Retry(_)
        | Kind::Breaker(_)
        | Kind::Relay(_)
        | Kind::FallbackHeaders(_) => {}
    }
}

fn of_cache(id: &str, cache: &Cache, to: &mut Collector) {
    for (outcome, tally) in [("hit", &cache.hits), ("miss", &cache.misses)] {
        let tags = [("routeId", id), ("outcome", outcome)];
        let about = "Requests by whether their answer was kept.";
        to.counter(CACHED, about, "", &tags, tally.shown());
    }
}

/// Under the names of Resilience4j.
fn of_breaker(breaker: &Breaker, to: &mut Collector) {
    let name = &*breaker.name;
    let (shown, rates) = breaker.looked_at();
    let shown: &str = Shown::label(shown);
    for state in STATES {
        let value = if state == shown { 1.0 } else { 0.0 };
        let (tags, about) =
            ([("name", name), ("state", state)], "Whether a circuit breaker is in a state.");
        to.gauge("resilience4j.circuitbreaker.state", about, "", &tags, value);
    }
    let mut gauge = |what: &str, about: &str, tags: &[(&str, &str)], value: f64| {
        to.gauge(&format!("resilience4j.circuitbreaker.{what}"), about, "", tags, value);
    };
    let about = "Share of the last calls that failed, in percent; -1 of too few.";
    gauge("failure.rate", about, &[("name", name)], rates.failed_percent);
    let about = "Share of the last calls that were slow, in percent; -1 of too few.";
    gauge("slow.call.rate", about, &[("name", name)], rates.slow_percent);
    for (kind, count) in [("successful", rates.successful), ("failed", rates.failed)] {
        let about = "Calls that a circuit breaker decides by.";
        gauge("buffered.calls", about, &[("name", name), ("kind", kind)], count);
    }
    let tags = [("name", name), ("kind", "not_permitted")];
    let about = "Calls that a circuit breaker did not let through.";
    let refused = breaker.refused.shown();
    to.counter("resilience4j.circuitbreaker.not.permitted.calls", about, "", &tags, refused);
}
