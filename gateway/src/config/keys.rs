//! Keys of operation and security that only the gateway has.

use service_kit::config::KeySpec;

const ACCESS: &[&str] = &["none", "read-only", "unrestricted"];
const PROPAGATION: &str = "W3C, B3 (one header), B3_MULTI";

/// What can be looked at and changed while the gateway runs. These come after the keys that all
/// programs have, some of which mean something else here.
pub(super) const OPERATIONS: &[KeySpec] = &[
    KeySpec::choice(
        "management.endpoint.gateway.access",
        ACCESS,
        "none",
        "Whether routes can be looked at over HTTP, and changed.",
    )
    .without_default(),
    KeySpec::bool(
        "management.endpoint.gateway.enabled",
        "false",
        "Older name: true is unrestricted access.",
    )
    .without_default(),
    KeySpec::integer(
        "management.server.port",
        (0, 65_535),
        "8080",
        "Port of the actuator; not set means server.port. On a port of its own nothing is routed.",
    )
    .without_default(),
    KeySpec::host(
        "management.server.address",
        "Address of the actuator's own port; not set means server.address.",
    ),
    KeySpec::bool(
        "management.tracing.enabled",
        "false",
        "Whether traces of callers go on, or begin, here; without, their headers just pass.",
    ),
    KeySpec::decimal(
        "management.tracing.sampling.probability",
        (0.0, 1.0),
        "0.1",
        "Share of the traces begun here that are marked as sampled.",
    ),
    KeySpec::list("management.tracing.propagation.consume", "Forms that are read.")
        .default("W3C,B3,B3_MULTI"),
    KeySpec::list("management.tracing.propagation.produce", "Forms that are sent.").default("W3C"),
    KeySpec::list("management.tracing.propagation.type", PROPAGATION),
    KeySpec::bool(
        "reactor.netty.http.server.access-log-enabled",
        "false",
        "Whether every request is a line of the log, in the common log format.",
    ),
    KeySpec::choice(
        "myerp.gateway.access-log.mode",
        &["off", "on", "sampled"],
        "off",
        "Which requests are lines of the access log; sampled ones besides all failures.",
    ),
    KeySpec::choice(
        "myerp.gateway.access-log.format",
        &["json", "common"],
        "json",
        "What a line of the access log looks like.",
    ),
    KeySpec::decimal(
        "myerp.gateway.access-log.sample",
        (0.0, 1.0),
        "0.01",
        "Share of the successful requests that a sampled access log has.",
    ),
    KeySpec::text(
        "myerp.gateway.request-id-header",
        "Header with the id of a request, e.g. X-Request-Id; not set means none.",
    ),
    KeySpec::seconds(
        "myerp.gateway.reload-interval",
        "1s",
        "How often files of the configuration are looked at for changes; 0 is never.",
    ),
    KeySpec::millis(
        "myerp.server.linger",
        "2s",
        "How long a gateway that was told to stop goes on serving those who do not know it yet; not in \
         discovery and not set: not at all.",
    ),
];

/// What is asked of whom, beside the keys of all programs that check tokens.
pub(super) const SECURITY: &[KeySpec] = &[
    KeySpec::text(
        "gateway.security.forward-claims.*",
        "Headers that services get from a token: a claim and the name of its header.",
    ),
    KeySpec::any_text(
        "gateway.security.forward-claims-delimiter",
        " ",
        "What joins the elements of a claim that is a list.",
    ),
];
