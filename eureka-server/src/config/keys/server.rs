//! `eureka.server.*`.

use std::time::Duration;

use service_kit::config::KeySpec;

use super::NO_PEERS;

const FRESH: &str = "every answer shows every change that was acknowledged before it";
const AWS: &str = "Amazon's services are not used";
const REGIONS: &str = "this version does not read remote regions";
const CODEC: &str = "there is one codec for each format";
const RATE: &str = "fetches are not limited, as in the Spring server";
const UPSTREAM: &str = "it has no effect in the Spring server either";

/// Timers need a real interval.
const AN_INSTANT: Duration = Duration::from_millis(1);

/// `eureka.server.*` of the Spring server.
pub(super) const KEYS: &[KeySpec] = &[
    KeySpec::bool(
        "eureka.server.enable-self-preservation",
        "true",
        "Stop evicting while too few renewals arrive.",
    ),
    KeySpec::decimal(
        "eureka.server.renewal-percent-threshold",
        (0.0, 1.0),
        "0.85",
        "Share of the expected renewals below which self-preservation begins.",
    ),
    KeySpec::millis(
        "eureka.server.renewal-threshold-update-interval-ms",
        "900000",
        "How often the expected renewals are counted anew.",
    )
    .at_least(AN_INSTANT),
    KeySpec::seconds(
        "eureka.server.expected-client-renewal-interval-seconds",
        "30",
        "Renewal interval of clients that the expectation assumes.",
    )
    .at_least(Duration::from_secs(1)),
    KeySpec::millis(
        "eureka.server.eviction-interval-timer-in-ms",
        "60000",
        "How often expired leases are evicted.",
    )
    .at_least(AN_INSTANT),
    KeySpec::millis(
        "eureka.server.wait-time-in-ms-when-sync-empty",
        "300000",
        "How long a server that starts empty refuses fetches, and holds the warning back.",
    ),
    KeySpec::bool("eureka.server.disable-delta", "false", "Answer delta requests with 403."),
    KeySpec::millis(
        "eureka.server.retention-time-in-m-s-in-delta-queue",
        "180000",
        "How long a change stays in the delta.",
    ),
    KeySpec::millis(
        "eureka.server.delta-retention-timer-interval-in-ms",
        "30000",
        "How often old changes are taken out of the delta.",
    )
    .at_least(AN_INSTANT),
    KeySpec::bool(
        "eureka.server.sync-when-timestamp-differs",
        "true",
        "Make clients register again when their data changed since the last registration.",
    ),
    KeySpec::integer(
        "eureka.server.min-available-instances-for-peer-replication",
        (-1, i32::MAX as i64),
        "-1",
        "Peers that must be available for the status page to say healthy; -1 shows nothing.",
    ),
    KeySpec::bool(
        "eureka.server.metrics.enabled",
        "false",
        "Count instances by application and status in the metrics.",
    ),
    KeySpec::count(
        "eureka.instance.registry.expected-number-of-clients-sending-renews",
        "1",
        "Clients expected to renew before the server opens for traffic.",
    )
    .accepted("opening for traffic sets it anew, as in the Spring server, and here comes first")
    .alias(&["eureka.server.expected-number-of-renews-per-min"]),
    KeySpec::count(
        "eureka.instance.registry.default-open-for-traffic-count",
        "1",
        "Clients expected when no peer had any; 0 makes an empty server refuse fetches for a while.",
    )
    .alias(&["eureka.server.default-open-for-traffic-count"]),
    KeySpec::millis(
        "eureka.server.response-cache-update-interval-ms",
        "30000",
        "Interval of the read-only response cache.",
    )
    .accepted(FRESH),
    KeySpec::seconds(
        "eureka.server.response-cache-auto-expiration-in-seconds",
        "180",
        "Life of a cached answer.",
    )
    .accepted(FRESH),
    KeySpec::bool(
        "eureka.server.use-read-only-response-cache",
        "true",
        "Serve answers from the read-only cache.",
    )
    .accepted(FRESH),
    KeySpec::count("eureka.server.initial-capacity-of-response-cache", "1000", "Cache size.")
        .accepted(FRESH),
    KeySpec::count("eureka.server.registry-sync-retries", "0", "Attempts to copy from a peer.")
        .accepted(NO_PEERS),
    KeySpec::millis("eureka.server.registry-sync-retry-wait-ms", "30000", "Time between them.")
        .accepted(NO_PEERS),
    KeySpec::millis(
        "eureka.server.peer-eureka-nodes-update-interval-ms",
        "600000",
        "How often the list of peers is read.",
    )
    .accepted(NO_PEERS),
    KeySpec::text("eureka.server.my-url", "Own URL in the list of peers.").accepted(NO_PEERS),
    KeySpec::millis("eureka.server.peer-node-connect-timeout-ms", "200", "Connecting to a peer.")
        .accepted(NO_PEERS),
    KeySpec::millis("eureka.server.peer-node-read-timeout-ms", "200", "Waiting for a peer.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.server.peer-node-total-connections", "1000", "Connections to peers.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.server.peer-node-total-connections-per-host", "500", "To one peer.")
        .accepted(NO_PEERS),
    KeySpec::seconds(
        "eureka.server.peer-node-connection-idle-timeout-seconds",
        "30",
        "Life of an idle connection to a peer.",
    )
    .accepted(NO_PEERS),
    KeySpec::count("eureka.server.max-elements-in-peer-replication-pool", "10000", "Queue.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.server.max-threads-for-peer-replication", "20", "Senders.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.server.min-threads-for-peer-replication", "5", "Senders.")
        .accepted(UPSTREAM),
    KeySpec::millis("eureka.server.max-time-for-replication", "30000", "Age of a queued change.")
        .accepted(NO_PEERS),
    KeySpec::count("eureka.server.max-elements-in-status-replication-pool", "10000", "Queue.")
        .accepted(AWS),
    KeySpec::count("eureka.server.max-threads-for-status-replication", "1", "Senders.")
        .accepted(AWS),
    KeySpec::count("eureka.server.min-threads-for-status-replication", "1", "Senders.")
        .accepted(UPSTREAM),
    KeySpec::bool("eureka.server.enable-replicated-request-compression", "false", "gzip to peers.")
        .accepted(UPSTREAM),
    KeySpec::bool("eureka.server.batch-replication", "false", "Batches.").accepted(UPSTREAM),
    KeySpec::count("eureka.server.number-of-replication-retries", "5", "Attempts.")
        .accepted(UPSTREAM),
    KeySpec::millis(
        "eureka.server.peer-eureka-status-refresh-time-interval-ms",
        "30000",
        "How often the status of peers is read.",
    )
    .accepted(UPSTREAM),
    KeySpec::count(
        "eureka.server.max-idle-thread-age-in-minutes-for-peer-replication",
        "15",
        "Life of an idle sender.",
    )
    .accepted(UPSTREAM),
    KeySpec::count(
        "eureka.server.max-idle-thread-in-minutes-age-for-status-replication",
        "10",
        "Life of an idle sender.",
    )
    .accepted(UPSTREAM),
    KeySpec::text("eureka.server.json-codec-name", "JSON codec.").accepted(CODEC),
    KeySpec::text("eureka.server.xml-codec-name", "XML codec.").accepted(CODEC),
    KeySpec::bool("eureka.server.log-identity-headers", "true", "Log who calls.")
        .accepted(UPSTREAM),
    KeySpec::text("eureka.server.property-resolver", "A Java object.").accepted(UPSTREAM),
    KeySpec::bool("eureka.server.rate-limiter-enabled", "false", "Limit fetches.").accepted(RATE),
    KeySpec::bool("eureka.server.rate-limiter-throttle-standard-clients", "false", "Limit all.")
        .accepted(RATE),
    KeySpec::list("eureka.server.rate-limiter-privileged-clients", "Not limited.").accepted(RATE),
    KeySpec::count("eureka.server.rate-limiter-burst-size", "10", "Burst.").accepted(RATE),
    KeySpec::count("eureka.server.rate-limiter-registry-fetch-average-rate", "500", "Rate.")
        .accepted(RATE),
    KeySpec::count("eureka.server.rate-limiter-full-fetch-average-rate", "100", "Rate.")
        .accepted(RATE),
    KeySpec::text("eureka.server.remote-region-urls-with-name.*", "URLs of other regions.")
        .accepted(REGIONS),
    KeySpec::list("eureka.server.remote-region-urls", "URLs of other regions.").accepted(REGIONS),
    KeySpec::list("eureka.server.remote-region-app-whitelist.*", "Applications of other regions.")
        .accepted(REGIONS),
    KeySpec::seconds("eureka.server.remote-region-registry-fetch-interval", "30", "Fetching.")
        .accepted(REGIONS),
    KeySpec::count("eureka.server.remote-region-fetch-thread-pool-size", "20", "Fetching.")
        .accepted(REGIONS),
    KeySpec::millis("eureka.server.remote-region-connect-timeout-ms", "1000", "Connecting.")
        .accepted(REGIONS),
    KeySpec::millis("eureka.server.remote-region-read-timeout-ms", "1000", "Waiting.")
        .accepted(REGIONS),
    KeySpec::count("eureka.server.remote-region-total-connections", "1000", "Connections.")
        .accepted(REGIONS),
    KeySpec::count("eureka.server.remote-region-total-connections-per-host", "500", "To one.")
        .accepted(REGIONS),
    KeySpec::seconds(
        "eureka.server.remote-region-connection-idle-timeout-seconds",
        "30",
        "Life of an idle connection.",
    )
    .accepted(REGIONS),
    KeySpec::bool("eureka.server.disable-delta-for-remote-regions", "false", "Fetching.")
        .accepted(REGIONS),
    KeySpec::bool("eureka.server.g-zip-content-from-remote-region", "true", "Fetching.")
        .accepted(REGIONS),
    KeySpec::bool(
        "eureka.server.disable-transparent-fallback-to-other-region",
        "false",
        "Answer from other regions.",
    )
    .accepted(REGIONS),
    KeySpec::text("eureka.server.remote-region-trust-store", "TLS.").accepted(REGIONS),
    KeySpec::text("eureka.server.remote-region-trust-store-password", "TLS.")
        .default("changeit")
        .accepted(REGIONS),
    KeySpec::bool("eureka.server.prime-aws-replica-connections", "true", "AWS.").accepted(AWS),
    KeySpec::millis("eureka.server.a-s-g-cache-expiry-timeout-ms", "600000", "AWS.").accepted(AWS),
    KeySpec::millis("eureka.server.a-s-g-query-timeout-ms", "300", "AWS.").accepted(AWS),
    KeySpec::millis("eureka.server.a-s-g-update-interval-ms", "300000", "AWS.").accepted(AWS),
    KeySpec::text("eureka.server.a-w-s-access-id", "AWS.").accepted(AWS),
    KeySpec::text("eureka.server.a-w-s-secret-key", "AWS.").accepted(AWS),
    KeySpec::bool("eureka.server.use-aws-asg-api", "true", "AWS.").accepted(AWS),
    KeySpec::choice("eureka.server.binding-strategy", &["eip", "route53", "eni"], "eip", "AWS.")
        .accepted(AWS),
    KeySpec::count("eureka.server.e-i-p-bind-rebind-retries", "3", "AWS.").accepted(AWS),
    KeySpec::millis("eureka.server.e-i-p-binding-retry-interval-ms", "300000", "AWS.")
        .accepted(AWS),
    KeySpec::millis("eureka.server.e-i-p-binding-retry-interval-ms-when-unbound", "60000", "AWS.")
        .accepted(AWS),
    KeySpec::text("eureka.server.list-auto-scaling-groups-role-name", "AWS.")
        .default("ListAutoScalingGroups")
        .accepted(AWS),
    KeySpec::count("eureka.server.route53-bind-rebind-retries", "3", "AWS.").accepted(AWS),
    KeySpec::millis("eureka.server.route53-binding-retry-interval-ms", "300000", "AWS.")
        .accepted(AWS),
    KeySpec::seconds("eureka.server.route53-domain-t-t-l", "30", "AWS.").accepted(AWS),
    KeySpec::text("eureka.server.experimental.*", "Switches of single versions.")
        .accepted("there are no experiments here"),
];
