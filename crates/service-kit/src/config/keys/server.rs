//! `server.*` and `myerp.server.*`.

use std::time::Duration;

use crate::config::key::{KeySpec, Kind};

const TOMCAT: &str = "there is no Tomcat here";
const SERVLET: &str = "there are no servlets here";
const OTHER_SERVER: &str = "there is no such server here";
const ERRORS: &str = "error answers have a fixed form";
const FORWARDED: &str = "forwarding headers of proxies are not evaluated";
const REACTIVE: &str = "there are no sessions here";

/// `server.*` as Spring Boot has them.
pub const SERVER: &[KeySpec] = &[
    KeySpec::integer(
        "server.port",
        (0, 65_535),
        "8080",
        "Port to listen on; 0 lets the system choose one.",
    ),
    KeySpec::host("server.address", "Address to listen on; not set means all of them."),
    KeySpec::path("server.servlet.context-path", "", "Path under which everything is served."),
    KeySpec::bytes(
        "server.max-http-request-header-size",
        "8KB",
        "Most bytes the head of a request may have.",
    )
    .alias(&["server.max-http-header-size"]),
    KeySpec::choice(
        "server.shutdown",
        &["graceful", "immediate"],
        "graceful",
        "Whether requests under way may finish when the program is told to stop.",
    ),
    KeySpec::bool("server.compression.enabled", "false", "Compress answers beyond what APIs do.")
        .accepted("what is worth compressing always is, when the client asks"),
    KeySpec::text("server.compression.*", "Details of compression.")
        .accepted("what is worth compressing always is, when the client asks"),
    KeySpec::bool("server.http2.enabled", "false", "Serve HTTP/2 as well."),
    KeySpec::choice(
        "server.forward-headers-strategy",
        &["native", "framework", "none"],
        "none",
        "Whether to believe forwarding headers.",
    )
    .accepted(FORWARDED),
    KeySpec::bool("server.use-forward-headers", "false", "Believe forwarding headers.")
        .accepted(FORWARDED),
    KeySpec::text("server.server-header", "Value of the Server header.")
        .accepted("no Server header is sent"),
    KeySpec::text("server.max-http-post-size", "Most bytes of a form.")
        .accepted("myerp.server.max-body-bytes limits bodies"),
    KeySpec::text("server.connection-timeout", "Time for a request to arrive.")
        .accepted("myerp.server.header-timeout limits it"),
    KeySpec::text("server.error.*", "What error answers contain.").accepted(ERRORS),
    KeySpec::text("server.servlet.*", "Servlet container.").accepted(SERVLET),
    KeySpec::text("server.reactive.*", "Reactive server.").accepted(REACTIVE),
    KeySpec::text("server.jetty.*", "Jetty.").accepted(OTHER_SERVER),
    KeySpec::bytes(
        "server.netty.max-initial-line-length",
        "8KB",
        "Most bytes the first line of a request may have; a longer one is answered with 414.",
    ),
    KeySpec::millis(
        "server.netty.idle-timeout",
        "60s",
        "How long a connection may stay open without a request; not set: myerp.server.idle-timeout.",
    )
    .without_default(),
    KeySpec::integer(
        "server.netty.max-keep-alive-requests",
        (-1, i32::MAX as i64),
        "-1",
        "Requests of one connection of HTTP/1, the last of which ends it; -1 is no limit.",
    ),
    KeySpec::text("server.netty.connection-timeout", "Time for a connection to be made.")
        .accepted("the system accepts connections"),
    KeySpec::text("server.netty.h2c-max-content-length", "Most bytes of an h2c upgrade.")
        .accepted("a connection in the clear begins with HTTP/2 or does not speak it"),
    KeySpec::text("server.netty.initial-buffer-size", "Bytes of a first buffer.")
        .accepted("buffers are as large as they need to be"),
    KeySpec::bool("server.netty.validate-headers", "true", "Whether headers are checked.")
        .accepted("they always are"),
    KeySpec::text("server.netty.*", "Netty.").accepted(OTHER_SERVER),
    KeySpec::text("server.undertow.*", "Undertow.").accepted(OTHER_SERVER),
    KeySpec::count("server.tomcat.max-connections", "8192", "Connections at a time.")
        .accepted("myerp.server.max-connections limits them"),
    KeySpec::count("server.tomcat.accept-count", "100", "Connections waiting to be accepted.")
        .accepted(TOMCAT),
    KeySpec::millis("server.tomcat.connection-timeout", "20s", "Time for a request to arrive.")
        .accepted("myerp.server.header-timeout limits it"),
    KeySpec::millis("server.tomcat.keep-alive-timeout", "20s", "Time between two requests.")
        .accepted("myerp.server.idle-timeout limits it"),
    KeySpec::integer(
        "server.tomcat.max-keep-alive-requests",
        (-1, i32::MAX as i64),
        "100",
        "Requests of one connection.",
    )
    .accepted("connections are kept as long as clients want"),
    KeySpec::count("server.tomcat.threads.max", "200", "Threads that handle requests.")
        .accepted("a few threads serve all connections; see myerp.server.workers"),
    KeySpec::count("server.tomcat.threads.min-spare", "10", "Threads kept idle.").accepted(TOMCAT),
    KeySpec::count("server.tomcat.threads.max-queue-capacity", "2147483647", "Requests waiting.")
        .accepted(TOMCAT),
    KeySpec::text("server.tomcat.max-swallow-size", "Bytes read of a refused body.")
        .accepted(TOMCAT),
    KeySpec::text("server.tomcat.max-http-form-post-size", "Most bytes of a form.")
        .alias(&["server.tomcat.max-http-post-size"])
        .accepted("myerp.server.max-body-bytes limits bodies"),
    KeySpec::text("server.tomcat.max-http-response-header-size", "Bytes of an answer's head.")
        .accepted(TOMCAT),
    KeySpec::text("server.tomcat.max-parameter-count", "Parameters of a form.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.max-part-count", "Parts of a form.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.max-part-header-size", "Head of a form part.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.basedir", "Working directory.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.uri-encoding", "Encoding of paths.")
        .default("UTF-8")
        .accepted("it is UTF-8"),
    KeySpec::text("server.tomcat.background-processor-delay", "Housekeeping.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.additional-tld-skip-patterns", "JSP.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.processor-cache", "Idle processors.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.redirect-context-root", "Redirects.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.reject-illegal-header", "Header checks.")
        .accepted("requests with illegal headers are refused"),
    KeySpec::list("server.tomcat.relaxed-path-chars", "Characters in paths.").accepted(TOMCAT),
    KeySpec::list("server.tomcat.relaxed-query-chars", "Characters in queries.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.use-apr", "Native library.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.use-relative-redirects", "Redirects.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.accesslog.*", "Access log.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.mbeanregistry.*", "Java management beans.").accepted(TOMCAT),
    KeySpec::text("server.tomcat.remoteip.*", "Forwarding headers.").accepted(FORWARDED),
    KeySpec::text("server.tomcat.resource.*", "Static resources.").accepted(TOMCAT),
];

