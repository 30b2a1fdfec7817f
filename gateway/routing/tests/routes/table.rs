//! The table finds what asking every route in turn finds.

use std::sync::Arc;

use gateway_routing::{
    GatewayDefinition, Node, PartDefinition, RouteDefinition, Settings, Table, compile,
};
use proptest::prelude::*;

use crate::support::{Sent, table};

const PATHS: [&str; 26] = [
    "/",
    "/**",
    "/a",
    "/a/",
    "/a/**",
    "/a/b",
    "/a/b/**",
    "/a/*",
    "/a/*/c",
    "/{x}",
    "/{x}/b",
    "/{x}/{y}",
    "/a/{x:\\d+}",
    "/a/{*rest}",
    "/{*all}",
    "/a/b.png",
    "/a/{n}.png",
    "/?",
    "/a?",
    "/한/{x}",
    "/a b",
    "/a/b/c/d",
    "/*/*",
    "/a/{x:[a-b]+}/**",
    "/b",
    "/a%20b",
];
const HOSTS: [&str; 8] = [
    "a.example",
    "A.example:81",
    "**.example",
    "{sub}.example",
    "*.b.example",
    "*",
    "x.*",
    "**.B.example:81",
];
const METHODS: [&str; 3] = ["GET", "GET,POST", "PURGE"];
const SEGMENTS: [&str; 14] = [
    "a",
    "b",
    "c",
    "d",
    "",
    "7",
    "12",
    "b.png",
    "%61",
    "a%20b",
    "%ED%95%9C",
    "ab",
    "a;v=1",
    "b%2Fc",
];

fn part(name: &str, values: &str) -> PartDefinition {
    let args: Vec<_> =
        values.split(',').enumerate().map(|(i, v)| (format!("_genkey_{i}"), v)).collect();
    let args: Vec<_> = args.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    PartDefinition::new(name, &args)
}

prop_compose! {
    fn a_route()(
        order in -1..2_i32,
        paths in prop::collection::vec(prop::sample::select(PATHS.as_slice()), 0..3),
        hosts in prop::option::weighted(0.3, prop::collection::vec(prop::sample::select(HOSTS.as_slice()), 1..3)),
        method in prop::option::weighted(0.3, prop::sample::select(METHODS.as_slice())),
        weight in prop::option::weighted(0.2, (0..2_u32, 0..3_u32)),
        exact_slash in any::<bool>(),
    ) -> (i32, Vec<PartDefinition>) {
        let mut predicates = Vec::new();
        if !paths.is_empty() {
            predicates.push(part("Path", &format!("{},{}", paths.join(","), !exact_slash)));
        }
        if let Some(hosts) = hosts {
            predicates.push(part("Host", &hosts.join(",")));
        }
        predicates.extend(method.map(|method| part("Method", method)));
        predicates.extend(weight.map(|(group, weight)| part("Weight", &format!("g{group},{weight}"))));
        (order, predicates)
    }
}

prop_compose! {
    fn a_request()(
        segments in prop::collection::vec(prop::sample::select(SEGMENTS.as_slice()), 0..5),
        host in prop::sample::select(&[
            "a.example", "A.EXAMPLE:81", "b.example", "x.b.example", "x.B.example:81", "q", "x..example", ".b.example", "",
        ][..]),
        method in prop::sample::select(&["GET", "POST", "PURGE"][..]),
        random in any::<u64>(),
    ) -> Sent {
        let mut sent = Sent::new(&format!("{method} /{}", segments.join("/")));
        host.clone_into(&mut sent.host);
        sent.random = random;
        sent
    }
}

fn made(routes: Vec<(i32, Vec<PartDefinition>)>, host_includes_port: bool) -> Table {
    let definition =
        |(index, (order, predicates)): (usize, (i32, Vec<PartDefinition>))| RouteDefinition {
            id: format!("r{index}"),
            uri: "http://u".to_owned(),
            order,
            predicates,
            filters: Vec::new(),
            metadata: Node::default(),
            enabled: true,
            origin: gateway_routing::Origin::unknown(),
        };
    let routes = routes.into_iter().enumerate().map(definition).collect();
    let gateway = GatewayDefinition { routes, ..GatewayDefinition::default() };
    let settings = Settings { host_includes_port, ..Settings::default() };
    compile(&gateway, &[], &[], &Arc::new(settings), None).unwrap().table
}

