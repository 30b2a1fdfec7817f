use partner_service::store::migrations;
use serde_json::json;
use test_kit::database::on_each_engine;

use super::client::{Client, NOBODY};

#[tokio::test]
async fn a_partner_is_read_by_id_code_and_business_number() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.partner(json!({"code": "HB-1", "businessNo": "123-45-67891"})).await;
        let id = made.id();
        for path in [
            format!("/partners/{id}"),
            "/partners/by-code/hb-1".to_owned(),
            "/partners/by-business-no/123-45-67891".to_owned(),
            "/partners/by-business-no/1234567891".to_owned(),
        ] {
            let read = client.get(&path).await;
            assert_eq!((read.status, &read.body), (200, &made.body), "{path}");
            assert_eq!(read.header("etag"), "\"1\"");
            let known = client.send("GET", &path, &[("if-none-match", "W/\"1\"")], None).await;
            assert_eq!((known.status, known.header("etag")), (304, "\"1\""), "{path}");
            let bad = client.send("GET", &path, &[("if-none-match", "1")], None).await;
            bad.refused(400, "MALFORMED_HEADER", "");
        }
        for path in [
            format!("/partners/{NOBODY}"),
            format!("/partners/{NOBODY}/history"),
            "/partners/by-code/HB-2".to_owned(),
            "/partners/by-code/%21".to_owned(),
            "/partners/by-business-no/2222222227".to_owned(),
            "/partners/by-business-no/1234567890".to_owned(),
            "/partners/by-business-no/1234567891?subBusinessNo=0001".to_owned(),
        ] {
            client.get(&path).await.refused(404, "NOT_FOUND", "");
        }
        client.get("/partners/7").await.refused(400, "INVALID_PARAMETER", "id");
        client.get("/partners/7/history").await.refused(400, "INVALID_PARAMETER", "id");
        let typo = client.get("/partners/by-business-no/1234567891?branch=1").await;
        typo.refused(400, "UNKNOWN_PARAMETER", "branch");
    })
    .await;
}

#[tokio::test]
async fn branches_share_a_business_number() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let branch = |number: &'static str| {
            let client = client.clone();
            async move {
                let fields = json!({"businessNo": "1234567891", "subBusinessNo": number});
                client.partner(fields).await.id()
            }
        };
        let (second, first) = (branch("0002").await, branch("0001").await);
        let found = |query: &'static str| {
            let client = client.clone();
            async move { client.get(&format!("/partners/by-business-no/1234567891{query}")).await.id() }
        };
        assert_eq!(found("").await, first);
        assert_eq!(found("?subBusinessNo=0002").await, second);
        let whole = client.partner(json!({"businessNo": "1234567891"})).await.id();
        assert_eq!(found("").await, whole);
        // Who is deleted is not found by number, but still by code and id.
        let path = format!("/partners/{whole}");
        client.send("DELETE", &path, &[("if-match", "*")], None).await;
        assert_eq!(found("").await, first);
        let deleted = client.get(&path).await;
        let by_code = format!("/partners/by-code/{}", deleted.body["code"].as_str().unwrap());
        assert_eq!(client.get(&by_code).await.body, deleted.body);
        assert_eq!(deleted.body["status"], "DELETED");
    })
    .await;
}

#[tokio::test]
async fn a_batch_keeps_the_order_of_the_request() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let (a, b) = (client.partner(json!({})).await.id(), client.partner(json!({})).await.id());
        let batch = client.get(&format!("/partners/batch?ids={b},{NOBODY}&ids={a}")).await.body;
        let ids: Vec<_> =
            batch["content"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [json!(b), json!(a)]);
        assert_eq!(batch["missing"], json!([NOBODY]));
        assert_eq!(client.get("/partners/batch").await.body["content"], json!([]));
        client.get("/partners/batch?ids=7").await.refused(400, "INVALID_PARAMETER", "ids");
        let many = vec![a.as_str(); 201].join(",");
        let many = client.get(&format!("/partners/batch?ids={many}")).await;
        many.refused(400, "INVALID_PARAMETER", "ids");
        client.get("/partners/batch?id=7").await.refused(400, "UNKNOWN_PARAMETER", "id");
    })
    .await;
}

/// C-3: what an order service must know to refuse a customer is in every answer about it.
#[tokio::test]
async fn who_may_not_order_is_told_wherever_it_is_read() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let held = client.partner(json!({"code": "HELD"})).await.id();
        let hold = json!({"reason": "90일 넘은 미수금"});
        client.post(&format!("/partners/{held}/hold"), &hold).await;
        let supplier = client.partner(json!({"roles": ["SUPPLIER"]})).await.id();
        let batch = client.get(&format!("/partners/batch?ids={held},{supplier}")).await.body;
        assert_eq!(batch["content"][0]["status"], "ON_HOLD");
        assert_eq!(batch["content"][0]["holdReason"], hold["reason"]);
        assert_eq!(batch["content"][1]["roles"], json!(["SUPPLIER"]));
        for path in [format!("/partners/{held}"), "/partners/by-code/held".to_owned()] {
            assert_eq!(client.get(&path).await.body["status"], "ON_HOLD", "{path}");
        }
    })
    .await;
}
