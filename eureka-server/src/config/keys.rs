//! Every key the discovery server knows, and what it answers to `--help-config`.
//!
//! A key of a real Spring Cloud Netflix Eureka Server is either active, or accepted with a warning
//! once it is set to something else than its default. Source: `EurekaServerConfigBean`,
//! `EurekaClientConfigBean`, `EurekaInstanceConfigBean`, `EurekaDashboardProperties`,
//! `InstanceRegistryProperties`, versions 3.1 to 5.0.

mod client;
mod instance;
mod server;

use service_kit::config::keys::{LOGGING, MANAGEMENT, OWN_SERVER, SERVER, SPRING, TLS};
use service_kit::config::{KeySpec, Program};

/// Replication between servers is not part of this version.
const NO_PEERS: &str = "this version does not replicate to peers";

/// The discovery server as the configuration sees it.
pub const PROGRAM: Program = Program {
    name: "eureka-server",
    version: env!("CARGO_PKG_VERSION"),
    about: "a discovery server for Eureka clients",
    keys: &[
        server::KEYS,
        DASHBOARD,
        OWN,
        instance::KEYS,
        client::KEYS,
        SERVER,
        OWN_SERVER,
        TLS,
        MANAGEMENT,
        LOGGING,
        SPRING,
    ],
    owned: &["eureka.", "server.", "management.", "myerp."],
    defaults: &[("server.port", "8761"), ("spring.application.name", "eureka-server")],
};

/// What the dashboard shows and where.
const DASHBOARD: &[KeySpec] = &[
    KeySpec::bool("eureka.dashboard.enabled", "true", "Whether there is a dashboard."),
    KeySpec::path("eureka.dashboard.path", "/", "Path of the dashboard."),
    KeySpec::text("eureka.environment", "Environment named on the dashboard.").default("test"),
    KeySpec::text("eureka.datacenter", "Data center named on the dashboard.").default("default"),
];

/// Keys that Spring has no equivalent of.
const OWN: &[KeySpec] = &[
    KeySpec::bool(
        "myerp.eureka.exact-lease",
        "false",
        "Expire a lease after its duration; false keeps the doubled duration of the Java server.",
    ),
    KeySpec::bytes(
        "myerp.eureka.max-instance-bytes",
        "1MB",
        "Most bytes one instance may have, metadata included.",
    ),
];
