//! What finding a route costs with few and with many of them (RO-1, BE-4).
//!
//! `cargo bench -p gateway-routing` prints nanoseconds per request.

#![expect(clippy::print_stdout, reason = "a bench prints")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::expect_used, reason = "the routes are known to be right")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use gateway_routing::{
    Context, GatewayDefinition, Node, Origin, PartDefinition, Request, RequestHead,
    RouteDefinition, Settings, Table, compile,
};
use http::{HeaderMap, Method};

const ROUNDS: u32 = 200_000;

fn route(index: usize) -> RouteDefinition {
    let path = format!("/service-{index}/**");
    let rewrite = format!("/service-{index}/?(?<remaining>.*)");
    let filter = [("_genkey_0", rewrite.as_str()), ("_genkey_1", "/$\\{remaining}")];
    RouteDefinition {
        id: format!("r{index}"),
        uri: format!("lb://service-{index}"),
        order: 0,
        predicates: vec![PartDefinition::new("Path", &[("_genkey_0", &path)])],
        filters: vec![PartDefinition::new("RewritePath", &filter)],
        metadata: Node::default(),
        enabled: true,
        origin: Origin::unknown(),
    }
}

fn table(count: usize) -> Table {
    let routes = (0..count).map(route).collect();
    let gateway = GatewayDefinition { routes, ..GatewayDefinition::default() };
    compile(&gateway, &[], &[], &Arc::new(Settings::default()), None).expect("right routes").table
}

/// Nanoseconds per call.
fn timed(mut call: impl FnMut()) -> u128 {
    for _ in 0..ROUNDS / 10 {
        call();
    }
    let start = Instant::now();
    for _ in 0..ROUNDS {
        call();
    }
    start.elapsed().as_nanos() / u128::from(ROUNDS)
}

fn main() {
    let headers = HeaderMap::new();
    for count in [10, 100, 1_000, 10_000] {
        let start = Instant::now();
        let table = table(count);
        let made = start.elapsed();
        let headers = &headers;
        let request = |path: &'static str| Request {
            method: &Method::GET,
            path,
            query: None,
            headers,
            host: "gateway.example:8080",
            peer: [127, 0, 0, 1].into(),
            now_ms: 0,
            random: 0,
        };
        let of = |index: usize| -> &'static str { format!("/service-{index}/orders/17").leak() };
        let (first, middle, last) = (of(0), of(count / 2), of(count - 1));
        let find = |path: &'static str| {
            timed(|| {
                black_box(table.find(&request(black_box(path))));
            })
        };
        let (first, at_middle, at_last, none) =
            (find(first), find(middle), find(last), find("/nowhere"));
        let whole = timed(|| {
            let found = table.find(&request(black_box(middle))).expect("a route");
            let context = Context { path: middle, host: "h", captures: &found.captures };
            let mut head = RequestHead::new(&Method::GET, middle, None, HeaderMap::new());
            black_box(found.route.chain().run_all_requests(&mut head, &context));
            black_box(head);
        });
        println!(
            "{count:>6} routes: first {first} ns, middle {at_middle} ns, last {at_last} ns, none {none} ns, \
             middle with filters {whole} ns; compiled in {} ms",
            made.as_millis()
        );
    }
}
