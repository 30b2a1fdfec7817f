//! Filters that the shell runs: their settings and their place among the others.

use std::time::Duration;

use gateway_routing::{Captures, Context, KeyResolver, Stateful};
use http::{Method, StatusCode};

use crate::support::{Sent, table, with_filters};

fn first(filter: &str) -> Stateful {
    let table = table(&with_filters("/{id}", filter));
    table.routes()[0].chain().stateful()[0].filter.clone()
}

#[test]
fn retry_has_its_defaults_and_all_its_arguments_rt_1_to_rt_8() {
    let Stateful::Retry(plain) = first("Retry") else { panic!("no retry") };
    assert_eq!((plain.retries, plain.series.as_slice()), (3, [5].as_slice()));
    assert_eq!((plain.methods.as_slice(), plain.backoff), ([Method::GET].as_slice(), None));
    assert!(plain.on_io && plain.on_timeout);

    let Stateful::Retry(full) = first("Retry=2,BAD_GATEWAY,GET,20ms,200ms,3,false,0.3,1s") else {
        panic!("no retry")
    };
    assert_eq!((full.retries, full.statuses.as_slice()), (2, [StatusCode::BAD_GATEWAY].as_slice()));
    let backoff = full.backoff.unwrap();
    assert_eq!((backoff.first, backoff.factor), (Duration::from_millis(20), 3));
    assert_eq!(backoff.max, Some(Duration::from_millis(200)));
    assert!(!backoff.based_on_previous);
    assert_eq!((full.jitter_permille, full.timeout), (300, Some(Duration::from_secs(1))));

    let Stateful::Retry(own) = first(
        "{name: Retry, args: {series: '', methods: 'GET,POST', statuses: [503, NOT_FOUND], \
         exceptions: java.util.concurrent.TimeoutException, backoff: {firstBackoff: 10ms}}}",
    ) else {
        panic!("no retry")
    };
    assert!(own.series.is_empty() && !own.on_io && own.on_timeout);
    assert_eq!((own.methods.len(), own.statuses.len()), (2, 2));
    assert_eq!(own.backoff.unwrap().factor, 2);
}

#[test]
fn a_breaker_has_statuses_and_a_fallback_cb_1_to_cb_3() {
    let Stateful::CircuitBreaker(own) = first(
        "{name: CircuitBreaker, args: {name: cb, fallbackUri: 'forward:/fallback/{id}', \
         statusCodes: [500, BAD_GATEWAY], resumeWithoutError: true}}",
    ) else {
        panic!("no breaker")
    };
    assert_eq!((own.name.as_str(), own.statuses.len(), own.resume_without_error), ("cb", 2, true));
    let table = table(&with_filters("/{id}", "SaveSession"));
    let sent = Sent::new("GET /a%20b");
    let found = table.find(&sent.request()).unwrap();
    let context = Context { path: &sent.path, host: &sent.host, captures: &found.captures };
    assert_eq!(own.fallback_path(&context).unwrap().unwrap(), "/fallback/a%20b");
    let empty = Captures::default();
    let nothing = Context { captures: &empty, ..context };
    assert_eq!(own.fallback_path(&nothing).unwrap_err().status, 500);

    let Stateful::CircuitBreaker(own) = first("CircuitBreaker") else { panic!("no breaker") };
    assert_eq!(own.name, "r");
    assert!(!own.has_fallback());
}

#[test]
fn a_rate_limiter_has_a_bucket_and_a_key_rl_1() {
    let Stateful::RateLimiter(own) = first(
        "{name: RequestRateLimiter, args: {redis-rate-limiter.replenishRate: 10, \
         redis-rate-limiter: {burstCapacity: 20}, key-resolver: '#{@headerKeyResolver:X-Api-Key}', \
         deny-empty-key: false, status-code: SERVICE_UNAVAILABLE}}",
    ) else {
        panic!("no limiter")
    };
    let bucket = own.bucket.unwrap();
    assert_eq!((bucket.replenish, bucket.capacity, bucket.requested), (10, 20, 1));
    assert_eq!(own.key, KeyResolver::Header("x-api-key".parse().unwrap()));
    assert_eq!((own.empty_key, own.status), (None, StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(own.headers.unwrap().remaining, "x-ratelimit-remaining");

    let Stateful::RateLimiter(own) = first("RequestRateLimiter") else { panic!("no limiter") };
    assert_eq!(own.key, KeyResolver::Principal);
    assert_eq!(own.empty_key, Some(StatusCode::FORBIDDEN));

    let error = |args: &str| {
        crate::support::error(&with_filters(
            "/",
            &format!("{{name: RequestRateLimiter, args: {{{args}}}}}"),
        ))
    };
    assert!(
        error("key-resolver: '#{T(java.lang.Runtime)}'").contains("expressions are not supported")
    );
    assert!(error("key-resolver: '#{@pathKeyResolvr}'").contains("did you mean pathKeyResolver?"));
    assert!(error("redis-rate-limiter.replenishRate: 5").contains("less than replenishRate"));
    assert!(error("redis-rate-limiter.replenishRate: 0").contains("whole number from 1"));
}

#[test]
fn the_rest_comes_out_typed() {
    assert!(matches!(first("TokenRelay="), Stateful::TokenRelay(None)));
    assert!(matches!(first("TokenRelay=idp"), Stateful::TokenRelay(Some(name)) if name == "idp"));
    let body = "{name: CacheRequestBody, args: {bodyClass: java.lang.String}}";
    assert!(matches!(first(body), Stateful::CacheRequestBody));
    let Stateful::FallbackHeaders(own) =
        first("{name: FallbackHeaders, args: {executionExceptionTypeHeaderName: X-Type}}")
    else {
        panic!("no fallback headers")
    };
    assert_eq!(own.execution_exception_type, "x-type");
    assert_eq!(own.root_cause_exception_message, "root-cause-exception-message");
}

#[test]
fn filters_before_and_after_it_run_apart_rt_9() {
    let text =
        with_filters("/**", "StripPrefix=1\nRetry=2\nPrefixPath=/p\nAddResponseHeader=X-In, 1");
    let table = table(&("default-filters: ['AddResponseHeader=X-Out, 1']\n".to_owned() + &text));
    let chain = table.routes()[0].chain();
    // default[1] StripPrefix[1] Retry[2] PrefixPath[3] AddResponseHeader[4]
    let at = chain.stateful()[0].position;
    assert_eq!(at, 2);
    let sent = Sent::new("GET /a/b");
    let found = table.find(&sent.request()).unwrap();
    let context = Context { path: &sent.path, host: &sent.host, captures: &found.captures };
    let mut head =
        gateway_routing::RequestHead::new(&sent.method, &sent.path, None, sent.headers.clone());
    let _ = chain.run_request(0..at, &mut head, &context);
    assert_eq!(head.path, "/b");
    let _ = chain.run_request(at + 1..usize::MAX, &mut head, &context);
    assert_eq!(head.path, "/p/b");
    let mut response = gateway_routing::ResponseHead::default();
    chain.run_response(at + 1..usize::MAX, &mut response, &context);
    assert!(response.headers.contains_key("x-in") && !response.headers.contains_key("x-out"));
    chain.run_response(0..at, &mut response, &context);
    assert!(response.headers.contains_key("x-out"));
}
