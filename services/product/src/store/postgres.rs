//! The statements on PostgreSQL.

use sqlx::{PgPool, Postgres, Transaction};

#[path = "statements.rs"]
mod statements;

type Engine = Postgres;
type Row = sqlx::postgres::PgRow;

/// Locks a row that is about to be changed.
const FOR_UPDATE: &str = " FOR UPDATE";

/// Waits at most a second for another's transaction (H-12).
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '1s'";

/// Roughly how many products there are, cheaply.
const ESTIMATE: &str =
    "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = to_regclass('product')";

/// Begins a transaction that writes.
async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query(LOCK_TIMEOUT).execute(&mut *transaction).await?;
    Ok(transaction)
}

/// A text is contained, by the trigram index.
fn push_contains(sql: &mut sqlx::QueryBuilder<Postgres>, term: &str) {
    let escaped = term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    sql.push("search LIKE ").push_bind(format!("%{escaped}%"));
}

/// The store on PostgreSQL: one pool for both.
pub(super) fn store(pool: &PgPool) -> statements::SqlStore {
    statements::SqlStore { write: pool.clone(), read: pool.clone() }
}
