//! `management.*`: what the actuator shows and where.

use crate::config::key::KeySpec;

const ABSENT: &str = "there is no such endpoint here";
const SAME_PORT: &str = "the actuator answers on server.port; it has no port of its own";
const EXPORT: &str = "metrics are read from the prometheus endpoint";
const TRACING: &str = "no traces are exported";
const INDICATOR: &str = "health consists of this program's own components";
const CORS: &str = "no cross-origin headers are sent";
const CACHING: &str = "answers are computed for every request";
const JMX: &str = "there is no Java management here";
const SHOW: &[&str] = &["never", "when-authorized", "always"];
const ACCESS: &[&str] = &["none", "read-only", "unrestricted"];

/// An endpoint of Spring that does not exist here.
const fn absent(name: &'static str) -> KeySpec {
    KeySpec::text(name, "An endpoint of Spring Boot.").accepted(ABSENT)
}

/// A switch of an endpoint that exists here.
const fn enabled(name: &'static str) -> KeySpec {
    KeySpec::bool(name, "true", "Whether the endpoint exists.").without_default()
}

/// Access to an endpoint that exists here.
const fn access(name: &'static str) -> KeySpec {
    KeySpec::choice(name, ACCESS, "unrestricted", "`none` removes the endpoint.").without_default()
}

