use product_service::store::migrations;
use serde_json::json;
use test_kit::database::on_each_engine;

use super::client::Client;

#[tokio::test]
async fn a_draft_is_activated_discontinued_deleted_and_restored() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let draft = client.post("/products", &json!({"name": "x", "status": "DRAFT"})).await;
        let path = format!("/products/{}", draft.id());
        let act = |action: &'static str| {
            let (client, path) = (client.clone(), format!("{path}/{action}"));
            async move { client.send("POST", &path, &[], None).await }
        };
        act("discontinue").await.refused(409, "ILLEGAL_STATE", "");
        act("restore").await.refused(409, "ILLEGAL_STATE", "");
        let missing = act("activate").await;
        missing.refused(422, "REQUIRED", "salePrice");
        missing.refused(422, "REQUIRED", "uom");
        let patch =
            json!({"uom": "EA", "salePrice": {"amount": 1, "currency": "KRW"}, "version": 1});
        client.send("PATCH", &path, &[], Some(&patch)).await;
        assert_eq!(act("activate").await.body["status"], "ACTIVE");
        let again = act("activate").await;
        assert_eq!((again.status, &again.body["version"]), (200, &json!(3)), "nothing to do");
        client
            .send("DELETE", &format!("{path}?purge=true"), &[("if-match", "*")], None)
            .await
            .refused(409, "ALREADY_USED", "");
        assert_eq!(act("discontinue").await.body["status"], "DISCONTINUED");
        let stale =
            client.send("POST", &format!("{path}/activate"), &[("if-match", "\"1\"")], None).await;
        stale.refused(412, "PRECONDITION_FAILED", "");

        client.send("DELETE", &path, &[], None).await.refused(428, "PRECONDITION_REQUIRED", "");
        client.send("DELETE", &path, &[("if-match", "\"1\"")], None).await.refused(
            412,
            "PRECONDITION_FAILED",
            "",
        );
        for _ in 0..2 {
            assert_eq!(
                client.send("DELETE", &path, &[("if-match", "\"4\"")], None).await.status,
                204
            );
        }
        let gone = client.get(&path).await;
        assert_eq!((gone.status, &gone.body["status"]), (200, &json!("DELETED")));
        assert_eq!(client.get("/products").await.body["totalElements"], 0);
        assert_eq!(client.get("/products?includeDeleted=true").await.body["totalElements"], 1);
        assert_eq!(client.get("/products?status=DELETED").await.body["totalElements"], 1);
        act("activate").await.refused(409, "ILLEGAL_STATE", "");
        client.send("PUT", &path, &[("if-match", "*")], Some(&gone.body)).await.refused(
            409,
            "ILLEGAL_STATE",
            "",
        );
        let sku = json!({"name": "y", "status": "DRAFT", "sku": gone.body["sku"]});
        client.post("/products", &sku).await.refused(409, "DUPLICATE_CODE", "sku");
        assert_eq!(act("restore").await.body["status"], "DISCONTINUED");
        assert_eq!(act("activate").await.body["status"], "ACTIVE");
    })
    .await;
}

#[tokio::test]
async fn a_draft_can_be_removed_for_good() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let draft =
            client.post("/products", &json!({"name": "x", "status": "DRAFT", "sku": "X"})).await;
        let path = format!("/products/{}?purge=true", draft.id());
        client.send("DELETE", &path, &[("if-match", "\"9\"")], None).await.refused(
            412,
            "PRECONDITION_FAILED",
            "",
        );
        assert_eq!(client.send("DELETE", &path, &[("if-match", "*")], None).await.status, 204);
        assert_eq!(client.get(&format!("/products/{}", draft.id())).await.status, 404);
        assert_eq!(
            client
                .post("/products", &json!({"name": "x", "status": "DRAFT", "sku": "X"}))
                .await
                .status,
            201
        );
        let nobody = "/products/01890a5d-ac96-774b-bcce-b302099a8057";
        client.send("DELETE", nobody, &[("if-match", "*")], None).await.refused(
            404,
            "NOT_FOUND",
            "",
        );
    })
    .await;
}
