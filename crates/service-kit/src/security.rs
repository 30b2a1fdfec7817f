//! Bearer tokens, checked as Spring's resource server does, as Spring's keys say.
//!
//! A program adds [`KEYS`] to its tables, makes the server with [`resource_server()`] and runs
//! [`ResourceServer::run`] as a task. Services have it done by `service::run`: once one of the keys
//! names where the keys of tokens are, a token that comes with a request must be valid, and says
//! who calls.

mod groups;
mod keys;
#[cfg(feature = "web")]
mod layer;
mod rules;
mod settings;

pub use ::resource_server::{self as tokens, ResourceServer};
#[cfg(feature = "web")]
pub use layer::Security;
pub use rules::rules;
pub use settings::{SecurityError, resource_server};

pub use keys::{
    GATEWAY as GATEWAY_KEYS, OWN as OWN_KEYS, SERVICE as SERVICE_KEYS, SPRING as SPRING_KEYS,
};

use crate::config::KeySpec;

/// Keys that every program which checks tokens has, for its tables.
pub const KEYS: &[&[KeySpec]] = &[SPRING_KEYS, OWN_KEYS];

#[cfg(test)]
mod tests;
