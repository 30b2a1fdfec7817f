//! The statements on PostgreSQL.

use service_kit::database::Readers;
use service_kit::store::postgres as engine;
use sqlx::PgPool;

#[expect(clippy::duplicate_mod, reason = "compiled once for each engine")]
#[path = "statements.rs"]
mod statements;

use statements::SqlStore;

/// The store on PostgreSQL: one pool for writes, connections for reads.
pub(super) fn store(pool: &PgPool) -> SqlStore {
    SqlStore::new(pool.clone(), Readers::like(pool))
}