const AN_INSTANT: Duration = Duration::from_millis(1);

/// Limits of the HTTP server that Spring has no key for.
pub const OWN_SERVER: &[KeySpec] = &[
    KeySpec::integer(
        "myerp.server.max-connections",
        (1, 1_000_000),
        "16384",
        "Connections served at a time; further ones wait to be accepted.",
    ),
    KeySpec::count(
        "myerp.server.max-connections-per-address",
        "0",
        "Connections of one address at a time; further ones are answered with 503. 0 is no limit.",
    ),
    KeySpec::bytes(
        "myerp.server.max-body-bytes",
        "2MB",
        "Most bytes the body of a request may have.",
    ),
    KeySpec::seconds(
        "myerp.server.header-timeout",
        "10s",
        "How long the head of a request may take to arrive.",
    )
    .at_least(AN_INSTANT),
    KeySpec::seconds(
        "myerp.server.body-timeout",
        "30s",
        "How long the body of a request may take to arrive.",
    )
    .at_least(AN_INSTANT),
    KeySpec::seconds(
        "myerp.server.idle-timeout",
        "60s",
        "How long a connection may stay open without a request.",
    )
    .at_least(AN_INSTANT),
    KeySpec::seconds(
        "myerp.server.write-timeout",
        "30s",
        "How long a client may take none of the bytes of an answer.",
    )
    .at_least(AN_INSTANT),
    KeySpec {
        kind: Kind::Integer { min: 0, max: 1_024 },
        ..KeySpec::count(
            "myerp.server.workers",
            "0",
            "Threads that serve; 0 is one per core, with a database one per two.",
        )
    },
];
