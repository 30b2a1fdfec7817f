//! The statements on SQLite.

use service_kit::database::SqlitePools;
use sqlx::{Sqlite, SqlitePool, Transaction};

#[path = "statements.rs"]
mod statements;

type Engine = Sqlite;
type Row = sqlx::sqlite::SqliteRow;

/// There is one writer: nothing can change meanwhile.
const FOR_UPDATE: &str = "";

/// Roughly how many products there are, cheaply.
const ESTIMATE: &str = "SELECT COALESCE(MAX(seq), 0) FROM product";

/// Begins a transaction that writes. One that reads first and writes later would fail at once
/// whenever another process wrote in between.
async fn begin(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    pool.begin_with("BEGIN IMMEDIATE").await
}

/// A text is contained. The trigram index finds candidates, `instr` says which really have it: the
/// two engines must agree.
fn push_contains(sql: &mut sqlx::QueryBuilder<Sqlite>, term: &str) {
    let phrase = format!("\"{}\"", term.replace('"', "\"\""));
    sql.push("seq IN (SELECT rowid FROM product_search WHERE product_search MATCH ")
        .push_bind(phrase);
    sql.push(") AND instr(search, ").push_bind(term.to_owned()).push(") > 0");
}

/// The store on SQLite: one connection writes, others read.
pub(super) fn store(pools: &SqlitePools) -> statements::SqlStore {
    statements::SqlStore { write: pools.write.clone(), read: pools.read.clone() }
}
