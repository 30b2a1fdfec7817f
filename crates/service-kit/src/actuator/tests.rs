use std::collections::BTreeMap;

use super::*;
use crate::clock::Clock;
use crate::config::keys::{LOGGING, MANAGEMENT};
use crate::config::{Program, Sources};

const PROGRAM: Program = Program {
    name: "demo",
    version: "1.0",
    about: "a demonstration",
    keys: &[MANAGEMENT, LOGGING],
    owned: &["management."],
    defaults: &[],
};

fn actuator(settings: &[&str]) -> Actuator {
    let args: Vec<String> = settings.iter().map(|setting| format!("--{setting}")).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let sources = Sources::files(BTreeMap::new()).with_args(&args);
    let config = Config::load(&PROGRAM, &sources).expect("a configuration");
    let health = Health::new();
    health.accept_traffic(true);
    let registry = Registry::new(Clock::manual(0));
    registry.counter("hits", "Hits.", &[("status", "200")]).add(2);
    let build = Build { name: "demo", version: "1.0" };
    let commit = Commit { branch: Some("main"), id: "abc1234", time: None };
    Actuator::new(&config, health, registry, Some(&build), Some(&commit)).expect("an actuator")
}

fn get(actuator: &Actuator, path: &str) -> Option<(u16, String)> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let call =
        Call { method: "GET", path, query, base_url: "http://h:1/actuator", ..Call::default() };
    actuator.respond(&call).map(|reply| (reply.status, reply.body))
}

fn ok(body: &str) -> Option<(u16, String)> {
    Some((200, body.to_owned()))
}

