//! `eureka.client.*`: how a program talks to discovery servers.

use std::time::Duration;

use crate::config::KeySpec;

const ONE_TRANSPORT: &str = "there is one transport";
const FIXED: &str = "it is fixed by the protocol";
const NO_THREADS: &str = "there are no threads to set aside";
const NO_DNS: &str = "discovery servers are named by eureka.client.service-url";
const JAVA: &str = "there are no Java objects";
const PEM: &str = "key stores are PEM files without password";
const FEW: &str = "the client needs only a few connections";

/// A time-out that one of Spring's transports has under a name of its own.
const fn timeout(name: &'static str, doc: &'static str) -> KeySpec {
    KeySpec::millis(name, "180000", doc).without_default()
}

/// `eureka.client.*` of a Spring service.
pub const CLIENT: &[KeySpec] = &[
    KeySpec::bool("eureka.client.enabled", "true", "Take part in discovery."),
    KeySpec::bool("spring.cloud.discovery.enabled", "true", "Take part in discovery."),
    KeySpec::bool("eureka.client.register-with-eureka", "true", "Register this program."),
    KeySpec::bool("eureka.client.fetch-registry", "true", "Find other services."),
    KeySpec::urls("eureka.client.service-url.defaultZone", "URLs of the discovery servers.")
        .default("http://localhost:8761/eureka/"),
    KeySpec::urls("eureka.client.service-url.*", "URLs of the discovery servers of a zone."),
    KeySpec::text("eureka.client.region", "Own region.").default("us-east-1"),
    KeySpec::list("eureka.client.availability-zones.*", "Zones of a region, own zone first."),
    KeySpec::bool("eureka.client.prefer-same-zone-eureka", "true", "Ask the own zone first."),
    KeySpec::seconds("eureka.client.registry-fetch-interval-seconds", "30", "Between two fetches.")
        .at_least(Duration::from_secs(1)),
    KeySpec::seconds(
        "eureka.client.instance-info-replication-interval-seconds",
        "30",
        "Time between two looks whether the own description changed.",
    )
    .at_least(Duration::from_secs(1)),
    KeySpec::seconds(
        "eureka.client.initial-instance-info-replication-interval-seconds",
        "40",
        "Time until the first such look, unless the program is ready before.",
    ),
    KeySpec::seconds("eureka.client.eureka-service-url-poll-interval-seconds", "300", "Servers.")
        .accepted("the list of servers does not change by itself"),
    KeySpec::seconds("eureka.client.eureka-server-connect-timeout-seconds", "5", "Connecting.")
        .at_least(Duration::from_millis(1)),
    KeySpec::seconds("eureka.client.eureka-server-read-timeout-seconds", "8", "Waiting.")
        .at_least(Duration::from_millis(1)),
    timeout("eureka.client.timeout.connect-timeout", "Connecting, if set."),
    timeout("eureka.client.timeout.socket-timeout", "Waiting, if set."),
    KeySpec::text("eureka.client.timeout.connect-request-timeout", "Waiting for a connection.")
        .accepted(FEW),
    timeout("eureka.client.restclient.timeout.connect-timeout", "Connecting, if set."),
    timeout("eureka.client.restclient.timeout.socket-timeout", "Waiting, if set."),
    KeySpec::text("eureka.client.restclient.timeout.connect-request-timeout", "Waiting.")
        .accepted(FEW),
    timeout("eureka.client.rest-template-timeout.connect-timeout", "Connecting, if set."),
    timeout("eureka.client.rest-template-timeout.socket-timeout", "Waiting, if set."),
    KeySpec::text("eureka.client.rest-template-timeout.connect-request-timeout", "Waiting.")
        .accepted(FEW),
    KeySpec::bool("eureka.client.restclient.enabled", "false", "Transport.")
        .accepted(ONE_TRANSPORT),
    KeySpec::bool("eureka.client.webclient.enabled", "false", "Transport.").accepted(ONE_TRANSPORT),
    KeySpec::bool("eureka.client.jersey.enabled", "true", "Transport.").accepted(ONE_TRANSPORT),
    KeySpec::count("eureka.client.eureka-server-total-connections", "200", "Connections.")
        .accepted(FEW),
    KeySpec::count(
        "eureka.client.eureka-server-total-connections-per-host",
        "50",
        "Idle connections kept to a discovery server.",
    ),
    KeySpec::seconds(
        "eureka.client.eureka-connection-idle-timeout-seconds",
        "30",
        "How long they are kept.",
    ),
    KeySpec::count("eureka.client.heartbeat-executor-thread-pool-size", "2", "Threads.")
        .accepted(NO_THREADS),
    KeySpec::count("eureka.client.cache-refresh-executor-thread-pool-size", "2", "Threads.")
        .accepted(NO_THREADS),
    KeySpec::count(
        "eureka.client.heartbeat-executor-exponential-back-off-bound",
        "10",
        "How many times longer the interval of renewals becomes at most.",
    ),
    KeySpec::count(
        "eureka.client.cache-refresh-executor-exponential-back-off-bound",
        "10",
        "How many times longer the interval of fetches becomes at most.",
    ),
    KeySpec::bool("eureka.client.filter-only-up-instances", "true", "Find only what is UP."),
    KeySpec::bool("eureka.client.disable-delta", "false", "Fetch everything every time."),
    KeySpec::bool("eureka.client.log-delta-diff", "false", "Check every delta by a full fetch."),
    KeySpec::bool("eureka.client.g-zip-content", "true", "Accept compressed answers."),
    KeySpec::list("eureka.client.fetch-remote-regions-registry", "Other regions to know."),
    KeySpec::text(
        "eureka.client.registry-refresh-single-vip-address",
        "The one virtual address to know.",
    ),
    KeySpec::bool(
        "eureka.client.on-demand-update-status-change",
        "true",
        "Tell a change of status at once.",
    ),
    KeySpec::bool(
        "eureka.client.should-unregister-on-shutdown",
        "true",
        "Tell discovery servers when stopping.",
    ),
    KeySpec::bool(
        "eureka.client.should-enforce-registration-at-init",
        "false",
        "Not start unless registered.",
    ),
    KeySpec::bool(
        "eureka.client.should-enforce-fetch-registry-at-init",
        "false",
        "Not start unless the registry is known.",
    ),
    KeySpec::bool("eureka.client.healthcheck.enabled", "false", "Tell the own health as status."),
    KeySpec::bool("eureka.client.refresh.enable", "true", "Own data.")
        .accepted("the configuration is read once"),
    KeySpec::bool("eureka.client.allow-redirects", "false", "Let servers send elsewhere."),
    KeySpec::choice(
        "eureka.client.client-data-accept",
        &["full", "compact"],
        "full",
        "Whether instances come with everything or only with what a caller needs.",
    ),
    KeySpec::text("eureka.client.dollar-replacement", "Dollars in XML names.")
        .default("_-")
        .accepted(FIXED),
    KeySpec::text("eureka.client.escape-char-replacement", "Underscores in XML names.")
        .default("__")
        .accepted(FIXED),
    KeySpec::bool("eureka.client.use-dns-for-fetching-service-urls", "false", "Servers by DNS.")
        .refused(NO_DNS),
    KeySpec::text("eureka.client.eureka-server-d-n-s-name", "Servers by DNS.").accepted(NO_DNS),
    KeySpec::text("eureka.client.eureka-server-port", "Servers by DNS.").accepted(NO_DNS),
    KeySpec::text("eureka.client.eureka-server-u-r-l-context", "Servers by DNS.").accepted(NO_DNS),
    KeySpec::host("eureka.client.proxy-host", "Proxy on the way to discovery servers."),
    KeySpec::integer("eureka.client.proxy-port", (1, 65_535), "8080", "Its port."),
    KeySpec::text("eureka.client.proxy-user-name", "User it asks for."),
    KeySpec::text("eureka.client.proxy-password", "Password of that user."),
    KeySpec::bool("eureka.client.tls.enabled", "false", "Own certificates for discovery servers."),
    KeySpec::text("eureka.client.tls.trust-store", "PEM file of authorities to trust besides."),
    KeySpec::text("eureka.client.tls.key-store", "PEM file of own certificate and key."),
    KeySpec::choice("eureka.client.tls.key-store-type", &["PEM"], "PEM", "Form of that file."),
    KeySpec::choice("eureka.client.tls.trust-store-type", &["PEM"], "PEM", "Form of that file."),
    KeySpec::text("eureka.client.tls.key-store-password", "Password of a file.").accepted(PEM),
    KeySpec::text("eureka.client.tls.key-password", "Password of a key.").accepted(PEM),
    KeySpec::text("eureka.client.tls.trust-store-password", "Password of a file.").accepted(PEM),
    KeySpec::seconds(
        "eureka.client.transport.sessioned-client-reconnect-interval-seconds",
        "1200",
        "Mean time after which the choice of discovery server is made anew.",
    ),
    KeySpec::decimal(
        "eureka.client.transport.retryable-client-quarantine-refresh-percentage",
        (0.0, 1.0),
        "0.66",
        "Share of failed discovery servers at which all are tried again.",
    ),
    KeySpec::text("eureka.client.transport.*", "Details of the transport.").accepted(ONE_TRANSPORT),
    KeySpec::text("eureka.client.backup-registry-impl", "A Java class.").accepted(JAVA),
    KeySpec::text("eureka.client.encoder-name", "Codec.").accepted(FIXED),
    KeySpec::text("eureka.client.decoder-name", "Codec.").accepted(FIXED),
    KeySpec::text("eureka.client.property-resolver", "A Java object.").accepted(JAVA),
    KeySpec::integer("eureka.client.order", (i32::MIN as i64, i32::MAX as i64), "0", "Order.")
        .accepted("there is one discovery client"),
];
