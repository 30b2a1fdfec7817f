//! Filters on the way in and out (FI-1 to FI-18, FO-1 to FO-10).

use crate::support::{Sent, table, with_filters};

fn get(path: &str) -> Sent {
    Sent::new(&format!("GET {path}"))
}

#[test]
fn headers_are_added_set_removed_and_mapped_fi_1_to_fi_8() {
    let table = table(&with_filters(
        "/{id}",
        "AddRequestHeader=X-Added, id-{id}
         SetRequestHeader=X-Set, new
         RemoveRequestHeader=X-Gone
         MapRequestHeader=X-From, X-To
         MapRequestHeader=X-None, X-To
         AddRequestHeadersIfNotPresent=X-Maybe:1,X-Maybe:2,X-There:3,X-Blank:4",
    ));
    let sent = get("/a%20b").with(&[
        ("x-added", "zero"),
        ("x-set", "a"),
        ("x-set", "b"),
        ("x-gone", "1"),
        ("x-from", "f1"),
        ("x-from", "f2"),
        ("x-to", "t"),
        ("x-there", "mine"),
        ("x-blank", " "),
    ]);
    let out = sent.filtered(&table).unwrap();
    assert_eq!(out.header("x-added"), ["zero", "id-a b"]);
    assert_eq!(out.header("x-set"), ["new"]);
    assert!(out.header("x-gone").is_empty());
    assert_eq!(out.header("x-to"), ["t", "f1", "f2"]);
    assert_eq!(out.header("x-maybe"), ["1", "2"]);
    assert_eq!(out.header("x-there"), ["mine"]);
    assert_eq!(out.header("x-blank"), ["4"]);
}

#[test]
fn a_value_of_the_path_cannot_break_a_header_sp_5() {
    let table = table(&with_filters("/{id}", "AddRequestHeader=X-Id, {id}"));
    let answer = get("/a%0d%0ax-evil:1").filtered(&table).unwrap_err();
    assert_eq!(answer.status, 400);
}

#[test]
fn a_variable_that_only_another_pattern_captures_is_500_rd_16() {
    let table = table(&with_filters("/a/{id},/b", "SetPath=/{id}"));
    assert_eq!(get("/a/1").filtered(&table).unwrap().target(), "/1");
    let answer = get("/b").filtered(&table).unwrap_err();
    assert_eq!(answer.status, 500);
    assert!(answer.detail.contains("id"));
}

#[test]
fn parameters_are_added_and_removed_fi_3_fi_6_fi_7() {
    let table = table(&with_filters(
        "/{id}",
        "AddRequestParameter=added, {id}
         RemoveRequestParameter=gone
         RewriteRequestParameter=color, blue",
    ));
    let target = |path: &str| get(path).filtered(&table).unwrap().target();
    assert_eq!(target("/x?gone=1&keep=2&color=red"), "/x?keep=2&added=x&color=blue");
    assert_eq!(target("/x%26y=1"), "/x%26y=1?added=x%26y%3D1");
}

#[test]
fn paths_are_changed_in_the_order_of_filters_fi_11_to_fi_14() {
    let target = |filters: &str, path: &str| {
        let table = table(&with_filters("/**", filters));
        get(path).filtered(&table).unwrap().target()
    };
    assert_eq!(target("PrefixPath=/p\nPrefixPath=/q", "/a?x"), "/p/a?x", "once per request");
    assert_eq!(target("StripPrefix=1\nPrefixPath=/p", "/a/b"), "/p/b");
    assert_eq!(target("StripPrefix", "/a/b"), "/b");
    assert_eq!(target(r"RewritePath=/a/(?<x>\d+)/(.*), /$\{x}-$2", "/a/12/c%20d?q"), "/12-c%20d?q");
    assert_eq!(target("RewritePath=/none, /x", "/a"), "/a");
    let captured = |pattern: &str, filters: &str, path: &str| {
        let table = table(&with_filters(pattern, filters));
        get(path).filtered(&table).unwrap().target()
    };
    assert_eq!(
        captured("/set/{a}/x/{b}", "SetPath=/{b}/{a}", "/set/1%2F2/x/%ED%95%9C?q=1"),
        "/%ED%95%9C/1%2F2?q=1"
    );
    assert_eq!(captured("/s/{*rest}", "SetPath=/t{rest}", "/s/a/b%20c"), "/t/a/b%20c");
}

