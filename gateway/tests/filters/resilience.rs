use super::*;

fn one(upstream: &Upstream, filters: &str) -> Gateway {
    let filters = format!("filters: [{filters}]");
    Gateway::start(&routes(&[route("a", &upstream.uri(), "/**", &filters)]))
}

#[test]
fn what_failed_is_sent_again_with_its_body_and_filters_run_anew_rt_1_rt_9_rt_11() {
    let upstream =
        Upstream::start(|n, _| (if n < 2 { 503 } else { 200 }, String::new(), "x".into()));
    let gateway = one(
        &upstream,
        "{name: Retry, args: {retries: 3, methods: 'GET,POST'}}, 'AddRequestHeader=X-A, b', \
         'AddResponseHeader=X-R, s'",
    );
    let answer = gateway.ask("POST", "/p", &[], "hello");
    assert_eq!((answer.status, upstream.count()), (200, 3));
    for seen in &*upstream.seen.lock() {
        assert!(seen.ends_with("hello"), "{seen}");
        assert_eq!(seen.to_lowercase().matches("x-a: b").count(), 1, "{seen}");
    }
    let own = answer.headers.iter().filter(|(name, _)| name == "x-r");
    assert_eq!(own.count(), 1, "filters of the way out ran once");
}

#[test]
fn the_last_answer_is_delivered_and_other_methods_and_statuses_pass_rt_4_rt_14() {
    let upstream = Upstream::start(|n, _| (503, String::new(), format!("try {n}")));
    let gateway = one(&upstream, "{name: Retry, args: {retries: 2}}");
    let answer = gateway.get("/");
    assert_eq!((answer.status, &*answer.body), (503, "try 2"));
    assert_eq!(gateway.ask("POST", "/", &[], "x").body, "try 3", "GET alone is retried");

    let upstream = Upstream::saying(404, "", "");
    let gateway = one(&upstream, "{name: Retry, args: {retries: 2}}");
    assert_eq!((gateway.get("/").status, upstream.count()), (404, 1));
}

#[test]
fn a_body_longer_than_is_kept_is_sent_once_rt_11() {
    let upstream = Upstream::saying(503, "", "");
    let yaml = routes(&[route(
        "a",
        &upstream.uri(),
        "/**",
        "filters: [{name: Retry, args: {retries: 2, methods: POST}}]",
    )]);
    let gateway = Gateway::start(&format!("{yaml}gateway: {{retry: {{body-max: 10B}}}}\n"));
    assert_eq!(gateway.ask("POST", "/", &[], "12345678901").status, 503);
    assert_eq!(upstream.count(), 1);
    gateway.ask("POST", "/", &[], "1234567890");
    assert_eq!(upstream.count(), 4);
}

#[test]
fn a_breaker_opens_falls_back_and_says_why_cb_2_cb_3_cb_5_fo_13() {
    let bad = Upstream::saying(500, "", "");
    let good = Upstream::start(|_, request| (200, String::new(), request.to_owned()));
    let breaker = "filters: [{name: CircuitBreaker, args: {name: cb, fallbackUri: 'forward:/f', \
                   statusCodes: [500]}}]";
    let yaml = routes(&[
        route("a", &bad.uri(), "/a/**", breaker),
        route("f", &good.uri(), "/f", "filters: [FallbackHeaders]"),
    ]);
    let settings = "resilience4j: {circuitbreaker: {instances: {cb: {slidingWindowSize: 2, \
                    minimumNumberOfCalls: 2}}}}\n";
    let gateway = Gateway::start(&format!("{yaml}{settings}"));
    let answer = gateway.ask("POST", "/a/x?q=1", &[], "hello");
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("POST /f?q=1 HTTP/1.1\r\n"), "{}", answer.body);
    assert!(answer.body.ends_with("hello"), "the fallback gets the body, too");
    assert!(answer.body.contains("CircuitBreakerStatusCodeException"), "{}", answer.body);
    gateway.get("/a/x");
    assert_eq!(bad.count(), 2);
    let answer = gateway.get("/a/x");
    assert_eq!((answer.status, bad.count()), (200, 2), "it is open");
    assert!(answer.body.contains("CallNotPermittedException"), "{}", answer.body);
}

#[test]
fn without_a_fallback_an_open_breaker_is_503_and_a_slow_call_504_cb_4_cb_6() {
    let slow = Upstream::start(|_, _| {
        let (_sender, never) = std::sync::mpsc::channel::<()>();
        let _ = never.recv_timeout(std::time::Duration::from_secs(5));
        (200, String::new(), String::new())
    });
    let yaml = routes(&[route("a", &slow.uri(), "/**", "filters: ['CircuitBreaker=cb']")]);
    let settings = "resilience4j:\n  circuitbreaker: {configs: {default: {slidingWindowSize: 1, \
                    minimumNumberOfCalls: 1}}}\n  timelimiter: {instances: {cb: \
                    {timeoutDuration: 50ms}}}\n";
    let gateway = Gateway::start(&format!("{yaml}{settings}"));
    assert_eq!(gateway.get("/").status, 504);
    let answer = gateway.get("/");
    assert_eq!((answer.status, slow.count()), (503, 1));
    assert!(answer.header("retry-after").is_some());
}

#[test]
fn routes_to_the_gateway_itself_arrive_and_circles_end_gf_5_gf_13() {
    let upstream = Upstream::start(|_, request| (200, String::new(), request.to_owned()));
    let gateway = Gateway::start(&routes(&[
        route("in", "forward:/out/x", "/in", "filters: ['AddRequestHeader=X-A, b']"),
        route("out", &upstream.uri(), "/out/**", "filters: ['StripPrefix=1']"),
        route("circle", "forward:/circle", "/circle", "order: 1"),
    ]));
    let answer = gateway.get("/in?q=1");
    assert!(answer.body.starts_with("GET /x?q=1 "), "{}", answer.body);
    assert!(answer.body.to_lowercase().contains("x-a: b"));
    assert_eq!(gateway.get("/circle").status, 508);
}

#[test]
fn a_body_is_counted_while_it_streams_fi_18() {
    let upstream = Upstream::saying(200, "", "ok");
    let gateway = one(&upstream, "{name: RequestSize, args: {maxSize: 10B}}");
    let chunked = |body: &str| {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked";
        gateway.bytes(&format!("{head}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()))
    };
    assert_eq!(chunked("1234567890").status, 200);
    let answer = chunked("12345678901");
    assert_eq!(answer.status, 413);
    assert!(answer.header("errormessage").is_some_and(|text| text.contains("11 B")), "{answer:?}");
}
