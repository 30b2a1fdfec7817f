//! CSV files in and out (B-1 to B-4).

use product_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::Client;

/// The same rows in each encoding, made with a spreadsheet.
const KOREAN: &[u8] = include_bytes!("files/korean.euc-kr.csv");
const UNICODE: &[u8] = include_bytes!("files/korean.utf-8.csv");

fn counts(body: &Value) -> [u64; 5] {
    ["total", "inserted", "updated", "unchanged", "failed"].map(|name| body[name].as_u64().unwrap())
}

async fn import(client: &Client, query: &str, file: &str) -> Value {
    let answer = client.post_csv(&format!("/products/import{query}"), file).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn total(client: &Client) -> u64 {
    client.get("/products?includeDeleted=true").await.body["totalElements"].as_u64().unwrap()
}

#[tokio::test]
async fn every_encoding_gives_the_same_products() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let first = client.post_csv("/products/import", KOREAN).await.body;
        assert_eq!(counts(&first), [3, 3, 0, 0, 0], "{first}");
        let bolt = client.get("/products/by-sku/BOLT-M8").await.body;
        assert_eq!((&bolt["name"], &bolt["spec"]), (&json!("육각볼트"), &json!("M8×30, 스텐")));
        assert_eq!(bolt["salePrice"], json!({"amount": 1200, "currency": "KRW"}));
        let marked = [b"\xef\xbb\xbf", UNICODE].concat();
        for file in [UNICODE, &marked] {
            let again = client.post_csv("/products/import", file).await.body;
            assert_eq!(counts(&again), [3, 0, 0, 3, 0], "{again}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_exported_is_imported_unchanged() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        client.post("/products/categories", &json!({"code": "BOLT", "name": "볼트"})).await;
        let category = client.get("/products/categories").await.body[0]["id"].clone();
        client
            .product(json!({
                "sku": "A", "name": "=1+1", "spec": "-5, \"x\"", "description": "two\nlines",
                "categoryId": category, "barcode": "8801234567893", "quantityScale": 3,
                "purchasePrice": {"amount": 5, "currency": "KRW"}, "attributes": {"색": "은"},
                "leadTimeDays": 7, "taxCode": "ZERO_RATED", "lotTracked": true
            }))
            .await;
        client.product(json!({"sku": "B", "nameEn": "'quoted"})).await;
        let draft = json!({"sku": "C", "name": "draft", "status": "DRAFT"});
        client.post("/products", &draft).await;
        let gone = client.product(json!({"sku": "D"})).await;
        client
            .send("DELETE", &format!("/products/{}", gone.id()), &[("if-match", "*")], None)
            .await;

        let export = client.get("/products/export?includeDeleted=true").await;
        assert_eq!(export.header("content-type"), "text/csv; charset=utf-8");
        let file = export.body.as_str().unwrap();
        assert!(file.starts_with("\u{feff}sku,name,"), "{file}");
        assert!(file.contains("A,'=1+1,,\"'-5, \"\"x\"\"\""), "{file}");
        for query in ["?dryRun=true", ""] {
            assert_eq!(counts(&import(&client, query, file).await), [4, 0, 0, 4, 0]);
        }
        let some = client.get("/products/export?q=draft&bom=false&status=DRAFT").await;
        let some = some.body.as_str().unwrap();
        assert!(some.starts_with("sku,") && some.lines().count() == 2, "{some}");
        client.get("/products/export?page=1").await.refused(400, "UNKNOWN_PARAMETER", "page");
    })
    .await;
}

#[tokio::test]
async fn a_file_changes_what_it_names_and_nothing_else() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.product(json!({"sku": "A", "spec": "old", "barcode": "96385074"})).await;
        client.clock.advance(std::time::Duration::from_secs(60));
        let file =
            "sku,name,uom,salePrice,barcode\r\na,새 이름,EA,1500,\r\n,시리즈,BOX,70,96385074\r\n";
        let send = client.send_bytes(
            "POST",
            "/products/import",
            &[("content-type", "text/csv"), ("x-user-id", "김영희")],
            Some(file.into()),
        );
        assert_eq!(counts(&send.await.body), [2, 1, 1, 0, 0]);
        let changed = client.get(&format!("/products/{}", made.id())).await.body;
        assert_eq!((&changed["name"], &changed["spec"]), (&json!("새 이름"), &json!("old")));
        assert_eq!((&changed["version"], &changed["updatedBy"]), (&json!(2), &json!("김영희")));
        let history = client.get(&format!("/products/{}/history", made.id())).await.body;
        let newest = &history["content"][0];
        assert_eq!((&newest["action"], &newest["actor"]), (&json!("UPDATE"), &json!("김영희")));
        assert_eq!(newest["changes"]["barcode"], json!(["96385074", null]));
        let prices = client.get(&format!("/products/{}/prices", made.id())).await.body;
        assert_eq!(prices["content"].as_array().unwrap().len(), 2);
        let series = client.get("/products/by-barcode/96385074").await.body;
        assert_eq!((&series["sku"], &series["name"]), (&json!("P00000001"), &json!("시리즈")));
    })
    .await;
}