/// Tables to try, each with a dozen requests: what `ROUTING_TABLES` says.
#[expect(clippy::disallowed_methods, reason = "how long it takes is up to who runs it")]
fn cases() -> u32 {
    std::env::var("ROUTING_TABLES").ok().and_then(|count| count.parse().ok()).unwrap_or(400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn find_is_the_first_in_order_whose_conditions_hold(
        routes in prop::collection::vec(a_route(), 0..25),
        requests in prop::collection::vec(a_request(), 1..25),
        with_port in any::<bool>(),
    ) {
        let table = made(routes, with_port);
        for sent in requests {
            let request = sent.request();
            let (fast, slow) = (table.find(&request), table.find_linear(&request));
            let position = |found: &Option<gateway_routing::Match<'_>>| found.as_ref().map(|f| f.position);
            prop_assert_eq!(position(&fast), position(&slow), "{:?}", sent);
            prop_assert_eq!(fast.map(|f| f.captures), slow.map(|f| f.captures));
        }
    }
}

#[test]
fn order_comes_first_then_the_place_in_the_file_rd_8() {
    let table = table(
        "routes:
         - {id: late, uri: 'http://u', order: 1, predicates: ['Path=/**']}
         - {id: first, uri: 'http://u', predicates: ['Path=/a/**']}
         - {id: second, uri: 'http://u', predicates: ['Path=/**']}
         - {id: early, uri: 'http://u', order: -1, predicates: ['Path=/a/b']}",
    );
    assert_eq!(Sent::new("GET /a/b").taken_by(&table), "early");
    assert_eq!(Sent::new("GET /a/c").taken_by(&table), "first");
    assert_eq!(Sent::new("GET /c").taken_by(&table), "second");
}

#[test]
fn a_drawn_route_that_does_not_match_leaves_its_group_without_pr_12() {
    let table = table(
        "routes:
         - {id: a, uri: 'http://u', predicates: ['Path=/w', 'Weight=g,1', 'Method=POST']}
         - {id: b, uri: 'http://u', predicates: ['Path=/w', 'Weight=g,1']}",
    );
    assert!(table.has_weights());
    let taken = |random| {
        let sent = Sent { random, ..Sent::new("GET /w") };
        sent.taken_by(&table)
    };
    let all: std::collections::BTreeSet<String> = (0..50).map(taken).collect();
    assert_eq!(all, ["-".to_owned(), "b".to_owned()].into());
}

#[test]
fn routes_that_did_not_change_are_the_same_ones_dl_11() {
    let text = |path: &str| {
        format!(
            "default-filters: [PreserveHostHeader]
routes:
- {{id: a, uri: 'http://u', predicates: ['Path=/a']}}
- {{id: b, uri: 'http://u', predicates: ['Path={path}']}}"
        )
    };
    let gateway = |path| GatewayDefinition::read(crate::yaml::tree(&text(path))).unwrap();
    let settings = Arc::new(Settings::default());
    let old = compile(&gateway("/b"), &[], &[], &settings, None).unwrap().table;
    let new = compile(&gateway("/c"), &[], &[], &settings, Some(&old)).unwrap().table;
    assert!(Arc::ptr_eq(old.route("a").unwrap(), new.route("a").unwrap()));
    assert!(!Arc::ptr_eq(old.route("b").unwrap(), new.route("b").unwrap()));
    let other = Settings { trailing_slash: false, ..Settings::default() };
    let new = compile(&gateway("/b"), &[], &[], &Arc::new(other), Some(&old)).unwrap().table;
    assert!(!Arc::ptr_eq(old.route("a").unwrap(), new.route("a").unwrap()));
}
