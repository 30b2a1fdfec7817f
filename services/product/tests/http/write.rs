use product_service::store::migrations;
use serde_json::json;
use test_kit::database::on_each_engine;

use super::client::Client;

#[tokio::test]
async fn a_write_says_which_version_it_changes() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.product(json!({})).await;
        let path = format!("/products/{}", made.id());
        let mut body = made.body.clone();
        body["name"] = json!("너트");
        // The whole resource as it was read, as clients of Spring's CRUD send it.
        let put = client.send("PUT", &path, &[("if-match", "\"1\"")], Some(&body)).await;
        assert_eq!((put.status, put.header("etag")), (200, "\"2\""), "{put:?}");
        assert_eq!(put.body["name"], "너트");

        client.send("PUT", &path, &[("if-match", "\"1\"")], Some(&put.body)).await.refused(
            412,
            "PRECONDITION_FAILED",
            "",
        );
        client.send("PUT", &path, &[], Some(&body)).await.refused(409, "STALE_VERSION", "");
        body.as_object_mut().unwrap().remove("version");
        client.send("PUT", &path, &[], Some(&body)).await.refused(428, "PRECONDITION_REQUIRED", "");
        client.send("PUT", &path, &[("if-match", "2")], Some(&body)).await.refused(
            400,
            "MALFORMED_HEADER",
            "",
        );
        let unchanged = client.send("PUT", &path, &[("if-match", "*")], Some(&put.body)).await;
        assert_eq!(unchanged.body["version"], 2, "nothing differs: no new version");
        let nobody = "/products/01890a5d-ac96-774b-bcce-b302099a8057";
        client.send("PUT", nobody, &[("if-match", "*")], Some(&body)).await.refused(
            404,
            "NOT_FOUND",
            "",
        );
        client.send("PUT", "/products/7", &[("if-match", "*")], Some(&body)).await.refused(
            400,
            "INVALID_PARAMETER",
            "id",
        );
    })
    .await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.product(json!({"spec": "M8", "attributes": {"a": "1", "b": "2"}})).await;
        let path = format!("/products/{}", made.id());
        let kind = ("content-type", "application/merge-patch+json");
        let patch = json!({"spec": null, "attributes": {"b": null, "c": "3"}, "version": 1});
        let patched = client.send("PATCH", &path, &[kind], Some(&patch)).await;
        assert_eq!(patched.status, 200, "{patched:?}");
        assert_eq!(patched.body["spec"], json!(null));
        assert_eq!(patched.body["attributes"], json!({"a": "1", "c": "3"}));
        assert_eq!(patched.body["name"], made.body["name"]);
        let typo = json!({"spce": "M8", "version": 2});
        client.send("PATCH", &path, &[kind], Some(&typo)).await.refused(
            422,
            "UNKNOWN_FIELD",
            "spce",
        );
        let status = json!({"status": "DELETED", "version": 2});
        client.send("PATCH", &path, &[kind], Some(&status)).await.refused(
            422,
            "READ_ONLY",
            "status",
        );
        let name = json!({"name": null, "version": 2});
        client.send("PATCH", &path, &[kind], Some(&name)).await.refused(422, "REQUIRED", "name");
        let array = json!({"attributes": "x", "version": 2});
        client.send("PATCH", &path, &[kind], Some(&array)).await.refused(
            422,
            "INVALID_TYPE",
            "attributes",
        );
    })
    .await;
}

#[tokio::test]
async fn units_are_frozen_once_active() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let active = client.product(json!({})).await;
        let path = format!("/products/{}", active.id());
        let any = [("if-match", "*")];
        client.send("PATCH", &path, &any, Some(&json!({"uom": "BOX"}))).await.refused(
            409,
            "UOM_FROZEN",
            "uom",
        );
        client.send("PATCH", &path, &any, Some(&json!({"quantityScale": 2}))).await.refused(
            409,
            "UOM_FROZEN",
            "quantityScale",
        );
        client.send("PATCH", &path, &any, Some(&json!({"lotTracked": true}))).await.refused(
            409,
            "STOCK_TRACKING_FROZEN",
            "lotTracked",
        );
        let draft = client.product(json!({"status": "DRAFT"})).await;
        let path = format!("/products/{}", draft.id());
        let free = client
            .send("PATCH", &path, &any, Some(&json!({"uom": "BOX", "quantityScale": 2})))
            .await;
        assert_eq!((free.status, &free.body["uom"]), (200, &json!("BOX")));
    })
    .await;
}

