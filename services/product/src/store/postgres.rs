//! The statements on PostgreSQL.

use service_kit::database::Readers;
use service_kit::store::postgres as engine;
use sqlx::PgPool;

#[path = "statements.rs"]
mod statements;

/// The store on PostgreSQL: one pool for writes, connections for reads.
pub(super) fn store(pool: &PgPool) -> statements::SqlStore {
    statements::SqlStore { write: pool.clone(), read: Readers::like(pool) }
}
