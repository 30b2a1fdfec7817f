//! Every list, filter, sort and search is answered from an index, on both engines.
//!
//! The table is filled inside the database. `PLAN_ROWS` says how many rows it has; times are printed
//! for whoever wants to know them: `cargo test --release --test plans -- --nocapture`.

#![expect(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]
#![expect(dead_code, reason = "the client can do more than is asked of it here")]

#[path = "http/client.rs"]
mod client;

use client::Client;
use product_service::store::migrations;
use service_kit::database::Database;
use sqlx::AssertSqlSafe;
use test_kit::database::on_each_location;
use test_kit::plan;
use test_kit::statements::{Recorder, tells_plans};

/// Connections of the pool: one, so that every request meets the same warm one.
const CONNECTIONS: u32 = 1;

/// Makes 200 categories and `rows` products: names of three words, of which each pair is common,
/// most active and counted by the piece, some few discontinued, deleted or by the hour.
async fn fill(database: &Database, rows: i64) {
    let (numbers, at, padded) = match database {
        Database::Postgres(_) => (
            "SELECT generate_series(1, $1) AS n",
            "TIMESTAMPTZ '2026-01-01T00:00:00Z' + n * INTERVAL '1 second'",
            "lpad(CAST(n AS text), 7, '0')",
        ),
        Database::Sqlite(_) => (
            "SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < $1",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', 1767225600 + n, 'unixepoch')",
            "printf('%07d', n)",
        ),
    };
    let uuid = |number: &str| match database {
        Database::Postgres(_) => format!("CAST(lpad(to_hex({number}), 32, '0') AS uuid)"),
        Database::Sqlite(_) => format!("unhex(printf('%032x', {number}))"),
    };
    let (id, category) = (uuid("n"), uuid("n % 200 + 1"));
    let categories = format!(
        "WITH RECURSIVE numbers (n) AS ({numbers}) INSERT INTO category (id, code, name, sort, \
         version, created_at, created_by, updated_at, updated_by) \
         SELECT {id}, 'C' || {padded}, '볼트', n, 1, {at}, 'x', {at}, 'x' FROM numbers"
    );
    let products = format!(
        "WITH RECURSIVE numbers (n) AS ({numbers}), \
         material (m, material) AS (VALUES (0, '스테인리스'), (1, '황동'), (2, '강철'), (3, '나일론')), \
         noun (i, noun) AS (VALUES (0, '육각볼트'), (1, '너트'), (2, '베어링'), (3, '와셔'), (4, '전선'), \
         (5, '장갑'), (6, '드릴'), (7, '테이프')), \
         made AS (SELECT n, {id} AS id, {at} AS at, 'B-' || {padded} AS sku, '880000' || {padded} AS barcode, \
         material || ' ' || noun || ' M' || (n % 50) || 'x' || (n % 997) AS name, \
         (n * 7919) % 2000000 + 500 AS price FROM numbers \
         JOIN material ON m = (n * 7919 % 10007) % 4 JOIN noun ON i = (n * 7919 % 10007) / 4 % 8) \
         INSERT INTO product (id, sku, name, category_id, barcode, uom, quantity_scale, sale_amount, \
         currency, tax_code, stock_tracked, lot_tracked, attributes, status, version, created_at, \
         created_by, updated_at, updated_by, name_key, search, price_key) \
         SELECT id, sku, name, {category}, barcode, \
         CASE WHEN n % 10000 = 17 THEN 13 WHEN n % 100 < 85 THEN 1 ELSE 5 END, 0, price, 'KRW', 1, \
         1 = 1, 1 = 0, '{{}}', \
         CASE WHEN n % 1000 = 7 THEN 4 WHEN n % 1000 = 8 THEN 1 WHEN n % 20 = 0 THEN 3 ELSE 2 END, \
         1, at, 'x', at, 'x', lower(name), lower(name || ' ' || sku || ' ' || barcode), price \
         FROM made"
    );
    match database {
        Database::Postgres(pool) => {
            sqlx::query(AssertSqlSafe(categories)).bind(200_i64).execute(pool).await.unwrap();
            sqlx::query(AssertSqlSafe(products)).bind(rows).execute(pool).await.unwrap();
            sqlx::query("VACUUM ANALYZE product").execute(pool).await.unwrap();
        }
        Database::Sqlite(pools) => {
            let pool = &pools.write;
            sqlx::query(AssertSqlSafe(categories)).bind(200_i64).execute(pool).await.unwrap();
            sqlx::query(AssertSqlSafe(products)).bind(rows).execute(pool).await.unwrap();
        }
    }
}

/// Every sort, every filter, and some of them together.
fn queries() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for field in ["sku", "name", "salePrice", "createdAt", "updatedAt"] {
        for direction in ["asc", "desc"] {
            all.push(format!("sort={field},{direction}"));
            all.push(format!("sort={field},{direction}&page=400&count=none"));
        }
    }
    all.push("sort=name,asc&sort=updatedAt,desc".to_owned());
    let category = |n: u32| format!("categoryId=00000000-0000-0000-0000-{n:012x}");
    let filters = [
        "status=ACTIVE".to_owned(),
        "status=DISCONTINUED".to_owned(),
        "status=DRAFT&status=DELETED".to_owned(),
        "includeDeleted=true".to_owned(),
        category(7),
        format!("{}&{}&subtree=true", category(7), category(8)),
        "sku=B-0000077&sku=B-0000078".to_owned(),
        "barcode=8800000000077".to_owned(),
        "uom=EA".to_owned(),
        "uom=HR".to_owned(),
        "priceFrom=1000&priceTo=1200".to_owned(),
        "priceFrom=1999900".to_owned(),
        "priceTo=600".to_owned(),
        "createdFrom=2026-01-01T01:00:00Z&createdTo=2026-01-01T01:01:00Z".to_owned(),
        "updatedFrom=2026-01-01T01:00:00Z&updatedTo=2026-01-01T01:01:00Z".to_owned(),
        // Of every row, of a third, of some, of one, of none.
        "q=8800".to_owned(),
        "q=%EC%9C%A1%EA%B0%81%EB%B3%BC%ED%8A%B8".to_owned(),
        "q=M49x996".to_owned(),
        "q=B-0000077".to_owned(),
        "q=nowhere".to_owned(),
        // Beginnings of names or numbers.
        "q=%ED%99%A9".to_owned(),
        "q=b-".to_owned(),
        "q=zz".to_owned(),
        "q=%ED%99%A9%EB%8F%99%20M49x".to_owned(),
    ];
    for filter in &filters {
        all.push(filter.clone());
        all.push(format!("{filter}&sort=name,desc"));
        all.push(format!("{filter}&sort=updatedAt,desc"));
    }
    all.push(format!("status=ACTIVE&{}&sort=name,asc", category(9)));
    all.push(format!("q=%ED%99%A9%EB%8F%99&{}", category(9)));
    all.push("status=DRAFT&uom=EA&q=8800".to_owned());
    all
}

#[tokio::test]
async fn every_list_is_answered_from_an_index() {
    let recorder = Recorder::install();
    on_each_location(|location| {
        let recorder = recorder.clone();
        async move {
            tells_plans(&location).await;
            let database = Database::open_at(&location, CONNECTIONS, &migrations()).await.unwrap();
            fill(&database, plan::rows(1_000_000)).await;
            let client = Client::of(&database);
            let list = ("/products", "product");
            let faults = plan::faults(&client, &database, &recorder, list, &queries()).await;
            database.close().await;
            assert!(faults.is_empty(), "{}:\n{}", database.engine(), faults.join("\n"));
        }
    })
    .await;
}