#[test]
fn hosts_are_kept_or_set_fi_9_fi_10() {
    use gateway_routing::HostChoice;

    let host = |filter: &str| {
        let table = table(&with_filters("/**", filter));
        get("/").filtered(&table).unwrap().head.host
    };
    assert_eq!(host("SaveSession"), HostChoice::Target);
    assert_eq!(host("PreserveHostHeader"), HostChoice::Preserve);
    assert_eq!(
        host("SetRequestHostHeader=in.example"),
        HostChoice::Set("in.example".parse().unwrap())
    );
}

#[test]
fn a_template_may_choose_the_target_fi_15() {
    let table = table(&with_filters(
        "/{app}/{*rest}",
        "SetRequestUri=http://{app}.x:81{rest}?a=b\nStripPrefix=1",
    ));
    let sent = get("/shop/a/b");
    let out = sent.filtered(&table).unwrap();
    assert_eq!(out.head.target.as_ref().unwrap().to_string(), "http://shop.x:81");
    assert_eq!(out.target(), "/a/b?a=b", "it comes after the others: order 10001");
    let sent = get("/evil.com%2Fx/a");
    let out = sent.filtered(&table).unwrap();
    assert!(out.head.target.is_none(), "an odd host changes nothing");
    assert_eq!(out.target(), "/a");
}

#[test]
fn large_headers_and_bodies_are_answered_fi_17_fi_18() {
    let headers = table(&with_filters("/**", "RequestHeaderSize=20B, X-Why"));
    let big = get("/").with(&[("x-big", &"x".repeat(16))]);
    let answer = big.filtered(&headers).unwrap_err();
    assert_eq!(answer.status, 431);
    assert_eq!(answer.headers["x-why"], "header x-big has 21 bytes, 20 are allowed");
    assert!(get("/").with(&[("x-big", &"x".repeat(15))]).filtered(&headers).is_ok());

    let bodies =
        table(&with_filters("/**", "{name: RequestSize, args: {maxSize: 5MB}}\nRequestSize=4MB"));
    assert_eq!(bodies.routes()[0].chain().body_bytes_max(), Some(4 << 20));
    let answer = get("/").with(&[("content-length", "6000000")]).filtered(&bodies).unwrap_err();
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.headers["errorMessage"],
        "Request size is larger than permissible limit. Request size is 6.0 MB where permissible \
         limit is 5.2 MB"
    );
}

#[test]
fn redirects_are_answers_and_stay_at_their_host_fo_8_ho_3() {
    let location = |filter: &str, path: &str| {
        let table = table(&with_filters("/{*rest}", filter));
        let answer = get(path).filtered(&table).unwrap_err();
        (
            answer.status.as_u16(),
            answer.headers.get("location").map(|v| v.to_str().unwrap().to_owned()),
        )
    };
    let at = |url: &str| Some(url.to_owned());
    assert_eq!(location("RedirectTo=302, https://x/y", "/a?b=c"), (302, at("https://x/y")));
    assert_eq!(
        location("RedirectTo=FOUND, https://x/y, true", "/a?b=c"),
        (302, at("https://x/y?b=c"))
    );
    assert_eq!(
        location("RedirectTo=308, https://x/p{rest}", "/a%20b"),
        (308, at("https://x/p/a%20b"))
    );
    assert_eq!(location("RedirectTo=302, /{rest}", "/evil"), (400, None));
}

