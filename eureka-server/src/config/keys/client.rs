//! `eureka.client.*`: how the server would talk to its peers.

use service_kit::config::{KeySpec, Kind};

use super::NO_PEERS;

const ONE_TRANSPORT: &str = "there is one transport";
const FIXED: &str = "it is fixed by the protocol";

/// A text that only a conversation with peers needs.
const fn peer(name: &'static str, doc: &'static str) -> KeySpec {
    KeySpec::text(name, doc).accepted(NO_PEERS)
}

/// `eureka.client.*` of the Spring server.
pub(super) const KEYS: &[KeySpec] = &[
    KeySpec {
        kind: Kind::Urls,
        ..KeySpec::text("eureka.client.service-url.defaultZone", "URLs of all peers.")
            .default("http://localhost:8761/eureka/")
            .accepted(NO_PEERS)
    },
    KeySpec::urls("eureka.client.service-url.*", "URLs of the peers of a zone.").accepted(NO_PEERS),
    // Without peers, false is what this server does, and true is what every default says.
    KeySpec::bool(
        "eureka.client.register-with-eureka",
        "true",
        "Register with the peers, once there are peers.",
    ),
    KeySpec::bool(
        "eureka.client.fetch-registry",
        "true",
        "Fetch from the peers, once there are peers.",
    ),
    KeySpec::bool("eureka.client.enabled", "true", "Talk to peers, once there are peers."),
    KeySpec::text("eureka.client.region", "Own region.").default("us-east-1").accepted(NO_PEERS),
    KeySpec::list("eureka.client.availability-zones.*", "Zones of a region.").accepted(NO_PEERS),
    KeySpec::bool("eureka.client.prefer-same-zone-eureka", "true", "Order of peers.")
        .accepted(NO_PEERS),
    KeySpec::seconds("eureka.client.registry-fetch-interval-seconds", "30", "Fetching.")
        .accepted(NO_PEERS),
    KeySpec::seconds("eureka.client.instance-info-replication-interval-seconds", "30", "Own data.")
        .accepted(NO_PEERS),
    KeySpec::seconds(
        "eureka.client.initial-instance-info-replication-interval-seconds",
        "40",
        "Own data.",
    )
    .accepted(NO_PEERS),
    KeySpec::seconds("eureka.client.eureka-service-url-poll-interval-seconds", "300", "Peer list.")
        .accepted(NO_PEERS),
    KeySpec::seconds("eureka.client.eureka-server-connect-timeout-seconds", "5", "Connecting.")
        .accepted(NO_PEERS),
    KeySpec::seconds("eureka.client.eureka-server-read-timeout-seconds", "8", "Waiting.")
        .accepted(NO_PEERS),
    peer("eureka.client.timeout.*", "Connecting and waiting, milliseconds."),
    peer("eureka.client.restclient.timeout.*", "Connecting and waiting, milliseconds."),
    peer("eureka.client.rest-template-timeout.*", "Connecting and waiting, milliseconds."),
    KeySpec::bool("eureka.client.restclient.enabled", "false", "Transport.")
        .accepted(ONE_TRANSPORT),
    KeySpec::bool("eureka.client.webclient.enabled", "false", "Transport.").accepted(ONE_TRANSPORT),
    KeySpec::bool("eureka.client.jersey.enabled", "true", "Transport.").accepted(ONE_TRANSPORT),
    KeySpec::count("eureka.client.eureka-server-total-connections", "200", "Connections.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.client.eureka-server-total-connections-per-host", "50", "Connections.")
        .accepted(NO_PEERS),
    KeySpec::seconds("eureka.client.eureka-connection-idle-timeout-seconds", "30", "Connections.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.client.heartbeat-executor-thread-pool-size", "2", "Threads.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.client.cache-refresh-executor-thread-pool-size", "2", "Threads.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.client.heartbeat-executor-exponential-back-off-bound", "10", "Waiting.")
        .accepted(NO_PEERS),
    KeySpec::count(
        "eureka.client.cache-refresh-executor-exponential-back-off-bound",
        "10",
        "Waiting.",
    )
    .accepted(NO_PEERS),
    KeySpec::bool("eureka.client.filter-only-up-instances", "true", "Fetching.").accepted(NO_PEERS),
    KeySpec::bool("eureka.client.disable-delta", "false", "Fetching.").accepted(NO_PEERS),
    KeySpec::bool("eureka.client.log-delta-diff", "false", "Fetching.").accepted(NO_PEERS),
    KeySpec::bool("eureka.client.g-zip-content", "true", "Fetching.").accepted(NO_PEERS),
    peer("eureka.client.fetch-remote-regions-registry", "Fetching."),
    peer("eureka.client.registry-refresh-single-vip-address", "Fetching."),
    KeySpec::bool("eureka.client.on-demand-update-status-change", "true", "Own data.")
        .accepted(NO_PEERS),
    KeySpec::bool("eureka.client.should-unregister-on-shutdown", "true", "Stopping.")
        .accepted(NO_PEERS),
    KeySpec::bool("eureka.client.should-enforce-registration-at-init", "false", "Starting.")
        .accepted(NO_PEERS),
    KeySpec::bool("eureka.client.should-enforce-fetch-registry-at-init", "false", "Starting.")
        .accepted(NO_PEERS),
    KeySpec::bool("eureka.client.healthcheck.enabled", "false", "Own status.").accepted(NO_PEERS),
    KeySpec::bool("eureka.client.refresh.enable", "true", "Own data.").accepted(NO_PEERS),
    KeySpec::bool("eureka.client.allow-redirects", "false", "Transport.").accepted(NO_PEERS),
    KeySpec::choice("eureka.client.client-data-accept", &["full", "compact"], "full", "Fetching.")
        .accepted(NO_PEERS),
    KeySpec::text("eureka.client.dollar-replacement", "Dollars in XML names.")
        .default("_-")
        .accepted(FIXED),
    KeySpec::text("eureka.client.escape-char-replacement", "Underscores in XML names.")
        .default("__")
        .accepted(FIXED),
    KeySpec::bool("eureka.client.use-dns-for-fetching-service-urls", "false", "Peer list.")
        .accepted(NO_PEERS),
    peer("eureka.client.eureka-server-d-n-s-name", "Peer list."),
    peer("eureka.client.eureka-server-port", "Peer list."),
    peer("eureka.client.eureka-server-u-r-l-context", "Peer list."),
    peer("eureka.client.proxy-host", "Proxy."),
    peer("eureka.client.proxy-port", "Proxy."),
    peer("eureka.client.proxy-user-name", "Proxy."),
    peer("eureka.client.proxy-password", "Proxy."),
    KeySpec::bool("eureka.client.tls.enabled", "false", "TLS to peers.").accepted(NO_PEERS),
    peer("eureka.client.tls.*", "TLS to peers."),
    peer("eureka.client.transport.*", "Details of the transport."),
    peer("eureka.client.backup-registry-impl", "A Java class."),
    peer("eureka.client.encoder-name", "Codec."),
    peer("eureka.client.decoder-name", "Codec."),
    peer("eureka.client.property-resolver", "A Java object."),
    KeySpec::integer("eureka.client.order", (i32::MIN as i64, i32::MAX as i64), "0", "Order.")
        .accepted(NO_PEERS),
];
