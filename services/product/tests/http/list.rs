use std::collections::BTreeSet;

use product_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::Client;

fn skus(body: &Value) -> Vec<String> {
    let content = body["content"].as_array().unwrap();
    content.iter().map(|product| product["sku"].as_str().unwrap().to_owned()).collect()
}

async fn with_products(client: &Client, count: u32) {
    for n in 0..count {
        client.clock.advance(std::time::Duration::from_millis(7));
        let price = json!({"amount": i64::from(n * 37 % 10), "currency": "KRW"});
        let name = ["나사", "너트", "볼트"][usize::try_from(n % 3).unwrap()];
        client.product(json!({"sku": format!("S{n:03}"), "name": name, "salePrice": price})).await;
    }
}

#[tokio::test]
async fn pages_by_number_have_springs_shape() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        with_products(&client, 25).await;
        let first = client.get("/products").await.body;
        assert_eq!(skus(&first)[..2], ["S000", "S001"]);
        assert_eq!(
            (&first["totalElements"], &first["totalPages"], &first["size"]),
            (&json!(25), &json!(2), &json!(20))
        );
        assert_eq!(
            first["page"],
            json!({"size": 20, "number": 0, "totalElements": 25, "totalPages": 2})
        );
        let last = client.get("/products?page=1&sort=sku,desc").await.body;
        assert_eq!(skus(&last), ["S004", "S003", "S002", "S001", "S000"]);
        assert_eq!(
            (&last["last"], &last["first"], &last["numberOfElements"]),
            (&json!(true), &json!(false), &json!(5))
        );
        let behind = client.get("/products?page=9").await.body;
        assert_eq!((&behind["empty"], &behind["totalElements"]), (&json!(true), &json!(25)));
        let slice = client.get("/products?count=none&size=3").await.body;
        assert!(slice.get("totalElements").is_none() && slice["last"] == false);
    })
    .await;
}

#[tokio::test]
async fn a_walk_by_cursor_meets_every_row_once_in_any_order() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        with_products(&client, 40).await;
        for sort in [
            "sku,asc",
            "name,desc",
            "salePrice,asc",
            "createdAt,desc",
            "updatedAt,asc",
            "name,asc&sort=salePrice,desc",
        ] {
            let mut seen = Vec::new();
            let mut cursor = String::new();
            loop {
                let page =
                    client.get(&format!("/products?size=7&sort={sort}&cursor={cursor}")).await;
                assert_eq!(page.status, 200, "{page:?}");
                seen.extend(skus(&page.body));
                // Rows that come meanwhile may or may not be met; those that were there are.
                if seen.len() == 14 {
                    client.product(json!({})).await;
                }
                match page.body["nextCursor"].as_str() {
                    Some(next) => cursor = next.to_owned(),
                    None => break,
                }
                assert_eq!(page.body["last"], false);
            }
            let unique: BTreeSet<_> = seen.iter().filter(|sku| sku.starts_with('S')).collect();
            assert_eq!(unique.len(), 40, "{sort}");
            assert_eq!(seen.len(), seen.iter().collect::<BTreeSet<_>>().len(), "{sort}");
        }
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_and_typos_are_refused() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        with_products(&client, 12).await;
        client
            .product(json!({"sku": "FREE", "salePrice": null, "status": "DRAFT", "uom": "M"}))
            .await;
        client.product(json!({"sku": "KG-1", "uom": "KG", "barcode": "8801234567893"})).await;
        for (query, expected) in [
            ("sku=s001&sku=S002", 2),
            ("barcode=8801234567893", 1),
            ("uom=KG", 1),
            ("uom=KG&uom=EA", 13),
            ("status=ACTIVE", 13),
            ("status=DRAFT", 1),
            ("priceFrom=9", 2),
            ("priceFrom=3&priceTo=4", 2),
            ("priceFrom=-5", 13),
            ("priceTo=-1", 0),
            ("createdFrom=2026-01-01T15:30:00.021Z&createdTo=2026-01-01T15:30:00.035Z", 2),
            ("updatedTo=2026-01-01T15:30:00.007Z", 0),
        ] {
            let body = client.get(&format!("/products?{query}")).await.body;
            assert_eq!(body["totalElements"], expected, "{query}");
        }
        for (query, code) in [
            ("statsu=ACTIVE", "UNKNOWN_PARAMETER"),
            ("status=SOLD", "INVALID_PARAMETER"),
            ("size=0", "INVALID_PARAMETER"),
            ("page=-1", "INVALID_PARAMETER"),
            ("sort=weight", "INVALID_PARAMETER"),
            ("priceFrom=cheap", "INVALID_PARAMETER"),
            ("updatedFrom=yesterday", "INVALID_PARAMETER"),
            ("cursor=abc", "INVALID_PARAMETER"),
            ("page=1000", "USE_CURSOR"),
            ("q=%ff", "MALFORMED_QUERY"),
        ] {
            client.get(&format!("/products?{query}")).await.refused(400, code, "");
        }
        let other = client.get("/products?size=3&cursor=").await.body["nextCursor"].clone();
        let wrong = client
            .get(&format!("/products?size=3&uom=EA&cursor={}", other.as_str().unwrap()))
            .await;
        wrong.refused(400, "INVALID_PARAMETER", "cursor");
    })
    .await;
}

#[tokio::test]
async fn a_batch_keeps_the_order_of_the_request() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let (a, b) = (client.product(json!({})).await.id(), client.product(json!({})).await.id());
        let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
        let batch = client.get(&format!("/products/batch?ids={b},{nobody}&ids={a}")).await.body;
        let ids: Vec<_> = batch["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, [b.as_str(), a.as_str()]);
        assert_eq!(batch["missing"], json!([nobody]));
        let many = vec![nobody; 201].join(",");
        client.get(&format!("/products/batch?ids={many}")).await.refused(
            400,
            "INVALID_PARAMETER",
            "ids",
        );
        client.get("/products/batch?ids=7").await.refused(400, "INVALID_PARAMETER", "ids");
        assert_eq!(client.get("/products/batch").await.body["content"], json!([]));
        assert_eq!(client.get("/products/uoms").await.body.as_array().unwrap().len(), 13);
    })
    .await;
}
