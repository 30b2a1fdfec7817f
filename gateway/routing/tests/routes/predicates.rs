//! Each predicate on requests that it takes and that it leaves (PR-1 to PR-15).

use crate::support::{Sent, error, table};

fn takes(predicate: &str, sent: &Sent) -> bool {
    takes_with("", predicate, sent)
}

fn takes_with(settings: &str, predicate: &str, sent: &Sent) -> bool {
    let text =
        format!("{settings}\nroutes:\n- id: r\n  uri: http://u\n  predicates:\n  - {predicate}\n");
    sent.taken_by(&table(&text)) == "r"
}

fn wrong(predicate: &str) -> String {
    error(&format!("routes:\n- id: r\n  uri: http://u\n  predicates:\n  - {predicate}\n"))
}

fn get(path: &str) -> Sent {
    Sent::new(&format!("GET {path}"))
}

#[test]
fn time_predicates_are_strict_pr_1_to_pr_3() {
    let at = |now_ms| Sent { now_ms, ..get("/") };
    // 2026-03-01T07:00:00Z
    let moment = 1_772_348_400_000;
    let written = "2026-03-01T08:00:00+01:00[Europe/Paris]";
    assert!(!takes(&format!("After={written}"), &at(moment)));
    assert!(takes(&format!("After={written}"), &at(moment + 1)));
    assert!(!takes(&format!("Before={moment}"), &at(moment)));
    assert!(takes(&format!("Before={moment}"), &at(moment - 1)));
    let between = format!("Between={written}, {}", moment + 2);
    assert!(takes(&between, &at(moment + 1)));
    assert!(!takes(&between, &at(moment)) && !takes(&between, &at(moment + 2)));
    assert!(wrong(&format!("Between={moment}, {moment}")).contains("is not after"));
    assert!(wrong("After=tomorrow").contains("not a moment"));
}

#[test]
fn cookies_match_whole_pr_4() {
    let with = |cookie| get("/").with(&[("cookie", cookie)]);
    assert!(takes("Cookie=session, ab+c", &with("x=1; session=abbc")));
    assert!(takes("Cookie=session, ab+c", &with("session=x; session=\"abc\"")));
    assert!(!takes("Cookie=session, ab+c", &with("session=abcd")));
    assert!(!takes("Cookie=session, ab+c", &get("/")));
    assert!(wrong("Cookie=session").contains("regexp is missing"));
}

#[test]
fn any_header_value_may_match_pr_5() {
    let with = |values: &[&str]| {
        get("/").with(&values.iter().map(|value| ("x-v", *value)).collect::<Vec<_>>())
    };
    assert!(takes(r"Header=X-V, \d+", &with(&["a", "12"])));
    assert!(takes(r"Header=X-V, \d+", &with(&["a,12"])));
    assert!(!takes(r"Header=X-V, \d+", &with(&["1a"])));
    assert!(
        takes("Header=X-V", &with(&["v"]))
            && !takes("Header=X-V", &with(&[""]))
            && !takes("Header=X-V", &get("/"))
    );
}

#[test]
fn hosts_include_the_port_unless_told_pr_6() {
    let to = |host: &str| Sent { host: host.to_owned(), ..get("/") };
    assert!(takes("Host=a.example", &to("A.example")));
    assert!(!takes("Host=a.example", &to("a.example:8080")));
    let off = "predicate: {host: {include-port: false}}";
    assert!(takes_with(off, "Host=a.example", &to("a.example:8080")));
    assert!(takes_with(off, "Host=**.example", &to("x.example:8080")));
    assert!(takes("Host=b,a.example", &to("a.example")));
}

#[test]
fn methods_are_equal_or_not_pr_7() {
    assert!(takes("Method=get,POST", &get("/")) && takes("Method=PURGE", &Sent::new("PURGE /")));
    assert!(!takes("Method=GET", &Sent::new("HEAD /")));
}

#[test]
fn paths_may_say_how_strict_they_are_pr_8() {
    assert!(takes("Path=/a,/b/{x}", &get("/b/1/")));
    assert!(!takes("Path=/a,/b/{x},false", &get("/b/1/")));
    let named = "{name: Path, args: {patterns: ['/b/{n:[0-9]{1,3}}'], matchTrailingSlash: false}}";
    assert!(takes(named, &get("/b/123")) && !takes(named, &get("/b/123/")));
    assert!(wrong("Path=/**/x").contains("Ant"));
}

