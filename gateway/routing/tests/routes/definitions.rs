//! Routes as people write them, and what they are told when something is wrong.

use gateway_routing::{
    GatewayDefinition, ResponseTimeout, RouteDefinition, Upstream, describe, gateway_tree,
};
use std::time::Duration;

use crate::support::{Sent, compiled, error, table};
use crate::yaml;

const FULL: &str = "
routes:
- id: products
  uri: lb://product-service
  order: 3
  predicates:
  - Path=/products/**, /catalog/{id}
  - name: Method
    args: {methods: [GET, POST]}
  - Host=**.shop.example
  filters:
  - StripPrefix=1
  - RewritePath=/red/?(?<segment>.*), /$\\{segment}
  - name: AddResponseHeader
    args: {name: X-A, value: b}
  - PreserveHostHeader
  metadata:
    response-timeout: 2000
    connect-timeout: 300
    note: {owner: shop, level: 7, on: true}
default-filters:
- AddResponseHeader=X-Served-By, edge
- AddRequestHeader=X-Two, 2
";

#[test]
fn the_actuator_shows_a_route_ac_2() {
    let table = table(FULL);
    let shown = describe::route(table.route("products").unwrap());
    let predicate = "((Paths: [/products/**, /catalog/{id}], match trailing slash: true && \
                     Methods: [GET, POST]) && Hosts: [**.shop.example])";
    assert_eq!(shown["predicate"], predicate);
    let filters: Vec<&str> =
        shown["filters"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    // LC-12: default[1], route[1], default[2], route[2], …
    assert_eq!(
        filters,
        [
            "[[AddResponseHeader name = 'X-Served-By', value = 'edge', override = true], order = 1]",
            "[[StripPrefix parts = 1], order = 1]",
            "[[AddRequestHeader X-Two = '2'], order = 2]",
            "[[RewritePath /red/?(?<segment>.*) = '/${segment}'], order = 2]",
            "[[AddResponseHeader name = 'X-A', value = 'b', override = true], order = 3]",
            "[[PreserveHostHeader], order = 4]",
        ]
    );
    assert_eq!(shown["uri"], "lb://product-service");
    assert_eq!(shown["order"], 3);
    assert_eq!(shown["metadata"]["note"]["level"], 7);
    assert_eq!(shown["metadata"]["note"]["on"], true);
}

#[test]
fn the_actuator_shows_a_definition_ac_4() {
    let table = table(FULL);
    let shown = describe::definition(table.route("products").unwrap().definition());
    assert_eq!(shown["predicates"][0]["args"]["_genkey_1"], "/catalog/{id}");
    assert_eq!(shown["predicates"][1]["args"]["methods[1]"], "POST");
    assert_eq!(shown["filters"][3]["name"], "PreserveHostHeader");
    let plain = self::table("routes: [{id: a, uri: 'http://u', predicates: ['Path=/']}]");
    assert!(describe::route(plain.route("a").unwrap()).get("metadata").is_none());
    assert!(describe::filter_names().contains(&"StripPrefix"));
    assert_eq!(describe::predicate_names().len(), 15);
    assert_eq!(
        describe::combined_filters(plain.route("a").unwrap(), false)["NettyRoutingFilter"],
        i32::MAX
    );
}

#[test]
fn time_limits_come_from_metadata_to_1_to_to_4() {
    let timeouts = |metadata: &str| {
        let text = format!(
            "routes: [{{id: a, uri: 'http://u', predicates: ['Path=/'], metadata: {metadata}}}]"
        );
        let compiled = compiled(&text).unwrap();
        (compiled.table.route("a").unwrap().timeouts(), compiled.warnings.len())
    };
    let (own, _) = timeouts("{response-timeout: 2000, connect-timeout: 1s}");
    assert_eq!(own.response, ResponseTimeout::After(Duration::from_secs(2)));
    assert_eq!(own.connect, Some(Duration::from_secs(1)));
    assert_eq!(timeouts("{response-timeout: -1}").0.response, ResponseTimeout::Unlimited);
    let (own, warnings) = timeouts("{response-timeout: soon}");
    assert_eq!((own.response, warnings), (ResponseTimeout::Inherited, 1));
}

#[test]
fn both_prefixes_are_read_and_the_new_one_wins_cf_1() {
    let root = yaml::tree(
        "
routes: [{id: old, uri: 'http://u', predicates: ['Path=/']}]
httpclient: {connect-timeout: 1}
server:
  webflux:
    routes: [{id: new, uri: 'http://u', predicates: ['Path=/']}]
    httpclient: {response-timeout: 2s}
",
    );
    let (tree, warnings) = gateway_tree(&root).unwrap();
    let gateway = GatewayDefinition::read(tree).unwrap();
    assert_eq!(gateway.routes[0].id, "new");
    assert_eq!(gateway.routes.len(), 1);
    assert!(warnings[0].contains("routes") && warnings[0].contains("test.yml:2"), "{warnings:?}");
    assert_eq!(gateway.tree.text_at("httpclient.connectTimeout"), Some("1"));
    assert_eq!(gateway.tree.text_at("httpclient.response-timeout"), Some("2s"));

    let servlet = yaml::tree("mvc: {routes: [{id: a}]}");
    assert!(gateway_tree(&servlet).unwrap_err().to_string().contains("servlet"));
}

#[test]
fn a_route_may_be_one_line_or_without_id_rd_15() {
    let table = table("routes: ['a=http://u:1,Path=/a/**']");
    assert_eq!(Sent::new("GET /a/b").taken_by(&table), "a");
    let definition = |uri: &str| {
        let node = yaml::tree(&format!("r: {{uri: '{uri}', predicates: ['Path=/']}}"));
        RouteDefinition::read(node.get("r").unwrap()).unwrap()
    };
    assert_eq!(definition("http://u").id, definition("http://u").id);
    assert_ne!(definition("http://u").id, definition("http://v").id);
}

#[test]
fn disabled_routes_take_no_part_rd_6() {
    let table = table("routes: [{id: a, uri: 'http://u', enabled: false, predicates: ['Path=/']}]");
    assert!(table.routes().is_empty());
}

/// A route with a part replaced.
fn route(uri: &str, predicate: &str, filter: &str) -> String {
    format!(
        "routes:\n- id: shop\n  uri: {uri}\n  predicates:\n  - {predicate}\n  filters:\n  - {filter}\n"
    )
}

#[test]
fn faults_name_place_route_part_and_the_nearest_word_cf_18() {
    let ok = ("http://u", "Path=/a", "StripPrefix=1");
    let filter = |text: &str| error(&route(ok.0, ok.1, text));
    let predicate = |text: &str| error(&route(ok.0, text, ok.2));
    assert_eq!(
        filter("StripPrefx=1"),
        "test.yml:7: route shop: there is no filter StripPrefx; did you mean StripPrefix?"
    );
    assert_eq!(
        filter("StripPrefix=one"),
        "test.yml:7: route shop: StripPrefix: parts: \"one\" is not a whole number from 0"
    );
    assert!(filter("{name: StripPrefix, args: {part: 1}}").ends_with("did you mean parts?"));
    assert!(filter("{name: StripPrefix, arg: {parts: 1}}").contains("neither name nor args"));
    assert_eq!(
        predicate("Paht=/a"),
        "test.yml:5: route shop: there is no predicate Paht; did you mean Path?"
    );
    assert!(predicate("Path").contains("Name=value is expected"));
    assert!(error(&route("localhost:8080", ok.1, ok.2)).contains("write http://localhost:8080"));
    assert!(
        filter("SetPath=/{x}").contains("{x} is not a variable: the route captures no variables")
    );
    assert!(filter("RedirectTo=200, http://x").contains("a status from 300 to 399"));
    assert!(filter("RedirectTo=302, http://{x}/").contains("not a variable"));
    assert!(filter("SetStatus=ok-ish").contains("not a status"));
    assert!(filter("RewritePath=/a(?=b), /").contains("look-ahead"));
    assert!(filter("RewritePath=/a, /$1").contains("no group 1"));
    assert!(filter("AddRequestHeader=X Y, z").contains("not a header name"));
    assert!(filter("RequestRateLimiter=1").contains("no one-line syntax"));
    assert!(filter("RequestHeaderToRequestUri=X-Url").contains("allow-dynamic-targets"));
    assert!(filter("ModifyRequestBody").contains("Java code only"));
    assert!(filter("JsonToGrpc=a").contains("no one-line syntax"));
    assert!(filter("LocalResponseCache=10m").contains("switched off"));
    assert!(
        filter("{name: CircuitBreaker, args: {fallbackUri: 'http://x'}}").contains("forward:/path")
    );
    assert!(filter("Retry=0").contains("whole number from 1"));
    assert!(
        filter("{name: Retry, args: {series: SERVER_EROR}}")
            .ends_with("did you mean SERVER_ERROR?")
    );
    assert!(filter("AddResponseHeader=X").contains("value is missing"));
    // HO-4: what the reference once evaluated.
    let evil = "{name: AddResponseHeader, args: {name: X, value: '#{T(java.lang.Runtime)}'}}";
    assert!(filter(evil).contains("expressions are not supported"));
}

#[test]
fn faults_of_shape_are_told_together() {
    let errors = compiled(
        "routes:
         - {id: a, predicates: ['Path=/']}
         - {id: b, uri: 'http://u', predicate: []}
         - {id: c, uri: 'http://u', predicates: ['Path=/']}
         - {id: c, uri: 'http://u', predicates: ['Path=/'], order: first}
         - {id: c, uri: 'http://u', predicates: ['Path=/']}",
    );
    let all = errors.unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for expected in [
        "route a: it has no uri",
        "predicate is not a field of a route; did you mean predicates?",
        "route b: it has no predicates",
        "order is not a whole number",
        "another route has this id, at test.yml:4",
    ] {
        assert!(all.contains(expected), "{expected} in\n{all}");
    }
}

#[test]
fn a_tolerant_gateway_drops_what_is_wrong_cf_17() {
    let text = "fail-on-route-definition-error: false\n".to_owned()
        + &route("http://u", "Path=/a", "Nope=1")
        + "- {id: shapeless}\n- {id: fine, uri: 'http://u', predicates: ['Path=/b']}\n";
    let compiled = compiled(&text).unwrap();
    let ids: Vec<_> = compiled.table.routes().iter().map(|route| route.id()).collect();
    assert_eq!(ids, ["fine"]);
    assert!(compiled.warnings.iter().any(|text| text.contains("there is no filter Nope")));
    assert!(compiled.warnings.iter().any(|text| text.contains("shapeless: it has no uri")));
}

#[test]
fn switched_off_parts_are_unknown_cf_20() {
    let text = "filter: {strip-prefix: {enabled: false}}\n".to_owned()
        + &route("http://u", "Path=/a", "StripPrefix=1");
    assert!(error(&text).contains("StripPrefix is switched off"));
    let text = "predicate: {path: {enabled: false}}\n".to_owned()
        + &route("http://u", "Path=/a", "SaveSession");
    assert!(error(&text).contains("there is no predicate Path"));
    let text = "filter: {local-response-cache: {enabled: true}}\n".to_owned()
        + &route("http://u", "Path=/a", "LocalResponseCache=10m,64MB");
    assert_eq!(table(&text).route("shop").unwrap().chain().texts()[0].order, -3);
}

#[test]
fn targets_are_read_with_their_ports_rd_1() {
    let table = table(&route("https://u", "Path=/a", "SaveSession"));
    let upstream = table.route("shop").unwrap().upstream();
    assert!(matches!(upstream, Upstream::Address { port: 443, .. }));
}

#[test]
fn values_too_many_are_warned_about_rd_11() {
    let compiled = compiled(&route("http://u/path", "Path=/a", "StripPrefix=1,2")).unwrap();
    assert!(
        compiled.warnings[0].contains("/path of its uri is ignored"),
        "{:?}",
        compiled.warnings
    );
    assert!(compiled.warnings[1].contains("one value too many"));
}
