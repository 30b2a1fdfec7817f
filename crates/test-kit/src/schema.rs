//! What tables a database has, told alike for both engines.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use service_kit::database::Database;
use sqlx::{PgPool, Row as _, SqlitePool};

/// Tables of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Columns of each table with whether they may be NULL.
    pub columns: BTreeMap<String, BTreeMap<String, bool>>,
    /// Sets of columns that are unique.
    pub unique: BTreeSet<(String, BTreeSet<String>)>,
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
        let columns = "SELECT table_name, column_name, is_nullable = 'YES' \
                       FROM information_schema.columns \
                       WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'";
        let unique = "SELECT i.indrelid::regclass::text, array_agg(a.attname::text) FROM pg_index i \
                      JOIN pg_class c ON c.oid = i.indrelid \
                      JOIN pg_namespace n ON n.oid = c.relnamespace \
                      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) \
                      WHERE i.indisunique AND n.nspname = 'public' \
                      AND c.relname <> '_sqlx_migrations' GROUP BY i.indexrelid, i.indrelid";
        let mut schema = Self::default();
        for row in sqlx::query(columns).fetch_all(pool).await.unwrap() {
            schema.columns.entry(row.get(0)).or_default().insert(row.get(1), row.get(2));
        }
        for row in sqlx::query(unique).fetch_all(pool).await.unwrap() {
            let columns = row.get::<Vec<String>, _>(1);
            schema.unique.insert((row.get(0), columns.into_iter().collect()));
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
            let columns = "SELECT name, \"notnull\" = 0 AND pk = 0, pk FROM pragma_table_info($1)";
            let mut key = BTreeSet::new();
            for row in sqlx::query(columns).bind(&table).fetch_all(pool).await.unwrap() {
                let name: String = row.get(0);
                if row.get::<i64, _>(2) > 0 {
                    key.insert(name.clone());
                }
                schema.columns.entry(table.clone()).or_default().insert(name, row.get(1));
            }
            schema.unique.insert((table.clone(), key));
            let unique = "SELECT name FROM pragma_index_list($1) WHERE \"unique\"";
            for index in sqlx::query(unique).bind(&table).fetch_all(pool).await.unwrap() {
                let columns = sqlx::query("SELECT name FROM pragma_index_info($1)");
                let columns =
                    columns.bind(index.get::<String, _>(0)).fetch_all(pool).await.unwrap();
                let columns = columns.iter().map(|row| row.get(0)).collect();
                schema.unique.insert((table.clone(), columns));
            }
        }
        schema
    }
}