#[test]
fn health_is_a_status_and_the_groups() {
    let actuator = actuator(&[]);

    assert_eq!(
        get(&actuator, "/health"),
        ok(r#"{"status":"UP","groups":["liveness","readiness"]}"#)
    );
    assert_eq!(get(&actuator, "/health/"), get(&actuator, "/health"));
    assert_eq!(get(&actuator, "/health/liveness"), ok(r#"{"status":"UP"}"#));
    assert_eq!(get(&actuator, "/health/readiness"), ok(r#"{"status":"UP"}"#));
    assert_eq!(get(&actuator, "/health/ping"), None);
    assert_eq!(get(&actuator, "/health/liveness/x"), None);
}

#[test]
fn a_draining_process_is_out_of_service_and_alive() {
    let actuator = actuator(&[]);
    actuator.health.accept_traffic(false);

    assert_eq!(
        get(&actuator, "/health/readiness"),
        Some((503, r#"{"status":"OUT_OF_SERVICE"}"#.to_owned()))
    );
    assert_eq!(get(&actuator, "/health/liveness"), ok(r#"{"status":"UP"}"#));
    assert_eq!(get(&actuator, "/health").map(|(status, _)| status), Some(503));
}

#[test]
fn details_are_for_those_who_may_see_them() {
    let setting = "management.endpoint.health.show-details=when-authorized";
    let actuator = actuator(&[setting]);
    actuator.health.component("registry", false).report(Report::up().with("instances", 3));
    let call = Call { method: "GET", path: "/health", ..Call::default() };

    let public = actuator.respond(&call).expect("an answer").body;
    let private = actuator.respond(&Call { authorized: true, ..call }).expect("an answer").body;

    assert_eq!(public, r#"{"status":"UP","groups":["liveness","readiness"]}"#);
    assert_eq!(
        private,
        r#"{"status":"UP","components":{"livenessState":{"status":"UP"},"ping":{"status":"UP"},"readinessState":{"status":"UP"},"registry":{"status":"UP","details":{"instances":3}}},"groups":["liveness","readiness"]}"#
    );
}

#[test]
fn components_can_be_shown_without_details() {
    let actuator = actuator(&["management.endpoint.health.show-components=always"]);
    actuator.health.component("registry", true).report(Report::down("secret reason"));

    assert_eq!(get(&actuator, "/health/registry"), Some((503, r#"{"status":"DOWN"}"#.to_owned())));
    assert_eq!(
        get(&actuator, "/health/readiness"),
        Some((
            503,
            r#"{"status":"DOWN","components":{"readinessState":{"status":"UP"},"registry":{"status":"DOWN"}}}"#
                .to_owned()
        ))
    );
    assert_eq!(get(&actuator, "/health/none"), None);
}

#[test]
fn endpoints_are_shown_as_the_lists_say() {
    let seen = |settings: &[&str]| -> Vec<&str> {
        let actuator = actuator(settings);
        let paths = ["/health", "/info", "/metrics", "/prometheus"];
        paths.into_iter().filter(|path| get(&actuator, path).is_some()).collect()
    };
    let include = "management.endpoints.web.exposure.include";
    let exclude = "management.endpoints.web.exposure.exclude";

    assert_eq!(seen(&[]), ["/health", "/info", "/metrics", "/prometheus"]);
    assert_eq!(seen(&[&format!("{include}=health")]), ["/health"]);
    assert_eq!(seen(&[&format!("{include}=env,beans")]), [] as [&str; 0]);
    assert_eq!(
        seen(&[&format!("{include}=*"), &format!("{exclude}=metrics")]),
        ["/health", "/info", "/prometheus"]
    );
    assert_eq!(seen(&[&format!("{exclude}=*")]), [] as [&str; 0]);
    assert_eq!(
        seen(&["management.endpoint.info.enabled=false"]),
        ["/health", "/metrics", "/prometheus"]
    );
    assert_eq!(
        seen(&[
            "management.endpoints.enabled-by-default=false",
            "management.endpoint.health.enabled=true"
        ]),
        ["/health"]
    );
    assert_eq!(seen(&["management.endpoints.access.max-permitted=none"]), [] as [&str; 0]);
}

#[test]
fn info_shows_the_build_and_keys_when_asked() {
    let plain = actuator(&["info.app.name=shop"]);
    let keys = actuator(&[
        "info.app.name=shop",
        "info.app.team.mail=a@b",
        "management.info.env.enabled=true",
        "management.info.git.enabled=false",
        "management.info.build.enabled=false",
    ]);

    assert_eq!(
        get(&plain, "/info"),
        ok(
            r#"{"build":{"artifact":"demo","name":"demo","version":"1.0"},"git":{"branch":"main","commit":{"id":"abc1234"}}}"#
        )
    );
    assert_eq!(get(&keys, "/info"), ok(r#"{"app":{"name":"shop","team":{"mail":"a@b"}}}"#));
}

#[test]
fn metrics_are_listed_described_and_filtered() {
    let actuator = actuator(&[]);

    assert_eq!(get(&actuator, "/metrics"), ok(r#"{"names":["hits","metrics.series.dropped"]}"#));
    let hits = r#"{"name":"hits","description":"Hits.","measurements":[{"statistic":"COUNT","value":2.0}],"availableTags":[]}"#;
    assert_eq!(get(&actuator, "/metrics/hits?tag=status%3A200"), ok(hits));
    assert_eq!(get(&actuator, "/metrics/hits?tag=status:404"), None);
    assert_eq!(get(&actuator, "/metrics/none"), None);
    assert_eq!(get(&actuator, "/metrics/hits?tag=status"), Some((400, String::new())));
    assert_eq!(get(&actuator, "/metrics/hits?tag=%zz"), Some((400, String::new())));
}

#[test]
fn prometheus_has_its_own_media_type() {
    let call =
        Call { method: "GET", path: "/prometheus", accept: "application/json", ..Call::default() };

    let reply = actuator(&[]).respond(&call).expect("an answer");

    assert_eq!(reply.content_type, Some("text/plain;version=0.0.4;charset=utf-8"));
    assert!(reply.body.contains("\nhits_total{status=\"200\"} 2.0\n"), "{}", reply.body);
}

#[test]
fn links_name_what_is_shown() {
    let actuator = actuator(&["management.endpoints.web.exposure.include=health,info"]);

    assert_eq!(
        get(&actuator, ""),
        ok(
            r#"{"_links":{"health":{"href":"http://h:1/actuator/health","templated":false},"health-path":{"href":"http://h:1/actuator/health/{*path}","templated":true},"info":{"href":"http://h:1/actuator/info","templated":false},"self":{"href":"http://h:1/actuator","templated":false}}}"#
        )
    );
    assert_eq!(get(&actuator, "/"), get(&actuator, ""));
}

#[test]
fn links_can_be_off_and_never_take_the_root() {
    assert_eq!(get(&actuator(&["management.endpoints.web.discovery.enabled=false"]), ""), None);
    let at_root = actuator(&["management.endpoints.web.base-path=/"]);
    assert_eq!(at_root.base_path(), "");
    assert_eq!(get(&at_root, "/"), None);
    assert!(get(&at_root, "/health").is_some());
}

#[test]
fn other_methods_are_told_what_is_allowed() {
    let actuator = actuator(&[]);
    let reply = |method, path| actuator.respond(&Call { method, path, ..Call::default() });

    assert_eq!(reply("POST", "/health"), Some(Reply::empty(405, Some("GET"))));
    assert_eq!(reply("OPTIONS", "/info"), Some(Reply::empty(200, Some("GET,HEAD,OPTIONS"))));
    assert_eq!(reply("POST", "/shutdown"), None);
    assert_eq!(reply("HEAD", "/health"), reply("GET", "/health"));
}

#[test]
fn the_media_type_follows_the_wish() {
    for (accept, expected) in [
        ("", MEDIA_TYPE),
        ("*/*", MEDIA_TYPE),
        ("text/html,application/xhtml+xml,*/*;q=0.8", MEDIA_TYPE),
        ("application/json", "application/json"),
        ("text/plain, application/json;q=0.5", "application/json"),
        (
            "application/vnd.spring-boot.actuator.v2+json",
            "application/vnd.spring-boot.actuator.v2+json",
        ),
    ] {
        assert_eq!(json_type(accept), expected, "{accept}");
    }
}

#[test]
fn probes_answer_on_the_main_path_when_asked() {
    let with = actuator(&["management.endpoint.health.probes.add-additional-paths=true"]);
    let probe = |actuator: &Actuator, path| {
        let call = Call { method: "GET", path, ..Call::default() };
        actuator.respond_to_probe(&call).map(|reply| reply.status)
    };

    assert_eq!(probe(&with, "/livez"), Some(200));
    with.health.accept_traffic(false);
    assert_eq!(probe(&with, "/readyz"), Some(503));
    assert_eq!(probe(&with, "/health"), None);
    assert_eq!(probe(&actuator(&[]), "/livez"), None);
}

#[test]
fn groups_can_be_off() {
    let actuator = actuator(&["management.endpoint.health.probes.enabled=false"]);

    assert_eq!(get(&actuator, "/health"), ok(r#"{"status":"UP"}"#));
    assert_eq!(get(&actuator, "/health/liveness"), None);
}
