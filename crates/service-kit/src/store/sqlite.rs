//! The common statements on SQLite.

#[expect(clippy::duplicate_mod, reason = "compiled once for each engine")]
#[path = "statements.rs"]
mod statements;

use sqlx::{QueryBuilder, Row as _, Sqlite, SqlitePool};

use super::Way;
use crate::web::Problem;

pub use statements::{
    Conditions, Recorded, TakeRows, Tx, claim, commit, count, history, intake, met_another,
    next_number, page, push_in, record, record_all,
};

/// The engine.
pub type Engine = Sqlite;
/// Its rows.
pub type Row = sqlx::sqlite::SqliteRow;

/// There is one writer: nothing can change meanwhile.
pub const FOR_UPDATE: &str = "";

/// Nobody else has locks.
const SKIP_LOCKED: &str = "";

/// Begins a transaction that writes. One that reads first and writes later would fail at once
/// whenever another process wrote in between.
///
/// # Errors
/// The database did not let it.
pub async fn begin(pool: &SqlitePool) -> Result<Tx, sqlx::Error> {
    pool.begin_with("BEGIN IMMEDIATE").await
}

/// Roughly how many rows a table has, cheaply.
fn estimate(table: &str) -> String {
    format!("SELECT COALESCE(MAX(seq), 0) FROM {table}")
}

/// Nothing is known of how many rows meet a filter.
const HAS_STATISTICS: bool = false;

/// All of `terms` are contained. The trigram index finds candidates, `instr` says which really have
/// them: the two engines must agree.
fn push_contains(sql: &mut QueryBuilder<Sqlite>, table: &str, terms: &[&String], way: Way) {
    if way == Way::Terms && !terms.is_empty() {
        sql.push(" AND seq IN (SELECT rowid FROM ").push(table).push("_search WHERE ").push(table);
        sql.push("_search MATCH ").push_bind(phrases(terms)).push(")");
    }
    for term in terms {
        sql.push(" AND instr(").push(table).push(".search, ").push_bind((*term).clone());
        sql.push(") > 0");
    }
}

/// The rows of `table` that its search finds, one after the other as they are asked for.
fn push_found_by_search(sql: &mut QueryBuilder<Sqlite>, table: &str, terms: &[&String]) {
    sql.push(table).push("_search CROSS JOIN ").push(table).push(" ON ").push(table);
    sql.push(".seq = ").push(table).push("_search.rowid WHERE ").push(table);
    sql.push("_search MATCH ").push_bind(phrases(terms)).push(" AND ");
}

/// Terms as the search takes them: all must be there.
fn phrases(terms: &[&String]) -> String {
    let quoted = terms.iter().map(|term| format!("\"{}\"", term.replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(" ")
}

/// Rewrites the whole file and empties its log, so that neither has a byte of what was deleted or
/// overwritten. SQLite leaves such bytes in pages that it reuses later. `PRAGMA secure_delete` would
/// not do: it zeroes a row where it is deleted, not where it was before pages were split or joined.
/// Takes time with the size of the file; nobody writes meanwhile.
///
/// # Errors
/// 503 if the database is away or the log is being read; what was committed stays so.
pub async fn scrub(pool: &SqlitePool) -> Result<(), Problem> {
    let mut connection = pool.acquire().await?;
    sqlx::query("VACUUM").execute(&mut *connection).await?;
    let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await?;
    if row.try_get::<i64, _>(0)? == 0 {
        return Ok(());
    }
    Err(Problem::unavailable("DATABASE_UNAVAILABLE", "the log of the database is being read"))
}