#[tokio::test]
async fn every_write_is_in_the_history_and_replaying_it_gives_the_product() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client
            .send(
                "POST",
                "/products",
                &[("x-user-id", "kim")],
                Some(&super::client::sellable(json!({"spec": "M8"}))),
            )
            .await;
        let path = format!("/products/{}", made.id());
        for (user, patch) in
            [("lee", json!({"spec": "M10"})), ("park", json!({"spec": null, "name": "와셔"}))]
        {
            client.clock.advance(std::time::Duration::from_secs(60));
            let headers = [("if-match", "*"), ("x-user-id", user)];
            client.send("PATCH", &path, &headers, Some(&patch)).await;
        }
        client.send("POST", &format!("{path}/discontinue"), &[], None).await;
        let history = client.get(&format!("{path}/history")).await;
        let rows = history.body["content"].as_array().unwrap();
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row["version"].as_i64().unwrap(),
                    row["action"].as_str().unwrap(),
                    row["actor"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (4, "DISCONTINUE", "anonymous"),
                (3, "UPDATE", "park"),
                (2, "UPDATE", "lee"),
                (1, "CREATE", "kim")
            ]
        );
        assert_eq!(rows[2]["changes"], json!({"spec": ["M8", "M10"]}));
        assert_eq!(history.body["totalElements"], 4);

        let mut replayed = json!({});
        for row in rows.iter().rev() {
            for (field, change) in row["changes"].as_object().unwrap() {
                assert_eq!(replayed.get(field).unwrap_or(&json!(null)), &change[0]);
                replayed[field] = change[1].clone();
            }
        }
        let now = client.get(&path).await.body;
        for (field, value) in now.as_object().unwrap() {
            let stamp = ["version", "createdAt", "createdBy", "updatedAt", "updatedBy"]
                .contains(&field.as_str());
            assert!(stamp || replayed.get(field).unwrap_or(&json!(null)) == value, "{field}");
        }
        let second = client.get(&format!("{path}/history?page=1&size=3")).await;
        assert_eq!(
            (second.body["numberOfElements"].clone(), second.body["last"].clone()),
            (json!(1), json!(true))
        );
    })
    .await;
}

#[tokio::test]
async fn a_price_can_be_asked_for_at_any_moment() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.product(json!({})).await;
        let path = format!("/products/{}", made.id());
        client.clock.advance(std::time::Duration::from_secs(3_600));
        let patch = json!({"salePrice": {"amount": 1_500, "currency": "KRW"}});
        client.send("PATCH", &path, &[("if-match", "*")], Some(&patch)).await;
        client.send("PATCH", &path, &[("if-match", "*")], Some(&json!({"name": "x"}))).await;
        let all = client.get(&format!("{path}/prices")).await;
        let amounts: Vec<_> = all.body["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["salePrice"]["amount"].as_i64().unwrap())
            .collect();
        assert_eq!(amounts, [1_500, 1_200]);
        for (time, amount) in [("2026-01-01T16:29:59Z", 1_200), ("2026-01-01T16:30:00Z", 1_500)] {
            let prices = client.get(&format!("{path}/prices?size=1&at={time}")).await;
            assert_eq!(prices.body["content"][0]["salePrice"]["amount"], amount, "{time}");
        }
        assert_eq!(
            client.get(&format!("{path}/prices?at=2025-01-01T00:00:00Z")).await.body["empty"],
            true
        );
    })
    .await;
}

#[tokio::test]
async fn a_put_that_must_create_changes_nothing_there_is() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let path = "/products/01890a5d-ac96-774b-bcce-b302099a8057";
        let (any, body) = ([("if-none-match", "*")], super::client::sellable(json!({"sku": "X"})));
        let made = client.send("PUT", path, &any, Some(&body)).await;
        assert_eq!((made.status, made.header("location")), (201, path), "{made:?}");
        let again = client.send("PUT", path, &any, Some(&body)).await;
        again.refused(412, "PRECONDITION_FAILED", "");
        let other = "/products/01890a5d-ac96-774b-bcce-b302099a8058";
        client.send("PUT", other, &any, Some(&body)).await.refused(409, "DUPLICATE_CODE", "sku");
        assert_eq!(client.get(path).await.body["version"], 1);
    })
    .await;
}
