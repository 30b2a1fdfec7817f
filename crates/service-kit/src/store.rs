//! What the stores of business services have in common, on either engine.
//!
//! A service writes its statements once and compiles them for each engine; the modules
//! [`postgres`] and [`sqlite`] do the same for the statements that every service has, so that a
//! service's statements find under one name what is meant for their engine. The tables
//! `audit_log`, `idempotency_key` and `number_series` are made by each service's own schema changes.

mod audit;
mod listing;
pub mod postgres;
pub mod sqlite;
mod way;

use chrono::{DateTime, Utc};
use serde_json::Value;

pub use audit::{AuditRow, history_page};
pub use listing::{Listing, Order, Place, PlaceKind, SortField};
pub(crate) use way::Way;

use crate::clock::Clock;
use crate::web::{Caller, Fingerprint, IdempotencyKey, Problem};

/// The key of a request and what it asked for (H-13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Method, path and caller.
    pub scope: String,
    /// Key.
    pub key: String,
    /// Of the body.
    pub fingerprint: [u8; 32],
}

impl Once {
    /// Of a POST to `path`; `None` without a key (H-11).
    #[must_use]
    pub fn of_post(key: IdempotencyKey, path: &str, caller: &Caller, body: &Value) -> Option<Self> {
        let key = key.0?;
        let scope = format!("POST {path} {}", caller.user);
        Some(Self { scope, key, fingerprint: Fingerprint::of(body).0 })
    }
}

/// Outcome of a create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created<T> {
    /// It was made.
    New(T),
    /// The same request had made it before; as it is now.
    Before(T),
}

impl<T> Created<T> {
    /// What there is now, and whether an earlier request had made it.
    pub fn into_parts(self) -> (T, bool) {
        match self {
            Self::New(made) => (made, false),
            Self::Before(made) => (made, true),
        }
    }
}

/// Changes a thing: what it shall be, or `None` to leave it as it is.
pub type Change<T> = Box<dyn FnOnce(&T) -> Result<Option<T>, Problem> + Send>;

/// What a write is called, who makes it, and when.
#[derive(Clone, Debug)]
pub struct Write {
    /// Name in the audit log.
    pub action: &'static str,
    /// Who writes.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Write {
    /// A write of `caller`, now.
    #[must_use]
    pub fn new(action: &'static str, caller: &Caller, clock: &Clock) -> Self {
        Self { action, actor: caller.user.clone(), at: now(clock) }
    }
}

/// The time, no finer than what both engines keep: microseconds (G-8).
#[must_use]
pub fn now(clock: &Clock) -> DateTime<Utc> {
    let micros = i64::try_from(clock.wall_us()).unwrap_or_default();
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}