#[tokio::test]
async fn wrong_rows_stop_all_or_are_left_out() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        client.product(json!({"sku": "OLD", "barcode": "96385074"})).await;
        let file = "sku,name,uom,salePrice,barcode,version\n\
                    GOOD,좋음,EA,1,,\n\
                    BAD,나쁨,KILO,1,,\n\
                    FREE,값 없음,EA,,,\n\
                    HALF,반,EA,1.5,,\n\
                    good,다시,EA,1,,\n\
                    SAME,같은 바코드,EA,1,96385074,\n\
                    OLD,늦음,EA,1,96385074,7\n\
                    SHORT,짧음\n";
        let refused = client.post_csv("/products/import", file).await;
        refused.refused(422, "IMPORT_REFUSED", "uom");
        let told: Vec<_> = refused.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["line"].as_u64().unwrap(), one["code"].as_str().unwrap()))
            .collect();
        let expected = [
            (3, "INVALID_VALUE"),
            (4, "REQUIRED"),
            (5, "INVALID_TYPE"),
            (6, "DUPLICATE_ROW"),
            (7, "DUPLICATE_CODE"),
            (8, "STALE_VERSION"),
            (9, "CSV"),
        ];
        assert_eq!(told, expected);
        assert_eq!((total(&client).await, counts(&refused.body)), (1, [8, 0, 0, 0, 7]));
        let dry = import(&client, "?onError=skip&dryRun=true", file).await;
        assert_eq!((total(&client).await, counts(&dry)), (1, [8, 1, 0, 0, 7]));
        let skipped = import(&client, "?onError=skip", file).await;
        assert_eq!((total(&client).await, counts(&skipped)), (2, [8, 1, 0, 0, 7]));
        let inserted = client.post_csv("/products/import?mode=insert", "sku,name\nGOOD,x\n").await;
        inserted.refused(422, "IMPORT_REFUSED", "sku");
    })
    .await;
}

#[tokio::test]
async fn what_is_no_file_of_products_is_refused() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let file = client.post_csv("/products/import", "sku,nmae\nA,b\n").await;
        file.refused(422, "UNKNOWN_COLUMN", "nmae");
        client.post_csv("/products/import", "").await.refused(422, "CSV", "");
        client.post_csv("/products/import?charset=utf-7", "a\n").await.refused(
            400,
            "UNKNOWN_CHARSET",
            "",
        );
        let json = client.send("POST", "/products/import", &[], Some(&json!([]))).await;
        json.refused(415, "UNSUPPORTED_MEDIA_TYPE", "");
        let wrong = [b"sku,name\nA,\xff\n".as_slice()].concat();
        let wrong = client.post_csv("/products/import?charset=utf-8", wrong).await;
        wrong.refused(422, "IMPORT_REFUSED", "name");
        assert_eq!(total(&client).await, 0);
    })
    .await;
}

#[tokio::test]
async fn thousands_of_rows_arrive_in_slices() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let rows: String = (0..4_500).map(|at| format!("S-{at},품목 {at},EA,{at}\n")).collect();
        let file = format!("sku,name,uom,salePrice\n{rows}");
        for (query, expected) in [
            ("?onError=skip", [4_500, 4_500, 0, 0, 0]),
            ("?onError=abort", [4_500, 0, 0, 4_500, 0]),
        ] {
            assert_eq!(counts(&import(&client, query, &file).await), expected, "{query}");
        }
        let export = client.get("/products/export").await;
        assert_eq!(export.body.as_str().unwrap().lines().count(), 4_501);
    })
    .await;
}
