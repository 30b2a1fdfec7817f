//! Every statement of the service is asked for, and understood, on both engines.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on has failed; made-up JSON is passed where it is made"
)]
#![expect(dead_code, reason = "the client can do more than is asked of it here")]

#[path = "http/client.rs"]
mod client;

use client::{Client, sellable};
use product_service::store::migrations;
use serde_json::json;
use service_kit::database::Database;
use test_kit::database::on_each_engine;
use test_kit::statements::{Recorder, are_understood};

/// Where the statements are written; the last is the engine's own.
fn sources(database: &Database) -> [&'static str; 3] {
    [
        "services/product/src/store",
        "crates/service-kit/src/store/statements",
        match database {
            Database::Postgres(_) => "crates/service-kit/src/store/postgres.rs",
            Database::Sqlite(_) => "crates/service-kit/src/store/sqlite.rs",
        },
    ]
}

#[tokio::test]
async fn both_engines_understand_every_statement() {
    let recorder = Recorder::install();
    on_each_engine(migrations, |database| {
        let recorder = recorder.clone();
        async move {
            drop(recorder.statements());
            let client = Client::of(&database);
            categories(&client).await;
            products(&client).await;
            lists(&client).await;
            let file = "sku,name,barcode,uom,salePrice,currency\n\
                        X-1,너트,,EA,7,KRW\nX-2,너트,8801234567909,EA,7,KRW\n,너트,,EA,7,KRW\n";
            let taken = client.post_csv("/products/import?onError=skip", file).await;
            assert_eq!((taken.status, &taken.body["total"]), (200, &json!(3)), "{taken:?}");
            // Nothing here needs the file rewritten; who does asks for it by name.
            scrub(&database).await;
            are_understood(&database, &recorder, &sources(&database)).await;
        }
    })
    .await;
}

async fn scrub(database: &Database) {
    match database {
        Database::Postgres(pool) => service_kit::store::postgres::scrub(pool).await.unwrap(),
        Database::Sqlite(pools) => {
            service_kit::store::sqlite::scrub(&pools.write).await.unwrap();
        }
    }
}

async fn categories(client: &Client) {
    let path = "/products/categories";
    let key = [("idempotency-key", "c-1")];
    for _ in 0..2 {
        let made = client.send("POST", path, &key, Some(&json!({"code": "A", "name": "a"}))).await;
        assert_eq!(made.status, 201);
    }
    let parent = client.get(path).await.body[0]["id"].clone();
    let child = json!({"code": "B", "name": "b", "parentId": parent});
    let child = client.post(path, &child).await.id();
    let own = format!("{path}/{child}");
    let put = client.send("PUT", &own, &[("if-match", "\"1\"")], None);
    assert_eq!(put.await.status, 415);
    let changed = json!({"code": "B", "name": "c", "parentId": parent});
    let put = client.send("PUT", &own, &[("if-match", "\"1\"")], Some(&changed)).await;
    assert_eq!(put.status, 200);
    assert_eq!(client.get(&own).await.status, 200);
    assert_eq!(client.send("DELETE", &own, &[("if-match", "\"2\"")], None).await.status, 204);
}

async fn products(client: &Client) {
    let category = client.get("/products/categories").await.body[0]["id"].clone();
    let body = sellable(json!({"categoryId": category, "barcode": "8801234567893"}));
    for _ in 0..2 {
        let made = client.send("POST", "/products", &[("idempotency-key", "p")], Some(&body)).await;
        assert_eq!(made.status, 201);
    }
    let one = client.product(json!({"sku": "X-1"})).await.id();
    assert_eq!(client.post("/products", &sellable(json!({"sku": "X-1"}))).await.status, 409);
    let path = format!("/products/{one}");
    let price = json!({"salePrice": {"amount": 7, "currency": "KRW"}, "version": 1});
    assert_eq!(client.send("PATCH", &path, &[], Some(&price)).await.status, 200);
    for path in [
        path.clone(),
        format!("{path}/history"),
        format!("{path}/prices"),
        format!("{path}/prices?at=2030-01-01T00:00:00Z"),
        "/products/by-sku/x-1".to_owned(),
        "/products/by-barcode/8801234567893".to_owned(),
        format!("/products/batch?ids={one}"),
    ] {
        assert_eq!(client.get(&path).await.status, 200, "{path}");
    }
    let draft = client.product(json!({"status": "DRAFT"})).await.id();
    let purged = client
        .send("DELETE", &format!("/products/{draft}?purge=true"), &[("if-match", "*")], None)
        .await;
    assert_eq!(purged.status, 204);
}

async fn lists(client: &Client) {
    let category = client.get("/products/categories").await.body[0]["id"].clone();
    let category = category.as_str().unwrap();
    for query in [
        "size=1".to_owned(),
        "includeDeleted=true".to_owned(),
        "status=ACTIVE&status=DRAFT&sku=a&barcode=8801234567893&uom=EA".to_owned(),
        format!("categoryId={category}&subtree=true&priceFrom=1&priceTo=9&size=1"),
        "createdFrom=2026-01-01T00:00:00Z&createdTo=2030-01-01T00:00:00Z".to_owned(),
        "updatedFrom=2026-01-01T00:00:00Z&updatedTo=2030-01-01T00:00:00Z&page=3".to_owned(),
        "q=%EC%9C%A1%EA%B0%81%EB%B3%BC%ED%8A%B8%20X&size=1".to_owned(),
    ] {
        let page = client.get(&format!("/products?{query}")).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
    for sort in ["sku,desc", "name,asc&sort=updatedAt,desc"] {
        let first = client.get(&format!("/products?size=1&cursor=&sort={sort}")).await.body;
        let cursor = first["nextCursor"].as_str().unwrap();
        let next = client.get(&format!("/products?size=1&sort={sort}&cursor={cursor}")).await;
        assert_eq!(next.status, 200, "{next:?}");
    }
}
