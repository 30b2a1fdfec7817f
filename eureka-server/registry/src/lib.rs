//! The registry: which instances exist, how long their leases run, and what changed.
//!
//! Pure: it is told the time, never waits, logs, or draws a random number. Every verb returns what
//! came of it; whoever calls decides what to answer and what to tell peers.
//!
//! Lock order: [`Registry`]'s changes, then a shard of its leases. A renewal takes the shard alone.

pub mod cancel;
pub mod change_log;
pub mod config;
pub mod entry;
pub mod eviction;
pub mod lease;
pub mod limits;
pub mod metadata;
pub mod query;
pub mod rate;
pub mod recent;
pub mod register;
pub mod registry;
pub mod renew;
pub mod self_preservation;
pub mod status;
pub mod status_rule;
pub mod time;
pub mod validate;
mod vip_index;

pub use change_log::Change;
pub use config::Config;
pub use eviction::Compensation;
pub use lease::Lease;
pub use query::{Feed, LeaseView};
pub use recent::RecentEvent;
pub use registry::Registry;
pub use renew::{Heartbeat, Renewal};
pub use self_preservation::{SelfPreservation, Verdict};
pub use status::OverrideOutcome;
pub use time::Moment;
pub use validate::Refusal;

/// Who sent a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client; peers are told.
    Client,
    /// Another discovery server; never told again.
    Peer,
}
