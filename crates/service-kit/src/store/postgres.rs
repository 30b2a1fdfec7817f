//! The common statements on PostgreSQL.

#[expect(clippy::duplicate_mod, reason = "compiled once for each engine")]
#[path = "statements.rs"]
mod statements;

use sqlx::{PgPool, Postgres, QueryBuilder};

use super::Way;
use crate::web::Problem;

pub use statements::{
    Conditions, Recorded, TakeRows, Tx, claim, commit, count, history, intake, met_another,
    next_number, page, push_in, record, record_all,
};

/// The engine.
pub type Engine = Postgres;
/// Its rows.
pub type Row = sqlx::postgres::PgRow;

/// Locks a row that is about to be changed.
pub const FOR_UPDATE: &str = " FOR UPDATE";

/// Leaves rows aside that others have locked.
const SKIP_LOCKED: &str = " FOR UPDATE SKIP LOCKED";

/// Waits at most a second for another's transaction (H-12). Both travel together.
const BEGIN: &str = "BEGIN; SET LOCAL lock_timeout = '1s'";

/// Begins a transaction that writes.
///
/// # Errors
/// The database did not let it.
pub async fn begin(pool: &PgPool) -> Result<Tx, sqlx::Error> {
    pool.begin_with(BEGIN).await
}

/// Roughly how many rows a table has, cheaply.
fn estimate(table: &str) -> String {
    format!("SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE oid = to_regclass('{table}')")
}

/// The planner knows how many rows meet a filter.
const HAS_STATISTICS: bool = true;

/// All of `terms` are contained, by the trigram index on `search`.
fn push_contains(sql: &mut QueryBuilder<Postgres>, _: &str, terms: &[&String], _: Way) {
    for term in terms {
        let escaped = term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        sql.push(" AND search LIKE ").push_bind(format!("%{escaped}%"));
    }
}

/// Never asked: see [`HAS_STATISTICS`].
fn push_found_by_search(_: &mut QueryBuilder<Postgres>, _: &str, _: &[&String]) {}

/// Nothing: PostgreSQL's own cleaning takes away what was overwritten, and readers never see it.
///
/// # Errors
/// None.
pub async fn scrub(_: &PgPool) -> Result<(), Problem> {
    Ok(())
}
