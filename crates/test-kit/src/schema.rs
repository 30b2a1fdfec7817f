//! What tables a database has, told alike for both engines (M-3).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use service_kit::database::Database;
use sqlx::{PgPool, Row as _, SqlitePool};

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// How SQLite keeps its values: `INTEGER`, `TEXT` or `BLOB`.
    pub kind: String,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// Tables of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Columns of each table.
    pub columns: BTreeMap<String, BTreeMap<String, Column>>,
    /// Sets of columns that are unique.
    pub unique: BTreeSet<(String, BTreeSet<String>)>,
    /// Columns of each ordered index, in their order; those of a key are in `unique`.
    pub indexes: BTreeSet<(String, Vec<String>)>,
    /// Table and column that refer to a table.
    pub references: BTreeSet<(String, String, String)>,
}

impl Schema {
    /// The schema of `database`, without the tables of the migrator and those that only SQLite
    /// needs for searching, which have `_search` in their names.
    ///
    /// # Panics
    /// The database does not tell.
    pub async fn of(database: &Database) -> Self {
        match database {
            Database::Postgres(pool) => Self::of_postgres(pool).await,
            Database::Sqlite(pools) => Self::of_sqlite(&pools.read).await,
        }
    }

    async fn of_postgres(pool: &PgPool) -> Self {
        let columns = "SELECT table_name, column_name, data_type, is_nullable = 'YES' \
                       FROM information_schema.columns \
                       WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'";
        let indexes = "SELECT i.indrelid::regclass::text, i.indisunique, i.indisprimary, \
                       ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) \
                             FROM generate_series(1, i.indnkeyatts) n) FROM pg_index i \
                       JOIN pg_class c ON c.oid = i.indexrelid \
                       JOIN pg_namespace s ON s.oid = c.relnamespace \
                       JOIN pg_am m ON m.oid = c.relam AND m.amname = 'btree' \
                       WHERE s.nspname = 'public' AND i.indrelid::regclass::text <> '_sqlx_migrations'";
        let references = "SELECT r.conrelid::regclass::text, a.attname::text, \
                          r.confrelid::regclass::text FROM pg_constraint r \
                          JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = ANY(r.conkey) \
                          WHERE r.contype = 'f'";
        let mut schema = Self::default();
        for row in sqlx::query(columns).fetch_all(pool).await.unwrap() {
            let column = Column { kind: kept(row.get(2)), nullable: row.get(3) };
            schema.columns.entry(row.get(0)).or_default().insert(row.get(1), column);
        }
        for row in sqlx::query(indexes).fetch_all(pool).await.unwrap() {
            schema.index(row.get(0), row.get(3), row.get(1), row.get(2));
        }
        for row in sqlx::query(references).fetch_all(pool).await.unwrap() {
            schema.references.insert((row.get(0), row.get(1), row.get(2)));
        }
        schema
    }

    async fn of_sqlite(pool: &SqlitePool) -> Self {
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' \
                      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                      AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' \
                      AND name NOT LIKE '%\\_search%' ESCAPE '\\'";
        let mut schema = Self::default();
        for table in sqlx::query(tables).fetch_all(pool).await.unwrap() {
            let table: String = table.get(0);
            let columns =
                "SELECT name, type, \"notnull\" = 0 AND pk = 0, pk FROM pragma_table_info($1)";
            let mut key = BTreeSet::new();
            for row in sqlx::query(columns).bind(&table).fetch_all(pool).await.unwrap() {
                let name: String = row.get(0);
                if row.get::<i64, _>(3) > 0 {
                    key.insert(name.clone());
                }
                let column = Column { kind: row.get(1), nullable: row.get(2) };
                schema.columns.entry(table.clone()).or_default().insert(name, column);
            }
            schema.unique.insert((table.clone(), key));
            let indexes = "SELECT name, \"unique\", origin = 'pk' FROM pragma_index_list($1)";
            for index in sqlx::query(indexes).bind(&table).fetch_all(pool).await.unwrap() {
                let columns = sqlx::query("SELECT name FROM pragma_index_info($1) ORDER BY seqno");
                let columns =
                    columns.bind(index.get::<String, _>(0)).fetch_all(pool).await.unwrap();
                let columns = columns.iter().map(|row| row.get(0)).collect();
                schema.index(table.clone(), columns, index.get(1), index.get(2));
            }
            let references = "SELECT \"from\", \"table\" FROM pragma_foreign_key_list($1)";
            for row in sqlx::query(references).bind(&table).fetch_all(pool).await.unwrap() {
                schema.references.insert((table.clone(), row.get(0), row.get(1)));
            }
        }
        schema
    }

    fn index(&mut self, table: String, columns: Vec<String>, unique: bool, key: bool) {
        if unique {
            self.unique.insert((table.clone(), columns.iter().cloned().collect()));
        }
        // A key that SQLite keeps as the number of the row has no index of its own.
        if !key {
            self.indexes.insert((table, columns));
        }
    }
}

/// How SQLite keeps values of a type of PostgreSQL.
fn kept(kind: &str) -> String {
    let kept = match kind {
        "bigint" | "integer" | "smallint" | "boolean" => "INTEGER",
        "text" | "jsonb" | "timestamp with time zone" => "TEXT",
        "uuid" | "bytea" => "BLOB",
        other => other,
    };
    kept.to_owned()
}
