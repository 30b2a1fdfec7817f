//! The two schemas say the same.

use std::collections::{BTreeMap, BTreeSet};

use product_service::store::migrations;
use service_kit::database::Database;
use sqlx::Row as _;
use test_kit::database::{migrations_folder, on_each_engine};

/// Columns of each table with whether they may be NULL, and the sets of columns that are unique.
type Schema = (BTreeMap<String, BTreeMap<String, bool>>, BTreeSet<(String, BTreeSet<String>)>);

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine| {
        let files = std::fs::read_dir(migrations_folder("product", engine)).unwrap();
        let names: BTreeSet<_> = files.map(|file| file.unwrap().file_name()).collect();
        names
    };
    assert_eq!(names("postgres"), names("sqlite"));
    assert!(!names("sqlite").is_empty());
}

#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let found = parking_lot::Mutex::new(Vec::new());
    on_each_engine(migrations, |database| {
        let found = &found;
        async move {
            let schema = match &database {
                Database::Postgres(pool) => postgres(pool).await,
                Database::Sqlite(pools) => sqlite(&pools.read).await,
            };
            found.lock().push(schema);
        }
    })
    .await;
    let found = found.into_inner();
    assert!(found[0].0.contains_key("product"));
    if let [first, second] = found.as_slice() {
        assert_eq!(first, second);
    }
}

async fn postgres(pool: &sqlx::PgPool) -> Schema {
    let columns = "SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns \
                   WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'";
    let unique = "SELECT i.indrelid::regclass::text, array_agg(a.attname::text) FROM pg_index i \
                  JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
                  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) \
                  WHERE i.indisunique AND n.nspname = 'public' AND c.relname <> '_sqlx_migrations' \
                  GROUP BY i.indexrelid, i.indrelid";
    let mut schema = Schema::default();
    for row in sqlx::query(columns).fetch_all(pool).await.unwrap() {
        schema.0.entry(row.get(0)).or_default().insert(row.get(1), row.get(2));
    }
    for row in sqlx::query(unique).fetch_all(pool).await.unwrap() {
        schema.1.insert((row.get(0), row.get::<Vec<String>, _>(1).into_iter().collect()));
    }
    schema
}

async fn sqlite(pool: &sqlx::SqlitePool) -> Schema {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                  AND name NOT LIKE '_sqlx%' AND name NOT LIKE 'product_search%'";
    let mut schema = Schema::default();
    for table in sqlx::query(tables).fetch_all(pool).await.unwrap() {
        let table: String = table.get(0);
        let columns = "SELECT name, \"notnull\" = 0 AND pk = 0, pk FROM pragma_table_info($1)";
        let mut key = BTreeSet::new();
        for row in sqlx::query(columns).bind(&table).fetch_all(pool).await.unwrap() {
            let name: String = row.get(0);
            if row.get::<i64, _>(2) > 0 {
                key.insert(name.clone());
            }
            schema.0.entry(table.clone()).or_default().insert(name, row.get(1));
        }
        schema.1.insert((table.clone(), key));
        let unique = "SELECT name FROM pragma_index_list($1) WHERE \"unique\"";
        for index in sqlx::query(unique).bind(&table).fetch_all(pool).await.unwrap() {
            let index: String = index.get(0);
            let columns = sqlx::query("SELECT name FROM pragma_index_info($1)").bind(&index);
            let columns = columns.fetch_all(pool).await.unwrap();
            schema.1.insert((table.clone(), columns.iter().map(|row| row.get(0)).collect()));
        }
    }
    schema
}