#[test]
fn answers_are_changed_on_the_way_out_fo_1_to_fo_7() {
    let table = table(&with_filters(
        "/{id}",
        "AddResponseHeader=X-Add, {id}
         AddResponseHeader=X-There, mine, false
         AddResponseHeader=X-New, mine, false
         SetResponseHeader=X-Set, new
         RemoveResponseHeader=X-Secret
         RewriteResponseHeader=X-Link, , password=[^&]+, password=***
         DedupeResponseHeader=X-Dup X-Other, RETAIN_UNIQUE
         DedupeResponseHeader=X-Last, retain-last
         DedupeResponseHeader=X-First
         SetStatus=I_AM_A_TEAPOT",
    ));
    let sent = get("/7");
    let out = sent.filtered(&table).unwrap().answered(
        200,
        &[
            ("x-add", "0"),
            ("x-there", "theirs"),
            ("x-set", "old"),
            ("x-secret", "s"),
            ("x-link", "a?password=abc&x=1&password=d"),
            ("x-dup", "1"),
            ("x-dup", "2"),
            ("x-dup", "1"),
            ("x-last", "1"),
            ("x-last", "2"),
            ("x-first", "1"),
            ("x-first", "2"),
        ],
    );
    let all = |name: &str| -> Vec<&str> {
        out.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    };
    assert_eq!(all("x-add"), ["0", "7"]);
    assert_eq!((all("x-there"), all("x-new")), (vec!["theirs"], vec!["mine"]));
    assert_eq!(all("x-set"), ["new"]);
    assert!(all("x-secret").is_empty());
    assert_eq!(all("x-link"), ["a?password=***&x=1&password=***"]);
    assert_eq!(
        (all("x-dup"), all("x-last"), all("x-first")),
        (vec!["1", "2"], vec!["2"], vec!["1"])
    );
    assert_eq!(out.status, 418);
}

#[test]
fn a_replaced_status_can_be_kept_fo_7() {
    let text = "set-status: {original-status-header-name: X-Was}\n".to_owned()
        + &with_filters("/**", "SetStatus=401");
    let table = table(&text);
    let sent = get("/");
    let out = sent.filtered(&table).unwrap().answered(200, &[]);
    assert_eq!((out.status.as_u16(), out.headers["x-was"].to_str().unwrap()), (401, "[200]"));
}

#[test]
fn the_way_out_is_the_way_in_backwards_lc_13() {
    let table =
        table(&with_filters("/**", "SetResponseHeader=X-A, first\nSetResponseHeader=X-A, second"));
    let sent = get("/");
    let out = sent.filtered(&table).unwrap().answered(200, &[]);
    assert_eq!(out.headers["x-a"], "first");
}

#[test]
fn secure_headers_leave_what_is_there_fo_10() {
    let text = "filter: {secure-headers: {frame-options: SAMEORIGIN, disable: [referrer-policy]}}\n"
        .to_owned()
        + &with_filters("/**", "{name: SecureHeaders, args: {disable: [x-download-options]}}");
    let table = table(&text);
    let sent = get("/");
    let out = sent.filtered(&table).unwrap().answered(200, &[("x-xss-protection", "0")]).headers;
    assert_eq!(out["x-xss-protection"], "0");
    assert_eq!(out["x-frame-options"], "SAMEORIGIN");
    assert!(!out.contains_key("referrer-policy") && !out.contains_key("x-download-options"));
    assert_eq!(out.len(), 6);
}

#[test]
fn json_bodies_are_held_only_for_the_filter_that_edits_them_fo_9() {
    let table = table(&with_filters("/**", "RemoveJsonAttributesResponseBody=a,b,true"));
    let chain = table.routes()[0].chain();
    let sent = get("/");
    let filtered = sent.filtered(&table).unwrap();
    assert!(chain.buffers_response(
        &filtered.answered(200, &[("content-type", "application/json;charset=UTF-8")])
    ));
    assert!(!chain.buffers_response(&filtered.answered(200, &[("content-type", "text/html")])));
    assert_eq!(chain.edit_body(br#"{"a":1,"c":{"b":2,"d":3.0}}"#).unwrap(), br#"{"c":{"d":3.0}}"#);
    assert_eq!(chain.texts()[0].order, -2);
}

#[test]
fn a_route_without_filters_changes_nothing() {
    let table = table("routes: [{id: r, uri: 'http://u', predicates: ['Path=/**']}]");
    assert!(table.routes()[0].chain().is_empty());
    let sent = get("/a%20b?c=%zz");
    let out = sent.filtered(&table).unwrap();
    assert!(out.head.is_target_unchanged("/a%20b", Some("c=%zz")));
}
