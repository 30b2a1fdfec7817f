//! CSV files in and out (B-1 to B-4).

use partner_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::Client;

fn counts(body: &Value) -> [u64; 5] {
    ["total", "inserted", "updated", "unchanged", "failed"].map(|name| body[name].as_u64().unwrap())
}

async fn import(client: &Client, query: &str, file: &str) -> Value {
    let answer = client.post_csv(&format!("/partners/import{query}"), file).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[tokio::test]
async fn what_is_exported_is_imported_unchanged() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let full = client
            .partner(json!({
                "code": "A", "name": "=한빛", "roles": ["CUSTOMER", "SUPPLIER"],
                "businessNo": "123-45-67891", "subBusinessNo": "0001",
                "paymentTerms": {"type": "NET_DAYS", "days": 30},
                "creditLimit": {"amount": 5, "currency": "KRW"},
                "addresses": [{"kind": "SHIPPING", "postalCode": "04524", "line1": "서울"}],
                "contacts": [{"name": "김영희", "phone": "-1"}, {"name": "이순신"}]
            }))
            .await;
        let contact = full.body["contacts"][1]["id"].as_str().unwrap();
        let erase = format!("/partners/{}/contacts/{contact}/erase", full.id());
        assert_eq!(client.send("POST", &erase, &[("if-match", "*")], None).await.status, 200);
        let held = client.partner(json!({"code": "B"})).await;
        let hold = format!("/partners/{}/hold", held.id());
        client.send("POST", &hold, &[("if-match", "*")], Some(&json!({"reason": "연체"}))).await;
        let gone = client.partner(json!({"code": "C", "businessNo": "2208162517"})).await;
        client
            .send("DELETE", &format!("/partners/{}", gone.id()), &[("if-match", "*")], None)
            .await;

        let export = client.get("/partners/export?includeDeleted=true").await;
        let file = export.body.as_str().unwrap();
        assert!(file.contains("A,'=한빛,CUSTOMER SUPPLIER,123-45-67891,0001"), "{file}");
        assert!(!file.contains("이순신"), "{file}");
        for query in ["?dryRun=true", ""] {
            assert_eq!(counts(&import(&client, query, file).await), [3, 0, 0, 3, 0], "{file}");
        }
        let customers = client.get("/partners/export?role=SUPPLIER&bom=false").await.body;
        assert_eq!(customers.as_str().unwrap().lines().count(), 2);
    })
    .await;
}

#[tokio::test]
async fn rows_make_and_change_partners() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        client.partner(json!({"code": "A", "phone": "02-1234", "businessNo": "1234567891"})).await;
        let file = "code,name,roles,businessNo,creditLimit\n\
                    a,한빛,CUSTOMER,,1000\n\
                    ,두리,SUPPLIER,123-45-67891,\n\
                    ,세종,CUSTOMER SUPPLIER,,\n";
        assert_eq!(counts(&import(&client, "", file).await), [3, 2, 1, 0, 0]);
        let changed = client.get("/partners/by-code/A").await.body;
        assert_eq!((&changed["phone"], &changed["businessNo"]), (&json!("02-1234"), &Value::Null));
        assert_eq!(changed["creditLimit"], json!({"amount": 1000, "currency": "KRW"}));
        let supplier = client.get("/partners/by-business-no/1234567891").await.body;
        assert_eq!((&supplier["code"], &supplier["name"]), (&json!("S000001"), &json!("두리")));
        assert_eq!(client.get("/partners/by-code/C000001").await.body["name"], "세종");
    })
    .await;
}

#[tokio::test]
async fn wrong_rows_are_told_with_their_lines() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        client
            .partner(json!({"code": "A", "businessNo": "1234567891", "subBusinessNo": "0001"}))
            .await;
        client
            .partner(json!({"code": "B", "businessNo": "1234567891", "subBusinessNo": "0002"}))
            .await;
        let file = "code,name,roles,subBusinessNo,paymentDays\n\
                    B,둘,CUSTOMER,0001,\n\
                    A,하나,SUPPLIER,0001,\n\
                    C,,BANK,,\n\
                    D,넷,CUSTOMER,,30\n\
                    E,다섯,CUSTOMER,,\n";
        let refused = client.post_csv("/partners/import", file).await;
        refused.refused(422, "IMPORT_REFUSED", "businessNo");
        let told: Vec<_> = refused.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["line"].as_u64().unwrap(), one["code"].as_str().unwrap()))
            .collect();
        let expected = [
            (2, "DUPLICATE_CODE"),
            (3, "FORCE_REQUIRED"),
            (4, "REQUIRED"),
            (4, "INVALID_VALUE"),
            (5, "REQUIRED"),
        ];
        assert_eq!(told, expected);
        assert_eq!(client.get("/partners/by-code/E").await.status, 404);
        let skipped = import(&client, "?onError=skip&force=true", file).await;
        assert_eq!(counts(&skipped), [5, 1, 1, 0, 3]);
        let changed = client.get("/partners/by-code/A").await.body;
        assert_eq!(changed["roles"], json!(["SUPPLIER"]));
    })
    .await;
}
