//! The statements on SQLite.

use service_kit::database::{Readers, SqlitePools};
use service_kit::store::sqlite as engine;

#[expect(clippy::duplicate_mod, reason = "compiled once for each engine")]
#[path = "statements.rs"]
mod statements;

use statements::SqlStore;

/// The store on SQLite: one connection writes, others read.
pub(super) fn store(pools: &SqlitePools) -> SqlStore {
    SqlStore::new(pools.write.clone(), Readers::like(&pools.read))
}
