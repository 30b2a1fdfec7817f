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
use partner_service::store::migrations;
use service_kit::database::Database;
use sqlx::AssertSqlSafe;
use test_kit::database::on_each_location;
use test_kit::plan;
use test_kit::statements::{Recorder, tells_plans};

/// Connections of the pool: one, so that every request meets the same warm one.
const CONNECTIONS: u32 = 1;

/// Makes `rows` partners: most of them active customers, some few suppliers, on hold or deleted.
async fn fill(database: &Database, rows: i64) {
    let (numbers, id, at, padded) = match database {
        Database::Postgres(_) => (
            "SELECT generate_series(1, $1) AS n",
            "CAST(lpad(to_hex(n), 32, '0') AS uuid)",
            "TIMESTAMPTZ '2026-01-01T00:00:00Z' + n * INTERVAL '1 second'",
            "lpad(CAST(n AS text), 7, '0')",
        ),
        Database::Sqlite(_) => (
            "SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < $1",
            "unhex(printf('%032x', n))",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', 1767225600 + n, 'unixepoch')",
            "printf('%07d', n)",
        ),
    };
    let insert = format!(
        "WITH RECURSIVE numbers (n) AS ({numbers}), \
         place (p, place) AS (VALUES (0, '한빛'), (1, '두빛'), (2, '새벽'), (3, '가온')), \
         trade (i, trade) AS (VALUES (0, '기공'), (1, '상사'), (2, '전자'), (3, '산업'), (4, '물산'), \
         (5, '정밀'), (6, '화학'), (7, '유통')), \
         made AS (SELECT n, {id} AS id, {at} AS at, 'C-' || {padded} AS code, '888' || {padded} AS number, \
         '(주)' || place || trade || ' ' || (n * 7919 % 9973) AS name FROM numbers \
         JOIN place ON p = (n * 7919 % 10007) % 4 JOIN trade ON i = (n * 7919 % 10007) / 4 % 8) \
         INSERT INTO partner (id, code, name, is_customer, is_supplier, business_no, sub_no, addresses, \
         contacts, terms_type, currency, status, version, created_at, created_by, updated_at, updated_by, \
         name_key, search) \
         SELECT id, code, name, n % 100 <> 0, n % 100 < 2, number, '', '[]', '[]', 1, 'KRW', \
         CASE WHEN n % 1000 = 7 THEN 4 WHEN n % 1000 = 8 THEN 2 WHEN n % 50 = 0 THEN 3 ELSE 1 END, 1, at, \
         'x', at, 'x', lower(name), lower(name || ' ' || code || ' ' || number) FROM made"
    );
    match database {
        Database::Postgres(pool) => {
            sqlx::query(AssertSqlSafe(insert)).bind(rows).execute(pool).await.unwrap();
            sqlx::query("VACUUM ANALYZE partner").execute(pool).await.unwrap();
        }
        Database::Sqlite(pools) => {
            sqlx::query(AssertSqlSafe(insert)).bind(rows).execute(&pools.write).await.unwrap();
        }
    }
}

/// Every sort, every filter, and some of them together.
fn queries() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for field in ["code", "name", "createdAt", "updatedAt"] {
        for direction in ["asc", "desc"] {
            all.push(format!("sort={field},{direction}"));
            all.push(format!("sort={field},{direction}&page=400&count=none"));
        }
    }
    for filter in [
        "status=ACTIVE",
        "status=ON_HOLD&status=DELETED",
        "includeDeleted=true",
        "role=CUSTOMER",
        "role=SUPPLIER",
        "role=SUPPLIER&status=ACTIVE",
        "businessNo=1234567891",
        "createdFrom=2026-01-01T01:00:00Z&createdTo=2026-01-01T01:01:00Z",
        "updatedFrom=2026-01-01T01:00:00Z&updatedTo=2026-01-01T01:01:00Z",
        // Of every row, of some, of one, of none.
        "q=888",
        "q=%ED%95%9C%EB%B9%9B%EA%B8%B0%EA%B3%B5",
        "q=C-0000077",
        "q=nowhere",
        // Beginnings of codes.
        "q=c-",
        "q=zz",
        "q=888&role=SUPPLIER",
    ] {
        all.push(filter.to_owned());
        all.push(format!("{filter}&sort=name,desc"));
        all.push(format!("{filter}&sort=updatedAt,desc"));
    }
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
            fill(&database, plan::rows(200_000)).await;
            let client = Client::of(&database);
            let list = ("/partners", "partner");
            let faults = plan::faults(&client, &database, &recorder, list, &queries()).await;
            database.close().await;
            assert!(faults.is_empty(), "{}:\n{}", database.engine(), faults.join("\n"));
        }
    })
    .await;
}
