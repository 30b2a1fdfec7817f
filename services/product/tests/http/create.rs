use product_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::{Client, sellable};

#[tokio::test]
async fn a_product_comes_back_as_it_was_written() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = json!({
            "sku": " abc-1 ", "name": "스테인리스 육각볼트 M8×30", "nameEn": "Hex bolt", "spec": "M8×30",
            "description": "첫째 줄\n둘째 줄", "barcode": "8801234567893", "uom": "KG", "quantityScale": 3,
            "salePrice": {"amount": 1_200, "currency": "KRW"},
            "purchasePrice": {"amount": 800, "currency": "KRW"}, "taxCode": "EXEMPT",
            "stockTracked": true, "lotTracked": true,
            "defaultSupplierId": "01890a5d-ac96-774b-bcce-b302099a8057", "leadTimeDays": 14,
            "attributes": {"재질": "SUS304", "none": null},
        });
        let headers = [("x-user-id", "kim")];
        let made = client.send("POST", "/products", &headers, Some(&body)).await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.id();
        assert_eq!(made.header("location"), format!("/products/{id}"));
        assert_eq!(made.header("etag"), "\"1\"");
        assert_eq!((&made.body["sku"], &made.body["status"]), (&json!("ABC-1"), &json!("ACTIVE")));
        assert_eq!(made.body["attributes"], json!({"재질": "SUS304"}));
        assert_eq!(made.body["createdAt"], "2026-01-01T15:30:00.000000Z");
        assert_eq!((&made.body["createdBy"], &made.body["version"]), (&json!("kim"), &json!(1)));
        for (name, value) in body.as_object().unwrap() {
            if name != "sku" && name != "attributes" {
                assert_eq!(&made.body[name], value, "{name}");
            }
        }
        for path in [
            format!("/products/{id}"),
            "/products/by-sku/abc-1".to_owned(),
            "/products/by-barcode/880-1234-567893".to_owned(),
        ] {
            let read = client.get(&path).await;
            assert_eq!((read.status, &read.body), (200, &made.body), "{path}");
            assert_eq!(read.header("etag"), "\"1\"");
        }
        let path = format!("/products/{id}");
        let known = client.send("GET", &path, &[("if-none-match", "W/\"1\"")], None);
        assert_eq!(known.await.status, 304);
    })
    .await;
}

#[tokio::test]
async fn numbers_are_given_in_series_and_around_those_taken_by_hand() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        assert_eq!(client.product(json!({})).await.body["sku"], "P00000001");
        client.product(json!({"sku": "p00000002"})).await;
        assert_eq!(client.product(json!({"sku": "  "})).await.body["sku"], "P00000003");
    })
    .await;
}

