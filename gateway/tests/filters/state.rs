//! What the gateway learns of instances by itself, and what it knew before (LB-9, BY-3, BY-20).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::balance::{Registry, first_words, named};
use super::*;

#[test]
fn an_instance_that_is_not_well_gets_nothing_until_it_is_lb_9() {
    let is_well = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&is_well);
    let ill = Upstream::start(move |_, request| {
        let is_check = request.starts_with("GET /health ");
        let status = if is_check && !shared.load(Relaxed) { 503 } else { 200 };
        (status, String::new(), "b".to_owned())
    });
    let well = named("a");
    let registry = Registry::start(&[(well.port, ""), (ill.port, "")]);
    let gateway = registry.gateway(
        "order: 0",
        "spring.cloud.loadbalancer: {configurations: health-check, health-check: {interval: \
         100ms, path: {default: /health}}}\n",
    );
    while first_words(&gateway, &[], 12) != "aaaaaaaaaaaa" {}
    is_well.store(true, Relaxed);
    while !first_words(&gateway, &[], 4).contains('b') {}
}

#[test]
fn requests_with_one_cookie_stay_at_one_instance() {
    let upstreams = [named("a"), named("b"), named("c")];
    let told: Vec<(u16, &str)> = upstreams.iter().map(|one| (one.port, "")).collect();
    let registry = Registry::start(&told);
    let more = "gateway.lb: {algorithm: ring-hash, hash-on: 'cookie:sid'}\n";
    let gateway = registry.gateway("order: 0", more);
    let mut seen = std::collections::BTreeSet::new();
    for user in 0..30 {
        let words = first_words(&gateway, &[&format!("Cookie: sid=u{user}")], 3);
        let first = words.chars().next().unwrap();
        assert!(words.chars().all(|word| word == first), "{words}");
        seen.insert(first);
    }
    assert_eq!(seen.len(), 3);
}

#[test]
fn a_request_names_its_version_or_is_told_so_lb_15() {
    let (a, b) = (named("a"), named("b"));
    let registry =
        Registry::start(&[(a.port, r#""API_VERSION":"1""#), (b.port, r#""API_VERSION":"2""#)]);
    let more = "spring.cloud.loadbalancer: {configurations: api-version, api-version: {header: \
                X-Version, default: '1.0'}}\n";
    let gateway = registry.gateway("order: 0", more);
    assert_eq!(first_words(&gateway, &["X-Version: 2"], 4), "bbbb");
    assert_eq!(first_words(&gateway, &[], 4), "aaaa");
    assert_eq!(gateway.ask("GET", "/", &["X-Version: 3"], "").status, 503);
    assert_eq!(gateway.ask("GET", "/", &["X-Version: new"], "").status, 400);
}

#[test]
fn what_was_known_before_helps_where_discovery_is_away_by_20() {
    let a = named("a");
    let file = std::env::temp_dir().join(format!("gw-known-{}", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let kept = format!("myerp.discovery.snapshot-file: {}\n", file.display());
    let registry = Registry::start(&[(a.port, "")]);
    let before = registry.gateway("order: 0", &kept);
    while !file.exists() {
        std::thread::yield_now();
    }
    drop(before);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let yaml = routes(&[route("s", "lb://s", "/**", "order: 0")]);
    let cold = Gateway::start(&format!(
        "{yaml}eureka.client: {{enabled: true, register-with-eureka: false, service-url: \
         {{defaultZone: 'http://{nobody}/eureka'}}}}\n{kept}"
    ));
    assert_eq!(first_words(&cold, &[], 3), "aaa");
    let _ = std::fs::remove_file(&file);
}
