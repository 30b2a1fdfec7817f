use std::collections::BTreeMap;

use super::*;
use crate::config::keys::{LOGGING, MANAGEMENT, OWN_SERVER, SERVER, SPRING, TLS};
use crate::config::{Program, Sources};

const PROGRAM: Program = Program {
    name: "order-service",
    version: "1.0",
    about: "a demonstration",
    keys: &[
        CLIENT_KEYS,
        INSTANCE_KEYS,
        OWN_KEYS,
        SERVER,
        OWN_SERVER,
        TLS,
        MANAGEMENT,
        LOGGING,
        SPRING,
    ],
    owned: &["eureka.", "server.", "management.", "myerp."],
    defaults: &[("server.port", "8084"), ("spring.application.name", "order-service")],
};

fn config(args: &[&str]) -> Config {
    let builtin = |sources: Sources<BTreeMap<String, String>>| Sources {
        builtin: vec![
            ("spring.cloud.client.hostname".to_owned(), "h1".to_owned()),
            ("spring.cloud.client.ip-address".to_owned(), "10.0.0.1".to_owned()),
        ],
        ..sources
    };
    Config::load(&PROGRAM, &builtin(Sources::files(BTreeMap::new()).with_args(args))).unwrap()
}

/// The description a program registers, as shown for debugging.
fn described(args: &[&str], port: u16) -> String {
    format!("{:?}", instance::read(&config(args), port).unwrap())
}

#[track_caller]
fn assert_holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn every_key_that_says_it_works_is_read() {
    let config = config(&[]);
    client(&config, 8084, &Health::new()).unwrap().unwrap();

    let ours = ["eureka.", "myerp.discovery.", "myerp.call.", "spring.cloud."];
    let unread = config.unread().into_iter();
    let unread: Vec<_> =
        unread.filter(|key| ours.iter().any(|start| key.starts_with(start))).collect();
    assert_eq!(unread, [""; 0]);
}