#[tokio::test]
async fn codes_are_taken_once() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        client.product(json!({"sku": "ABC-1", "barcode": "8801234567893"})).await;
        let again = |fields: Value| {
            let (client, body) = (client.clone(), sellable(fields));
            async move { client.post("/products", &body).await }
        };
        again(json!({"sku": "ａｂｃ－1"})).await.refused(409, "DUPLICATE_CODE", "sku");
        again(json!({"barcode": "8801234567893"})).await.refused(409, "DUPLICATE_CODE", "barcode");
        assert_eq!(client.get("/products").await.body["totalElements"], 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_named_and_changes_nothing() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        for (fields, code, field) in [
            (json!({"name": null}), "REQUIRED", "name"),
            (json!({"name": "  "}), "REQUIRED", "name"),
            (json!({"name": "a\u{0}b"}), "CONTROL_CHARACTER", "name"),
            (json!({"name": "x".repeat(201)}), "TOO_LONG", "name"),
            (json!({"description": "x".repeat(4001)}), "TOO_LONG", "description"),
            (json!({"sku": "-ABC"}), "INVALID_CODE", "sku"),
            (json!({"sku": "A".repeat(41)}), "TOO_LONG", "sku"),
            (json!({"barcode": "8801234567890"}), "BARCODE", "barcode"),
            (json!({"uom": "DOZEN"}), "INVALID_VALUE", "uom"),
            (json!({"uom": null}), "REQUIRED", "uom"),
            (json!({"salePrice": null}), "REQUIRED", "salePrice"),
            (
                json!({"salePrice": {"amount": -1, "currency": "KRW"}}),
                "OUT_OF_RANGE",
                "salePrice.amount",
            ),
            (
                json!({"salePrice": {"amount": 1_000_000_000_000_000_i64, "currency": "KRW"}}),
                "OUT_OF_RANGE",
                "salePrice.amount",
            ),
            (
                json!({"salePrice": {"amount": 1.5, "currency": "KRW"}}),
                "INVALID_TYPE",
                "salePrice.amount",
            ),
            (
                json!({"salePrice": {"amount": 1, "currency": "won"}}),
                "INVALID_VALUE",
                "salePrice.currency",
            ),
            (
                json!({"salePrice": {"amount": 1, "currency": "KRW", "vat": 1}}),
                "UNKNOWN_FIELD",
                "salePrice.vat",
            ),
            (
                json!({"purchasePrice": {"amount": 1, "currency": "USD"}}),
                "CURRENCY_MISMATCH",
                "purchasePrice.currency",
            ),
            (json!({"quantityScale": 4}), "OUT_OF_RANGE", "quantityScale"),
            (json!({"leadTimeDays": 366}), "OUT_OF_RANGE", "leadTimeDays"),
            (json!({"taxCode": "NONE"}), "INVALID_VALUE", "taxCode"),
            (json!({"status": "DISCONTINUED"}), "INVALID_VALUE", "status"),
            (
                json!({"categoryId": "01890a5d-ac96-774b-bcce-b302099a8057"}),
                "UNKNOWN_CATEGORY",
                "categoryId",
            ),
            (json!({"categoryId": "x"}), "INVALID_VALUE", "categoryId"),
            (json!({"stockTracked": "yes"}), "INVALID_TYPE", "stockTracked"),
            (json!({"nmae": "x"}), "UNKNOWN_FIELD", "nmae"),
            (json!({"id": "01890a5d-ac96-774b-bcce-b302099a8057"}), "READ_ONLY", "id"),
            (json!({"version": 3}), "READ_ONLY", "version"),
        ] {
            client.post("/products", &sellable(fields)).await.refused(422, code, field);
        }
        let all = client.post("/products", &json!({"name": "", "sku": "!", "uom": "?"})).await;
        assert_eq!(all.body["errors"].as_array().unwrap().len(), 3, "{all:?}");
        assert_eq!(client.get("/products").await.body["totalElements"], 0);
    })
    .await;
}

#[tokio::test]
async fn bodies_that_are_none_are_refused() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let send = |bytes: &[u8], kind: &'static str| {
            let (client, bytes) = (client.clone(), bytes.to_vec());
            async move {
                client.send_bytes("POST", "/products", &[("content-type", kind)], Some(bytes)).await
            }
        };
        let json = "application/json";
        send(b"{\"name\":", json).await.refused(400, "MALFORMED_BODY", "");
        send(b"{\"name\":\"\xff\"}", json).await.refused(400, "MALFORMED_BODY", "");
        send(b"{\"name\":\"a\",\"name\":\"b\"}", json).await.refused(
            422,
            "DUPLICATE_FIELD",
            "name",
        );
        send("[".repeat(100_000).as_bytes(), json).await.refused(400, "MALFORMED_BODY", "");
        send(b"name=x", "application/x-www-form-urlencoded").await.refused(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "",
        );
        send(&vec![b' '; 1024 * 1024 + 1], json).await.refused(413, "BODY_TOO_LARGE", "");
    })
    .await;
}

#[tokio::test]
async fn the_same_request_with_the_same_key_has_one_effect() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = sellable(json!({}));
        let headers = [("idempotency-key", "\"k-1\"")];
        let first = client.send("POST", "/products", &headers, Some(&body)).await;
        let again = client.send("POST", "/products", &headers, Some(&body)).await;
        assert_eq!((again.status, again.id()), (201, first.id()));
        assert_eq!(again.header("idempotency-replayed"), "true");
        let other = sellable(json!({"name": "다른 것"}));
        let reused = client.send("POST", "/products", &headers, Some(&other)).await;
        reused.refused(422, "IDEMPOTENCY_KEY_REUSED", "");
        // Another caller's keys are another's; a mistake is not remembered.
        let mine = [("idempotency-key", "k-1"), ("x-user-id", "lee")];
        assert_ne!(client.send("POST", "/products", &mine, Some(&body)).await.id(), first.id());
        let headers = [("idempotency-key", "k-2")];
        client
            .send("POST", "/products", &headers, Some(&json!({})))
            .await
            .refused(422, "REQUIRED", "name");
        assert_eq!(client.send("POST", "/products", &headers, Some(&body)).await.status, 201);
        assert_eq!(client.get("/products").await.body["totalElements"], 3);
    })
    .await;
}
