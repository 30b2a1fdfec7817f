//! Good configurations mean what they mean to Spring; wrong ones are refused at their place.

#![expect(clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::collections::BTreeMap;
use std::time::Duration;

use service_kit::config::keys::{LOGGING, MANAGEMENT, OWN_SERVER, SERVER, SPRING, TLS};
use service_kit::config::{Config, KeySpec, Program, Sources};

mod config {
    mod good;
    mod layers;
    mod wrong;
}

/// Keys of a program that stands for all programs.
const KEYS: &[KeySpec] = &[
    KeySpec::bool("eureka.server.enable-self-preservation", "true", "A switch."),
    KeySpec::decimal("eureka.server.renewal-percent-threshold", (0.0, 1.0), "0.85", "A share."),
    KeySpec::millis("eureka.server.eviction-interval-timer-in-ms", "60000", "An interval.")
        .at_least(Duration::from_millis(1)),
    KeySpec::seconds("eureka.server.expected-client-renewal-interval-seconds", "30", "Seconds."),
    KeySpec::millis("eureka.server.retention-time-in-m-s-in-delta-queue", "180000", "A time."),
    KeySpec::text("eureka.server.my-url", "A text."),
    KeySpec::bool("eureka.server.batch-replication", "false", "Old.").accepted("always batches"),
    KeySpec::list("eureka.server.rate-limiter-privileged-clients", "A list."),
    KeySpec::count("eureka.instance.registry.default-open-for-traffic-count", "1", "A count.")
        .alias(&["eureka.server.default-open-for-traffic-count"]),
    KeySpec::text("eureka.instance.instance-id", "An id.")
        .default("${spring.cloud.client.hostname:localhost}:${server.port}"),
    KeySpec::text("eureka.instance.hostname", "A name."),
    KeySpec::text("eureka.instance.metadata-map.*", "A map."),
    KeySpec::urls("eureka.client.service-url.defaultZone", "URLs.")
        .default("http://localhost:8761/eureka/"),
    KeySpec::urls("eureka.client.service-url.*", "URLs of a zone."),
    KeySpec::list("eureka.client.availability-zones.*", "Zones of a region."),
    KeySpec::text("myerp.key-password", "A secret."),
    KeySpec::integer("myerp.secret-number", (0, 9), "0", "A secret number."),
];

const PROGRAM: Program = Program {
    name: "demo",
    version: "1.0",
    about: "a demonstration",
    keys: &[KEYS, SERVER, OWN_SERVER, TLS, MANAGEMENT, LOGGING, SPRING, TREE],
    owned: &["eureka.", "server.", "management.", "myerp."],
    defaults: &[("server.port", "8761")],
};

type Memory = BTreeMap<String, String>;

/// A part that the program reads by itself.
const TREE: &[KeySpec] = &[KeySpec::tree("spring.cloud.gateway.*", "Routes.")];

/// Sources with these files.
fn files(files: &[(&str, &str)]) -> Sources<Memory> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    Sources::files(files.collect())
}

/// Sources with one `application.yml`.
fn yaml(text: &str) -> Sources<Memory> {
    files(&[("application.yml", text)])
}

/// A configuration that must load.
fn load(sources: &Sources<Memory>) -> Config {
    Config::load(&PROGRAM, sources).unwrap_or_else(|errors| panic!("refused: {errors}"))
}

/// The messages of a configuration that must not load.
fn refusal(sources: &Sources<Memory>) -> Vec<String> {
    match Config::load(&PROGRAM, sources) {
        Ok(config) => panic!("accepted: {config:?}"),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}
