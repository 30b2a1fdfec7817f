//! `eureka.instance.*`: how the server describes itself.

use service_kit::config::{KeySpec, Kind};

const NOT_REGISTERED: &str = "this server does not register itself";

const STATUSES: &[&str] = &["up", "down", "starting", "out-of-service", "unknown"];

/// An address or description that only a registered instance publishes.
const fn published(name: &'static str, doc: &'static str) -> KeySpec {
    KeySpec::text(name, doc).accepted(NOT_REGISTERED)
}

/// `eureka.instance.*` of the Spring server.
pub(super) const KEYS: &[KeySpec] = &[
    KeySpec::text("eureka.instance.appname", "Own application name.")
        .default("${spring.application.name}"),
    KeySpec::text("eureka.instance.instance-id", "Own instance id.").default(
        "${spring.cloud.client.hostname:localhost}:${spring.application.name}:\
         ${spring.application.instance_id:${server.port}}",
    ),
    KeySpec {
        kind: Kind::Host,
        ..KeySpec::text("eureka.instance.hostname", "Own host name.")
            .default("${spring.cloud.client.hostname:localhost}")
    },
    KeySpec {
        kind: Kind::Host,
        ..KeySpec::text("eureka.instance.ip-address", "Own address.")
            .default("${spring.cloud.client.ip-address:127.0.0.1}")
    },
    KeySpec::bool(
        "eureka.instance.prefer-ip-address",
        "false",
        "Show the address instead of the host name.",
    ),
    published("eureka.instance.metadata-map.*", "Own metadata."),
    published("eureka.instance.virtual-host-name", "Own virtual address."),
    published("eureka.instance.secure-virtual-host-name", "Own secure virtual address."),
    KeySpec::integer("eureka.instance.non-secure-port", (0, 65_535), "80", "Own port.")
        .accepted("it is server.port"),
    KeySpec::bool("eureka.instance.non-secure-port-enabled", "true", "Whether it is used.")
        .accepted(NOT_REGISTERED),
    KeySpec::integer("eureka.instance.secure-port", (0, 65_535), "443", "Own TLS port.")
        .accepted(NOT_REGISTERED),
    KeySpec::bool("eureka.instance.secure-port-enabled", "false", "Whether it is used.")
        .accepted(NOT_REGISTERED),
    KeySpec::seconds(
        "eureka.instance.lease-renewal-interval-in-seconds",
        "30",
        "How often this server would renew its own lease.",
    )
    .accepted(NOT_REGISTERED),
    KeySpec::seconds(
        "eureka.instance.lease-expiration-duration-in-seconds",
        "90",
        "Duration of its own lease.",
    )
    .accepted(NOT_REGISTERED),
    published("eureka.instance.status-page-url", "Own status page."),
    published("eureka.instance.status-page-url-path", "Own status page."),
    published("eureka.instance.home-page-url", "Own home page."),
    KeySpec::path("eureka.instance.home-page-url-path", "/", "Own home page.")
        .accepted(NOT_REGISTERED),
    published("eureka.instance.health-check-url", "Own health check."),
    published("eureka.instance.health-check-url-path", "Own health check."),
    published("eureka.instance.secure-health-check-url", "Own health check."),
    KeySpec::choice("eureka.instance.initial-status", STATUSES, "up", "Own first status.")
        .accepted(NOT_REGISTERED),
    KeySpec::bool("eureka.instance.instance-enabled-onit", "false", "Own first status.")
        .accepted(NOT_REGISTERED),
    published("eureka.instance.app-group-name", "Own application group."),
    published("eureka.instance.a-s-g-name", "Own auto-scaling group."),
    KeySpec::bool("eureka.instance.async-client-initialization", "false", "Starting up.")
        .accepted(NOT_REGISTERED),
    published("eureka.instance.data-center-info.*", "Own data center."),
    published("eureka.instance.data-center-info", "Own data center."),
    KeySpec::list("eureka.instance.default-address-resolution-order", "Own address.")
        .accepted(NOT_REGISTERED),
    published("eureka.instance.namespace", "Prefix of Netflix properties."),
    published("eureka.instance.environment.*", "A Java object."),
];
