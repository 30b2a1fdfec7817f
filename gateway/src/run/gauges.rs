//! What is read off when somebody looks at the metrics: nothing of it costs a request anything
//! (MT-3, MT-7).

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

use eureka_client::{Client, Endpoint};
use service_kit::metrics::{Collector, Registry};

use crate::routes::{Live, Routes};
use crate::stateful::Shown;
use crate::upstream::{GIVEN_UP, OPENED, STALLED};

/// Instances that are shown one by one; an estate with more has other tools.
const INSTANCES_MAX: usize = 2_000;

/// Registers gauges of routes and of the instances that `client` knows.
pub(super) fn register(registry: &Registry, routes: &Arc<Routes>, client: Option<&Client>) {
    let routes: Weak<Routes> = Arc::downgrade(routes);
    let client = client.cloned();
    registry.collect(move |to| {
        if let Some(routes) = routes.upgrade() {
            of_routes(&routes, to);
        }
        if let Some(client) = &client {
            of_client(client, to);
        }
    });
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn of_routes(routes: &Routes, to: &mut Collector) {
    let live = routes.now();
    let count = live.table.routes().len() as f64;
    to.gauge("spring.cloud.gateway.routes.count", "Routes in use.", "", &[], count);
    let generation = live.generation as f64;
    let opened = OPENED.load(Relaxed) as f64;
    let name = "gateway.upstream.connections.opened";
    to.counter(name, "Connections to upstreams that were opened.", "", &[], opened);
    for (name, about, count) in [
        ("gateway.streams.stalled", "Answers that stopped in the middle.", &STALLED),
        ("gateway.request.bodies.slow", "Bodies that came too slowly.", &GIVEN_UP),
    ] {
        to.counter(name, about, "", &[], count.load(Relaxed) as f64);
    }
    of_caps(&live, to);
    for breaker in live.state.breakers() {
        let shown = breaker.shown();
        for state in [Shown::Closed, Shown::Open, Shown::HalfOpen] {
            let value = if state == shown { 1.0 } else { 0.0 };
            let tags = [("name", &*breaker.name), ("state", state.label())];
            let name = "resilience4j.circuitbreaker.state";
            to.gauge(name, "Whether a circuit breaker is in a state.", "", &tags, value);
        }
    }
    to.gauge(
        "gateway.config.generation",
        "States of configuration and routes that were in use so far.",
        "",
        &[],
        generation,
    );
}

/// Of routes that limit their requests (DS-10).
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn of_caps(live: &Live, to: &mut Collector) {
    for (route, attached) in live.all() {
        let Some(cap) = &attached.plan.cap else { continue };
        let (name, id) = ("gateway.requests.refused", route.id());
        let about = "Requests that were refused because as many as may be were under way.";
        for (reason, count) in [("route", &cap.refused), ("instances", &cap.refused_by_instances)] {
            let tags = [("routeId", id), ("reason", reason)];
            to.counter(name, about, "", &tags, count.load(Relaxed) as f64);
        }
        let name = "gateway.route.in.flight";
        let about = "Requests of a route under way, where their number has a limit.";
        to.gauge(name, about, "", &[("routeId", id)], cap.count.now() as f64);
    }
}

fn of_client(client: &Client, to: &mut Collector) {
    if let Some(age) = client.age() {
        to.gauge(
            "gateway.discovery.age",
            "Time since discovery servers were last heard.",
            "seconds",
            &[],
            age.as_secs_f64(),
        );
    }
    for endpoint in client.snapshot().endpoints().iter().take(INSTANCES_MAX) {
        of_instance(client, endpoint, to);
    }
}

fn of_instance(client: &Client, endpoint: &Endpoint, to: &mut Collector) {
    let (info, load) = (endpoint.info(), endpoint.load());
    let tags = [("service", &*info.app), ("instance", info.id())];
    let mut gauge = |name: &str, about: &str, value: f64| to.gauge(name, about, "", &tags, value);
    gauge(
        "gateway.instance.in.flight",
        "Requests of this gateway under way at an instance.",
        f64::from(load.outstanding()),
    );
    gauge(
        "gateway.instance.failures",
        "Failures of an instance since its last success.",
        f64::from(load.failures_in_a_row()),
    );
    let is_out = if client.is_ejected(endpoint) { 1.0 } else { 0.0 };
    gauge("gateway.instance.ejected", "Whether an instance gets nothing for a while.", is_out);
}