#[test]
fn a_program_describes_itself_as_a_spring_service_would() {
    let told = described(&[], 8084);
    assert_holds(
        &told,
        &[
            r#"name: "order-service""#,
            r#"id: Some("h1:order-service:8084")"#,
            r#"host: "h1""#,
            r#"ip: "10.0.0.1""#,
            r#"("management.port", "8084")"#,
            r#"status_page: "/actuator/info""#,
            r#"health_check: "/actuator/health""#,
            "renewal_interval: 30s",
            "lease_duration: 90s",
        ],
    );
    // The system chose the port.
    let told = described(&["--server.port=0"], 40_000);
    assert_holds(&told, &["id: None", "number: 40000", r#"("management.port", "40000")"#]);
}

#[test]
fn what_is_told_counts() {
    let told = described(
        &[
            "--eureka.instance.prefer-ip-address=true",
            "--eureka.instance.instance-id=x",
            "--eureka.instance.appname=Shop",
            "--eureka.instance.non-secure-port=80",
            "--eureka.instance.secure-port-enabled=true",
            "--eureka.instance.metadata-map.zone=a",
            "--eureka.instance.initial-status=OUT_OF_SERVICE",
            "--eureka.instance.health-check-url=https://elsewhere/h",
            "--management.endpoints.web.base-path=/",
            "--server.servlet.context-path=/shop",
            "--eureka.instance.lease-renewal-interval-in-seconds=5",
            "--eureka.instance.app-group-name=g",
        ],
        8084,
    );
    assert_holds(
        &told,
        &[
            r#"host: "10.0.0.1""#,
            r#"id: Some("x")"#,
            r#"vip: Some("Shop")"#,
            "port: Port { number: 80, enabled: true }",
            "secure_port: Port { number: 443, enabled: true }",
            r#"("zone", "a")"#,
            "initial_status: OutOfService",
            r#"health_check: "https://elsewhere/h""#,
            r#"status_page: "/shop/info""#,
            "renewal_interval: 5s",
            r#"group: Some("g")"#,
        ],
    );
}

#[test]
fn the_connection_follows_its_keys() {
    let settings = |args: &[&str]| format!("{:?}", connection::builder(&config(args)).unwrap());
    assert_holds(
        &settings(&[]),
        &[
            r#"urls: [("defaultZone", "http://localhost:8761/eureka/")]"#,
            "connect_timeout: 5s",
            "read_timeout: 8s",
            "balance: Zoned(RoundRobin)",
            "read_try_timeout: 1s",
        ],
    );
    let told = settings(&[
        "--eureka.client.region=kr",
        "--eureka.client.availability-zones.kr=zone-A,zone-B",
        "--eureka.client.service-url.zone-A=http://a/eureka,http://b/eureka",
        "--eureka.client.restclient.timeout.socket-timeout=1500",
        "--eureka.client.fetch-remote-regions-registry=x,y",
        "--eureka.client.client-data-accept=compact",
        "--eureka.client.proxy-host=p",
        "--eureka.client.proxy-user-name=u",
        "--eureka.client.proxy-password=hidden",
        "--myerp.discovery.balance=two-choices",
        "--myerp.discovery.prefer-same-zone=false",
        "--myerp.discovery.snapshot-file=data/registry",
        "--myerp.call.read-timeout=300ms",
    ]);
    assert_holds(
        &told,
        &[
            r#"zones: Some(["zone-A", "zone-B"])"#,
            r#"("zone-A", "http://a/eureka")"#,
            r#"("zone-A", "http://b/eureka")"#,
            "read_timeout: 1.5s",
            r#"regions: ["x", "y"]"#,
            "compact: true",
            r#"url: "http://p:8080""#,
            "balance: TwoChoices",
            r#"snapshot_file: Some("data/registry")"#,
            "read_try_timeout: 300ms",
        ],
    );
    assert!(!told.contains("hidden"));
}

#[test]
fn a_program_may_stay_away() {
    for args in [
        &["--eureka.client.enabled=false"][..],
        &["--spring.cloud.discovery.enabled=false"],
        &["--eureka.client.register-with-eureka=false", "--eureka.client.fetch-registry=false"],
    ] {
        assert!(client(&config(args), 1, &Health::new()).unwrap().is_none(), "{args:?}");
    }
    let caller =
        client(&config(&["--eureka.client.register-with-eureka=false"]), 1, &Health::new());
    assert_eq!(caller.unwrap().unwrap().status(), None);
}

#[test]
fn accepted_keys_are_one_warning_each_and_dns_stops_the_start() {
    let warned = config(&["--eureka.client.jersey.enabled=false", "--eureka.client.order=5"]);
    assert_eq!(warned.warnings().len(), 2, "{:?}", warned.warnings());
    let dns = ["--eureka.client.use-dns-for-fetching-service-urls=true"];
    let sources = Sources::files(BTreeMap::new()).with_args(&dns);
    assert!(Config::load(&PROGRAM, &sources).is_err());
}

#[test]
fn key_stores_are_read_only_if_they_are_switched_on() {
    let path = "--eureka.client.tls.trust-store=file:/nowhere/ca.pem";
    assert!(connection::builder(&config(&[path])).is_ok());
    let error = connection::builder(&config(&[path, "--eureka.client.tls.enabled=true"]));
    let told = error.unwrap_err().to_string();
    assert_eq!(told, "eureka.client.tls.trust-store: file:/nowhere/ca.pem");
    let binary = std::env::current_exe().unwrap();
    let binary = format!("--eureka.client.tls.key-store={}", binary.display());
    let error = connection::builder(&config(&[&binary, "--eureka.client.tls.enabled=true"]));
    assert!(error.unwrap_err().to_string().contains("not in PEM format"));
}

#[test]
fn health_becomes_status_except_for_who_is_out_on_purpose() {
    use InstanceStatus as S;

    assert_eq!(propagated(S::Up, Status::Down), S::Down);
    assert_eq!(propagated(S::Up, Status::OutOfService), S::Down);
    assert_eq!(propagated(S::Down, Status::Up), S::Up);
    assert_eq!(propagated(S::Up, Status::Unknown), S::Unknown);
    assert_eq!(propagated(S::OutOfService, Status::Up), S::OutOfService);
    assert_eq!(propagated(S::Starting, Status::Up), S::Starting);
}

#[tokio::test]
async fn the_client_is_a_part_of_health_and_its_loops_a_task() {
    let health = Health::new();
    health.accept_traffic(true);
    let args = ["--eureka.client.service-url.defaultZone=http://127.0.0.1:1/eureka"];
    let client = client(&config(&args), 8084, &health).unwrap().unwrap();
    let tasks = crate::tasks::TaskSet::default();
    tasks.run("discovery", run(client.clone(), tasks.stop_token()));

    let part = health.all().remove(PART).unwrap();
    assert_eq!(part.status, Status::Up);
    assert_eq!(part.details["source"], "nothing");
    assert!(health.probes().1);
    client.shutdown().await.unwrap();
    tasks.stop().await;
    assert!(tasks.is_healthy());
}
