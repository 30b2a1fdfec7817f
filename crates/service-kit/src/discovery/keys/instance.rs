//! `eureka.instance.*`: how a program describes itself.

use std::time::Duration;

use crate::config::KeySpec;

const STATUSES: &[&str] = &["up", "down", "starting", "out-of-service", "unknown"];
const AMAZON: &str = "programs run in a data center of their own";

/// `eureka.instance.*` of a Spring service.
pub const INSTANCE: &[KeySpec] = &[
    KeySpec::text("eureka.instance.appname", "Application that the program is an instance of.")
        .default("${spring.application.name}"),
    KeySpec::text("eureka.instance.instance-id", "Id within the application.").default(
        "${spring.cloud.client.hostname:localhost}:${spring.application.name}:\
         ${spring.application.instance_id:${server.port}}",
    ),
    KeySpec::host("eureka.instance.hostname", "Host name under which it is reached.")
        .default("${spring.cloud.client.hostname:localhost}"),
    KeySpec::host("eureka.instance.ip-address", "Address under which it is reached.")
        .default("${spring.cloud.client.ip-address:127.0.0.1}"),
    KeySpec::bool(
        "eureka.instance.prefer-ip-address",
        "false",
        "Tell the address in place of the host name.",
    ),
    KeySpec::text("eureka.instance.metadata-map.*", "What else others should know."),
    KeySpec::text(
        "eureka.instance.virtual-host-name",
        "Names under which it is found, separated by commas.",
    )
    .default("${eureka.instance.appname}"),
    KeySpec::text(
        "eureka.instance.secure-virtual-host-name",
        "Names under which it is found over TLS, separated by commas.",
    )
    .default("${eureka.instance.appname}"),
    KeySpec::integer(
        "eureka.instance.non-secure-port",
        (0, 65_535),
        "80",
        "Port told to others; not set means the one it listens on.",
    ),
    KeySpec::bool("eureka.instance.non-secure-port-enabled", "true", "Whether that is in use."),
    KeySpec::integer("eureka.instance.secure-port", (0, 65_535), "443", "Port with TLS."),
    KeySpec::bool("eureka.instance.secure-port-enabled", "false", "Whether that is in use."),
    KeySpec::seconds(
        "eureka.instance.lease-renewal-interval-in-seconds",
        "30",
        "Time between two renewals of the lease.",
    )
    .at_least(Duration::from_secs(1)),
    KeySpec::seconds(
        "eureka.instance.lease-expiration-duration-in-seconds",
        "90",
        "Time without renewal after which the lease runs out.",
    )
    .at_least(Duration::from_secs(1)),
    KeySpec::text("eureka.instance.home-page-url", "Home page."),
    KeySpec::text("eureka.instance.home-page-url-path", "The same as a path.").default("/"),
    KeySpec::text("eureka.instance.status-page-url", "Status page."),
    KeySpec::text("eureka.instance.status-page-url-path", "The same as a path.").default(
        "${server.servlet.context-path:}${management.endpoints.web.base-path:/actuator}/info",
    ),
    KeySpec::text("eureka.instance.health-check-url", "Health check."),
    KeySpec::text("eureka.instance.health-check-url-path", "The same as a path.").default(
        "${server.servlet.context-path:}${management.endpoints.web.base-path:/actuator}/health",
    ),
    KeySpec::text("eureka.instance.secure-health-check-url", "Health check over TLS."),
    KeySpec::choice("eureka.instance.initial-status", STATUSES, "up", "Status once it listens."),
    KeySpec::bool(
        "eureka.instance.instance-enabled-onit",
        "false",
        "Whether it takes traffic before it says so.",
    ),
    KeySpec::text("eureka.instance.app-group-name", "Group of applications."),
    KeySpec::text("eureka.instance.a-s-g-name", "Auto-scaling group."),
    KeySpec::bool("eureka.instance.async-client-initialization", "false", "Starting up.")
        .accepted("the client never holds the start up"),
    KeySpec::text("eureka.instance.data-center-info.*", "Data center.").accepted(AMAZON),
    KeySpec::text("eureka.instance.data-center-info", "Data center.").accepted(AMAZON),
    KeySpec::list("eureka.instance.default-address-resolution-order", "Amazon addresses.")
        .accepted(AMAZON),
    KeySpec::text("eureka.instance.namespace", "Prefix of Netflix properties.")
        .accepted("there are no Netflix properties"),
    KeySpec::text("eureka.instance.environment.*", "A Java object.")
        .accepted("there are no Java objects"),
];