/// `management.*` as Spring Boot has them.
pub const MANAGEMENT: &[KeySpec] = &[
    KeySpec::list("management.endpoints.web.exposure.include", "Endpoints shown, or `*` for all.")
        .default("health,info,metrics,prometheus"),
    KeySpec::list("management.endpoints.web.exposure.exclude", "Endpoints not shown after all."),
    KeySpec::path("management.endpoints.web.base-path", "/actuator", "Path of the endpoints."),
    KeySpec::bool(
        "management.endpoints.web.discovery.enabled",
        "true",
        "Whether the base path lists the endpoints.",
    ),
    KeySpec::bool(
        "management.endpoints.enabled-by-default",
        "true",
        "Whether endpoints without a setting of their own exist.",
    ),
    KeySpec::choice(
        "management.endpoints.access.default",
        ACCESS,
        "unrestricted",
        "Access to endpoints without a setting of their own.",
    ),
    KeySpec::choice(
        "management.endpoints.access.max-permitted",
        ACCESS,
        "unrestricted",
        "Access that no endpoint can exceed.",
    ),
    enabled("management.endpoint.health.enabled"),
    enabled("management.endpoint.info.enabled"),
    enabled("management.endpoint.metrics.enabled"),
    enabled("management.endpoint.prometheus.enabled"),
    access("management.endpoint.health.access"),
    access("management.endpoint.info.access"),
    access("management.endpoint.metrics.access"),
    access("management.endpoint.prometheus.access"),
    KeySpec::choice(
        "management.endpoint.health.show-details",
        SHOW,
        "never",
        "Who sees the details of health components.",
    ),
    KeySpec::choice(
        "management.endpoint.health.show-components",
        SHOW,
        "never",
        "Who sees health components; like show-details when not set.",
    )
    .without_default(),
    KeySpec::list("management.endpoint.health.roles", "Roles that see details.")
        .accepted("every user is authorized"),
    KeySpec::bool(
        "management.endpoint.health.probes.enabled",
        "true",
        "Whether the groups liveness and readiness exist.",
    )
    .alias(&["management.health.probes.enabled"]),
    KeySpec::bool(
        "management.endpoint.health.probes.add-additional-paths",
        "false",
        "Whether /livez and /readyz answer on the main path as well.",
    ),
    KeySpec::text("management.endpoint.health.group.*", "Own health groups.").accepted(INDICATOR),
    KeySpec::text("management.endpoint.health.logging.*", "Slow indicators.").accepted(INDICATOR),
    KeySpec::text("management.endpoint.health.status.*", "Order and HTTP codes of statuses.")
        .accepted("DOWN and OUT_OF_SERVICE answer 503, all others 200"),
    KeySpec::text("management.endpoint.health.cache.*", "Caching.").accepted(CACHING),
    KeySpec::text("management.endpoint.info.cache.*", "Caching.").accepted(CACHING),
    KeySpec::text("management.endpoint.metrics.cache.*", "Caching.").accepted(CACHING),
    KeySpec::bool(
        "management.endpoint.health.validate-group-membership",
        "true",
        "Check own groups.",
    )
    .accepted(INDICATOR),
    KeySpec::bool("management.info.env.enabled", "false", "Whether info shows info.* keys."),
    KeySpec::bool("management.info.build.enabled", "true", "Whether info shows the build."),
    KeySpec::bool("management.info.git.enabled", "true", "Whether info shows the commit."),
    KeySpec::choice(
        "management.info.git.mode",
        &["simple", "full"],
        "simple",
        "How much of the commit info shows.",
    )
    .accepted("the simple form is shown"),
    KeySpec::bool("management.info.defaults.enabled", "true", "Default of the above.")
        .accepted("set them one by one"),
    KeySpec::text("management.info.java.*", "Java.").accepted(JMX),
    KeySpec::text("management.info.os.*", "Operating system.").accepted("info does not show it"),
    KeySpec::text("management.info.process.*", "Process.").accepted("info does not show it"),
    KeySpec::text("management.info.ssl.*", "Certificates.").accepted("info does not show it"),
    KeySpec::text("management.server.base-path", "Path on the management port.")
        .accepted("there is no management port"),
    KeySpec::bool("management.server.add-application-context-header", "false", "A header.")
        .accepted("there is no application context"),
    // Ignoring these would show the actuator to those it was hidden from.
    KeySpec::text("management.server.port", "Port of the actuator.").refused(SAME_PORT),
    KeySpec::text("management.server.address", "Address of the actuator.").refused(SAME_PORT),
    KeySpec::text("management.server.*", "Management server.").refused(SAME_PORT),
    KeySpec::text("management.endpoints.web.path-mapping.*", "Other paths for endpoints.")
        .refused("endpoints have their own names as paths"),
    KeySpec::text("management.endpoints.web.cors.*", "Cross-origin requests.").accepted(CORS),
    KeySpec::text("management.endpoints.jmx.*", "Java management.").accepted(JMX),
    KeySpec::text("management.endpoints.jackson.*", "JSON.").accepted("JSON has a fixed form"),
    KeySpec::text("management.endpoints.jackson2.*", "JSON.").accepted("JSON has a fixed form"),
    KeySpec::bool("management.endpoints.migrate-legacy-ids", "false", "Old names.")
        .accepted(ABSENT),
    KeySpec::text("management.health.*", "Health indicators of Spring.").accepted(INDICATOR),
    KeySpec::text("management.metrics.*", "Export and form of metrics.").accepted(EXPORT),
    KeySpec::text("management.prometheus.*", "Export and form of metrics.").accepted(EXPORT),
    KeySpec::text("management.simple.*", "Export and form of metrics.").accepted(EXPORT),
    KeySpec::text("management.defaults.*", "Export and form of metrics.").accepted(EXPORT),
    KeySpec::text("management.observations.*", "Observations.").accepted(TRACING),
    KeySpec::text("management.opentelemetry.*", "Export.").accepted(TRACING),
    KeySpec::text("management.otlp.*", "Export.").accepted(TRACING),
    KeySpec::text("management.tracing.*", "Tracing.").accepted(TRACING),
    KeySpec::text("management.logging.*", "Export.").accepted(TRACING),
    KeySpec::text("management.zipkin.*", "Export.").accepted(TRACING),
    KeySpec::text("management.wavefront.*", "Export.").accepted(TRACING),
    KeySpec::text("management.trace.*", "Last requests.").accepted(ABSENT),
    KeySpec::text("management.httpexchanges.*", "Last requests.").accepted(ABSENT),
    KeySpec::text("management.auditevents.*", "Audit events.").accepted(ABSENT),
    KeySpec::text("management.cloudfoundry.*", "Cloud Foundry.").accepted("it is not supported"),
    KeySpec::text("management.security.*", "Security of Spring Boot 1.").accepted(ABSENT),
    absent("management.endpoint.auditevents.*"),
    absent("management.endpoint.beans.*"),
    absent("management.endpoint.caches.*"),
    absent("management.endpoint.conditions.*"),
    absent("management.endpoint.configprops.*"),
    absent("management.endpoint.env.*"),
    absent("management.endpoint.features.*"),
    absent("management.endpoint.flyway.*"),
    absent("management.endpoint.gateway.*"),
    absent("management.endpoint.heapdump.*"),
    absent("management.endpoint.httpexchanges.*"),
    absent("management.endpoint.httptrace.*"),
    absent("management.endpoint.integrationgraph.*"),
    absent("management.endpoint.jolokia.*"),
    absent("management.endpoint.liquibase.*"),
    absent("management.endpoint.logfile.*"),
    absent("management.endpoint.loggers.*"),
    absent("management.endpoint.mappings.*"),
    absent("management.endpoint.pause.*"),
    absent("management.endpoint.quartz.*"),
    absent("management.endpoint.refresh.*"),
    absent("management.endpoint.restart.*"),
    absent("management.endpoint.resume.*"),
    absent("management.endpoint.sbom.*"),
    absent("management.endpoint.scheduledtasks.*"),
    absent("management.endpoint.serviceregistry.*"),
    absent("management.endpoint.sessions.*"),
    absent("management.endpoint.shutdown.*"),
    absent("management.endpoint.startup.*"),
    absent("management.endpoint.threaddump.*"),
];
