//! The statements on SQLite.

use service_kit::database::{Readers, SqlitePools};
use service_kit::store::sqlite as engine;

#[path = "statements.rs"]
mod statements;

/// The store on SQLite: one connection writes, others read.
pub(super) fn store(pools: &SqlitePools) -> statements::SqlStore {
    statements::SqlStore { write: pools.write.clone(), read: Readers::like(&pools.read) }
}
