//! The keys of discovery. Source: `EurekaClientConfigBean`, `EurekaInstanceConfigBean`, versions
//! 3.1 to 5.0.

mod client;
mod instance;

pub use client::CLIENT;
pub use instance::INSTANCE;

use crate::config::KeySpec;

/// Keys that Spring has no equivalent of.
pub const OWN: &[KeySpec] = &[
    KeySpec::text(
        "myerp.discovery.snapshot-file",
        "File that keeps the known registry for a start while no discovery server answers.",
    ),
    KeySpec::choice(
        "myerp.discovery.balance",
        &["round-robin", "random", "weighted", "two-choices"],
        "round-robin",
        "Which instance of a service a call goes to.",
    ),
    KeySpec::bool(
        "myerp.discovery.prefer-same-zone",
        "true",
        "Call instances of the own zone as long as there are any.",
    ),
    KeySpec::text("myerp.discovery.weight-key", "Metadata entry that holds an instance's weight.")
        .default("weight"),
    KeySpec::bool(
        "myerp.discovery.prefer-ip-address",
        "false",
        "Call instances by their address instead of their host name.",
    ),
    KeySpec::millis("myerp.discovery.shutdown-timeout", "5s", "Longest time that leaving takes."),
    KeySpec::millis("myerp.call.connect-timeout", "250ms", "Longest time to connect."),
    KeySpec::millis("myerp.call.read-timeout", "1s", "Longest time for one try of a GET."),
    KeySpec::millis("myerp.call.write-timeout", "2s", "Longest time for one try of a change."),
    KeySpec::millis("myerp.call.total-timeout", "5s", "Longest time for all tries of a call."),
    KeySpec::integer("myerp.call.retries", (0, 10), "2", "Tries after the first."),
];
