//! Tables of the keys that every program has: server, management, logging, Spring's own.
//!
//! Source: Spring Boot's configuration metadata, versions 2.7 to 4.0.

mod management;
mod server;
mod tls;

use super::key::{KeySpec, Kind};

pub use management::MANAGEMENT;
pub use server::{OWN_SERVER, SERVER};
pub use tls::TLS;

/// Prefixes of the shared tables under which a key that does not exist is a mistake.
pub const OWNED: [&str; 3] = ["server.", "management.", "myerp."];

/// `spring.*` keys that have a meaning here.
pub const SPRING: &[KeySpec] = &[
    KeySpec::text("spring.application.name", "Name of this program in logs and information.")
        .default("application"),
    KeySpec::seconds(
        "spring.lifecycle.timeout-per-shutdown-phase",
        "30s",
        "How long requests under way may take to finish when the program is told to stop.",
    ),
    KeySpec::text(
        "spring.security.user.name",
        "User for HTTP basic authentication; authentication is off while no password is set.",
    )
    .default("user"),
    KeySpec::text("spring.security.user.password", "Password of that user."),
    KeySpec::list("spring.security.user.roles", "Roles of that user.")
        .accepted("every user may do everything"),
    KeySpec::text("spring.application.json", "More configuration, as inline JSON."),
    KeySpec::list("spring.config.*", "Where configuration is read from."),
    KeySpec::list("spring.profiles.*", "Which documents and files of the configuration apply."),
];

/// Levels of `logging.level.*`, and the words for none.
const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error", "fatal", "off", "false"];

/// `logging.*` keys that have a meaning here, and `info.*`.
pub const LOGGING: &[KeySpec] = &[
    KeySpec::choice("logging.level.root", LEVELS, "info", "Least severe level that is logged."),
    KeySpec {
        kind: Kind::Choice(LEVELS),
        ..KeySpec::text("logging.level.*", "The same for one module, e.g. eureka_server.")
    },
    KeySpec::text(
        "logging.structured.format.console",
        "Log lines as JSON in the form of ecs, gelf or logstash; not set means text for people.",
    ),
    KeySpec::text("info.*", "Shown by the info endpoint when management.info.env.enabled is set."),
];
