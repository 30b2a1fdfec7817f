use product_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::Client;

async fn category(client: &Client, code: &str, parent: Option<&str>) -> String {
    let body = json!({"code": code, "name": code, "parentId": parent});
    let made = client.post("/products/categories", &body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.id()
}

#[tokio::test]
async fn a_tree_of_categories_filters_products() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let root = category(&client, "bolts", None).await;
        let leaf = category(&client, "HEX", Some(&root)).await;
        client.product(json!({"categoryId": root})).await;
        client.product(json!({"categoryId": leaf})).await;
        client.product(json!({})).await;
        let total = |query: String| {
            let client = client.clone();
            async move { client.get(&format!("/products?{query}")).await.body["totalElements"].clone() }
        };
        assert_eq!(total(format!("categoryId={root}")).await, 1);
        assert_eq!(total(format!("categoryId={root}&subtree=true")).await, 2);
        assert_eq!(total(format!("categoryId={leaf}&subtree=true")).await, 1);
        let codes: Vec<Value> = client.get("/products/categories").await.body.as_array().unwrap().iter().map(|one| one["code"].clone()).collect();
        assert_eq!(codes, ["BOLTS", "HEX"]);
    })
    .await;
}

#[tokio::test]
async fn categories_are_changed_and_removed_with_care() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let root = category(&client, "A", None).await;
        let leaf = category(&client, "B", Some(&root)).await;
        let path = format!("/products/categories/{root}");
        let any = [("if-match", "*")];
        let below = json!({"code": "A", "name": "A", "parentId": leaf});
        client.send("PUT", &path, &any, Some(&below)).await.refused(
            422,
            "CATEGORY_CYCLE",
            "parentId",
        );
        let own = json!({"code": "A", "name": "A", "parentId": root});
        client.send("PUT", &path, &any, Some(&own)).await.refused(
            422,
            "CATEGORY_CYCLE",
            "parentId",
        );
        client.send("PUT", &path, &any, Some(&json!({"code": "B", "name": "A"}))).await.refused(
            409,
            "DUPLICATE_CODE",
            "code",
        );
        client.send("PUT", &path, &[], Some(&json!({"code": "A", "name": "A"}))).await.refused(
            428,
            "PRECONDITION_REQUIRED",
            "",
        );
        let renamed = client
            .send(
                "PUT",
                &path,
                &[("if-match", "\"1\"")],
                Some(&json!({"code": "a", "name": "나사"})),
            )
            .await;
        assert_eq!((renamed.status, renamed.header("etag")), (200, "\"2\""));
        client.send("DELETE", &path, &any, None).await.refused(409, "CATEGORY_IN_USE", "");
        client.product(json!({"categoryId": leaf})).await;
        let leaf = format!("/products/categories/{leaf}");
        client.send("DELETE", &leaf, &any, None).await.refused(409, "CATEGORY_IN_USE", "");
        let free = format!("/products/categories/{}", category(&client, "C", None).await);
        client.send("DELETE", &free, &[("if-match", "\"7\"")], None).await.refused(
            412,
            "PRECONDITION_FAILED",
            "",
        );
        for _ in 0..2 {
            assert_eq!(client.send("DELETE", &free, &any, None).await.status, 204);
        }
        client.get(&free).await.refused(404, "NOT_FOUND", "");
    })
    .await;
}

#[tokio::test]
async fn the_tree_has_six_levels() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let mut ids: Vec<String> = Vec::new();
        for level in 1..=6 {
            let id = category(&client, &format!("L{level}"), ids.last().map(String::as_str)).await;
            ids.push(id);
        }
        let seventh = json!({"code": "L7", "name": "x", "parentId": ids[5]});
        client.post("/products/categories", &seventh).await.refused(
            422,
            "CATEGORY_DEPTH",
            "parentId",
        );
        // Moving a subtree counts its height too.
        let top = category(&client, "TOP", None).await;
        let moved = json!({"code": "L1", "name": "x", "parentId": top});
        let path = format!("/products/categories/{}", ids[0]);
        client.send("PUT", &path, &[("if-match", "*")], Some(&moved)).await.refused(
            422,
            "CATEGORY_DEPTH",
            "parentId",
        );
        let path = format!("/products/categories/{}", ids[1]);
        let moved = json!({"code": "L2", "name": "x", "parentId": top});
        assert_eq!(client.send("PUT", &path, &[("if-match", "*")], Some(&moved)).await.status, 200);
    })
    .await;
}
