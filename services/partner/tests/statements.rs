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

use client::{Client, partner};
use partner_service::store::migrations;
use serde_json::json;
use service_kit::database::Database;
use test_kit::database::on_each_engine;
use test_kit::statements::{Recorder, are_understood};

/// Where the statements are written; the last is the engine's own.
fn sources(database: &Database) -> [&'static str; 3] {
    [
        "services/partner/src/store",
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
            partners(&client).await;
            lists(&client).await;
            let file =
                "code,name,roles,businessNo\nX-1,두빛,CUSTOMER,\n,세빛,SUPPLIER,220-81-62517\n";
            let taken = client.post_csv("/partners/import?onError=skip", file).await;
            assert_eq!((taken.status, &taken.body["total"]), (200, &json!(2)), "{taken:?}");
            are_understood(&database, &recorder, &sources(&database)).await;
        }
    })
    .await;
}

async fn partners(client: &Client) {
    let contact = json!({"name": "김영희", "phone": "02-1234-5678"});
    let body = partner(json!({"businessNo": "1234567891", "contacts": [contact]}));
    for _ in 0..2 {
        let made = client.send("POST", "/partners", &[("idempotency-key", "p")], Some(&body)).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    assert_eq!(client.post("/partners", &body).await.status, 409);
    let one = client.partner(json!({"code": "X-1"})).await.id();
    let path = format!("/partners/{one}");
    assert_eq!(client.patch(&path, json!({"name": "(주)두빛"})).await.status, 200);
    for path in [
        path.clone(),
        format!("{path}/history"),
        "/partners/by-code/x-1".to_owned(),
        "/partners/by-business-no/1234567891".to_owned(),
        "/partners/by-business-no/1234567891?subBusinessNo=0001".to_owned(),
        format!("/partners/batch?ids={one}"),
    ] {
        assert!([200, 404].contains(&client.get(&path).await.status), "{path}");
    }
    let first = client.get("/partners/by-business-no/1234567891").await.body;
    let (id, contact) =
        (first["id"].as_str().unwrap(), first["contacts"][0]["id"].as_str().unwrap());
    let erase = format!("/partners/{id}/contacts/{contact}/erase");
    let erased = client.send("POST", &erase, &[("if-match", "*")], None).await;
    assert_eq!(erased.status, 200, "{erased:?}");
}

async fn lists(client: &Client) {
    for query in [
        "size=1",
        "includeDeleted=true&role=SUPPLIER",
        "status=ACTIVE&status=ON_HOLD&role=CUSTOMER&businessNo=1234567891",
        "createdFrom=2026-01-01T00:00:00Z&createdTo=2030-01-01T00:00:00Z",
        "updatedFrom=2026-01-01T00:00:00Z&updatedTo=2030-01-01T00:00:00Z&page=3",
        "q=%ED%95%9C%EB%B9%9B%EA%B8%B0%EA%B3%B5%20X&size=1",
    ] {
        let page = client.get(&format!("/partners?{query}")).await;
        assert_eq!(page.status, 200, "{page:?}");
    }
    for sort in ["code,desc", "name,asc&sort=updatedAt,desc"] {
        let first = client.get(&format!("/partners?size=1&cursor=&sort={sort}")).await.body;
        let cursor = first["nextCursor"].as_str().unwrap();
        let next = client.get(&format!("/partners?size=1&sort={sort}&cursor={cursor}")).await;
        assert_eq!(next.status, 200, "{next:?}");
    }
}
