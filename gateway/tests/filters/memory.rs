use super::*;

const CACHED: &str = "filters: [LocalResponseCache]";
const CACHE_ON: &str = "      filter: {local-response-cache: {enabled: true, time-to-live: 60s}}\n";

#[test]
fn so_many_pass_and_the_rest_is_told_when_to_come_back_rl_5_rl_7_rl_9() {
    let upstream = Upstream::saying(200, "", "ok");
    let limiter = "filters: [{name: RequestRateLimiter, args: {key-resolver: \
                   '#{@headerKeyResolver:X-Key}', redis-rate-limiter.replenishRate: 1, \
                   redis-rate-limiter.burstCapacity: 60, redis-rate-limiter.requestedTokens: 30}}]";
    let gateway = Gateway::start(&routes(&[route("a", &upstream.uri(), "/**", limiter)]));
    let ask = |key: &str| gateway.ask("GET", "/", &[&format!("X-Key: {key}")], "");
    let lefts: Vec<u16> = (0..3).map(|_| ask("a").status).collect();
    assert_eq!(lefts, [200, 200, 429]);
    let refused = ask("a");
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(refused.header("x-ratelimit-burst-capacity"), Some("60"));
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 30);
    assert_eq!(ask("b").header("x-ratelimit-remaining"), Some("30"), "a bucket of its own");
    assert_eq!(gateway.get("/").status, 403, "without a key (RL-3)");
    assert_eq!(upstream.count(), 3);
}

#[test]
fn an_answer_is_kept_and_told_apart_by_who_asks_rc_2_rc_3_rc_5() {
    let upstream = Upstream::start(|n, _| (200, "Pragma: x\r\n".into(), format!("answer {n}")));
    let yaml = routes(&[route("a", &upstream.uri(), "/**", CACHED)]);
    let gateway = Gateway::start(&format!("{yaml}{CACHE_ON}"));
    let first = gateway.get("/x");
    assert_eq!(first.header("cache-control"), Some("max-age=60"));
    assert_eq!(first.header("pragma"), None);
    let second = gateway.get("/x");
    assert_eq!((&*second.body, upstream.count()), ("answer 0", 1));
    assert!(second.header("age").is_some());
    assert_eq!(gateway.get("/x?q=1").body, "answer 1");
    assert_eq!(gateway.ask("GET", "/x", &["Authorization: Bearer a"], "").body, "answer 2");
    assert_eq!(gateway.ask("GET", "/x", &["Cache-Control: no-store"], "").body, "answer 3");
    assert_eq!(gateway.ask("POST", "/x", &[], "b").body, "answer 4");
    assert_eq!(gateway.get("/x").body, "answer 0");
}

#[test]
fn attributes_go_out_of_json_and_lengths_fit_fo_9() {
    let upstream = Upstream::saying(
        200,
        "Content-Type: application/json\r\nETag: \"1\"\r\n",
        r#"{"a":1,"secret":"x"}"#,
    );
    let filters = "filters: ['RemoveJsonAttributesResponseBody=secret']";
    let gateway = Gateway::start(&routes(&[route("a", &upstream.uri(), "/**", filters)]));
    let answer = gateway.get("/");
    assert_eq!(answer.body, r#"{"a":1}"#);
    assert_eq!((answer.header("content-length"), answer.header("etag")), (Some("7"), None));
}

#[test]
fn hosts_errors_and_switches_are_as_configured_ho_2_st_3_eb_1() {
    let yaml = routes(&[route("a", "http://127.0.0.1:1", "/**", "order: 0")]);
    let gateway = Gateway::start(&format!("{yaml}gateway: {{allowed-hosts: [gw.example]}}\n"));
    assert_eq!(gateway.get("/").status, 502);
    let other = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert_eq!(gateway.bytes(other).status, 421);

    let gateway = Gateway::start(&format!("{yaml}gateway: {{compat: {{profile: scg4}}}}\n"));
    let answer = gateway.get("/");
    assert_eq!(answer.status, 500);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.body.contains(r#""error":"Internal Server Error""#), "{}", answer.body);
}