#[test]
fn query_parameters_are_decoded_pr_9() {
    assert!(takes("Query=flag", &get("/?flag")) && takes("Query=flag", &get("/?flag=")));
    assert!(!takes("Query=flag", &get("/?flags")) && !takes("Query=flag, .*", &get("/?flag")));
    assert!(takes("Query=kind, gr.+", &get("/?kind=x&kind=gr%C3%BCn")));
    assert!(!takes("Query=kind, gr.+", &get("/?kind=gr")));
    assert!(takes("Query=a b, c d", &get("/?a+b=c%20d")));
}

#[test]
fn peers_are_in_networks_pr_10() {
    let from = |peer: &str| Sent { peer: peer.parse().unwrap(), ..get("/") };
    assert!(takes("RemoteAddr=10.20.0.0/16,10.9.9.9", &from("10.20.3.4")));
    assert!(takes("RemoteAddr=10.20.0.0/16,10.9.9.9", &from("::ffff:10.9.9.9")));
    assert!(!takes("RemoteAddr=10.9.9.9", &from("10.9.9.8")));
    assert!(takes("RemoteAddr=::1", &from("::1")) && !takes("RemoteAddr=::1", &from("::2")));
    assert!(wrong("RemoteAddr=localhost").contains("not an address"));
}

#[test]
fn forwarded_addresses_are_counted_from_the_right_pr_11() {
    let with = |lines: &[&str]| {
        let list: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        Sent { peer: [9, 9, 9, 9].into(), ..get("/") }.with(&list)
    };
    assert!(takes("XForwardedRemoteAddr=10.0.0.0/8", &with(&["1.1.1.1, 10.0.0.1"])));
    assert!(!takes("XForwardedRemoteAddr=10.0.0.0/8", &with(&["10.0.0.1, 1.1.1.1"])));
    let second = "{name: XForwardedRemoteAddr, args: {sources: 10.0.0.0/8, maxTrustedIndex: 2}}";
    assert!(takes(second, &with(&["10.0.0.1, 1.1.1.1"])));
    assert!(takes(second, &with(&["10.0.0.1"])), "beyond the list: the leftmost");
    assert!(!takes(second, &with(&["10.0.0.1, 1.1.1.1", "10.0.0.1"])), "two lines: the peer");
    assert!(takes("XForwardedRemoteAddr=9.9.9.9", &with(&["nonsense"])));
    let none = "{name: XForwardedRemoteAddr, args: {sources: 10.0.0.0/8, maxTrustedIndex: 0}}";
    assert!(wrong(none).contains("a number from 1"));
}

#[test]
fn weights_have_groups_pr_12() {
    assert!(takes("Weight=g, 3", &get("/")) && !takes("Weight=g, 0", &get("/")));
    assert!(takes("{name: Weight, args: {weight.group: g, weight.weight: 3}}", &get("/")));
    assert!(takes("{name: Weight, args: {group: g, weight: 3}}", &get("/")));
    assert!(wrong("Weight=g").contains("the weight is missing"));
    assert!(wrong("Weight=g, -1").contains("whole number from 0"));
}

#[test]
fn the_rest_of_the_fifteen_pr_13_to_pr_15() {
    let names = ["x-cf-forwarded-url", "x-cf-proxy-signature", "x-cf-proxy-metadata"];
    let all = get("/").with(&names.map(|name| (name, "x")));
    assert!(
        takes("CloudFoundryRouteService=", &all) && !takes("CloudFoundryRouteService=", &get("/"))
    );
    assert!(wrong("{name: ReadBody, args: {inClass: x}}").contains("not supported"));
    assert!(wrong("Version=1.2").contains("nothing says where"));
}

#[test]
fn versions_are_exact_or_later_pr_15() {
    use gateway_routing::{GatewayDefinition, Settings, VersionSource, compile};
    use std::sync::Arc;

    let source =
        VersionSource::read(&crate::yaml::tree("use: {header: X-Version, path-segment: 1}"));
    let settings =
        Arc::new(Settings { version_source: Arc::new(source.unwrap()), ..Settings::default() });
    let takes = |version: &str, sent: &Sent| {
        let text =
            format!("routes: [{{id: r, uri: 'http://u', predicates: ['Version={version}']}}]");
        let gateway = GatewayDefinition::read(crate::yaml::tree(&text)).unwrap();
        let table = compile(&gateway, &[], &[], &settings, None).unwrap().table;
        sent.taken_by(&table) == "r"
    };
    let asks = |version| get("/").with(&[("x-version", version)]);
    assert!(takes("1.2", &asks("1.2.0")) && !takes("1.2", &asks("1.3")));
    assert!(takes("1.2+", &asks("1.10")) && !takes("1.2+", &asks("1.1.9")));
    assert!(takes("1.2", &get("/")), "without a version every route will do");
    assert!(takes("2+", &get("/api/v2/x")) && !takes("2+", &get("/api/v1/x")));
}
