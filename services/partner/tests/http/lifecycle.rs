use partner_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::{Client, NOBODY};

#[tokio::test]
async fn every_action_from_every_status() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let refused = None;
        let [active, on_hold, inactive] = ["ACTIVE", "ON_HOLD", "INACTIVE"].map(Some);
        let actions = ["hold", "release", "activate", "deactivate", "restore"];
        for (status, expected) in [
            ("ACTIVE", [on_hold, active, active, inactive, refused]),
            ("ON_HOLD", [on_hold, active, refused, inactive, refused]),
            ("INACTIVE", [on_hold, refused, active, inactive, refused]),
            ("DELETED", [refused, refused, refused, refused, inactive]),
        ] {
            for (action, expected) in actions.into_iter().zip(expected) {
                let path = in_status(&client, status).await;
                let before = client.get(&path).await.body;
                let answer = act(&client, &path, action).await;
                let told = format!("{action} of {status}");
                match expected {
                    Some(expected) => {
                        assert_eq!(
                            (answer.status, &answer.body["status"]),
                            (200, &json!(expected)),
                            "{told}"
                        );
                        let moved = i64::from(expected != status);
                        let version = before["version"].as_i64().unwrap() + moved;
                        assert_eq!(answer.body["version"], version, "{told}");
                        assert_eq!(answer.header("etag"), format!("\"{version}\""));
                    }
                    None => {
                        answer.refused(409, "ILLEGAL_STATE", "");
                        assert_eq!(client.get(&path).await.body, before, "{told}");
                    }
                }
            }
        }
    })
    .await;
}

async fn act(client: &Client, path: &str, action: &str) -> test_kit::web::Answer {
    let path = format!("{path}/{action}");
    match action {
        "hold" => client.post(&path, &json!({"reason": "미수금"})).await,
        _ => client.act(&path).await,
    }
}

/// Path of a new partner in `status`.
async fn in_status(client: &Client, status: &str) -> String {
    let path = format!("/partners/{}", client.partner(json!({})).await.id());
    match status {
        "ON_HOLD" => drop(act(client, &path, "hold").await),
        "INACTIVE" => drop(act(client, &path, "deactivate").await),
        "DELETED" => drop(client.send("DELETE", &path, &[("if-match", "*")], None).await),
        _ => {}
    }
    path
}

#[tokio::test]
async fn a_hold_has_a_reason_for_as_long_as_it_lasts() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let path = format!("/partners/{}", client.partner(json!({})).await.id());
        let hold = |body: Value| {
            let (client, path) = (client.clone(), format!("{path}/hold"));
            async move { client.post(&path, &body).await }
        };
        hold(json!({})).await.refused(422, "REQUIRED", "reason");
        hold(json!({"reason": " "})).await.refused(422, "REQUIRED", "reason");
        hold(json!({"reason": "x".repeat(201)})).await.refused(422, "TOO_LONG", "reason");
        hold(json!({"reson": "x"})).await.refused(422, "UNKNOWN_FIELD", "reson");
        let first = hold(json!({"reason": "미수금"})).await.body;
        assert_eq!((&first["holdReason"], &first["version"]), (&json!("미수금"), &json!(2)));
        assert_eq!(hold(json!({"reason": "미수금"})).await.body["version"], 2);
        assert_eq!(hold(json!({"reason": "부도"})).await.body["version"], 3);
        let released = client.act(&format!("{path}/release")).await.body;
        assert_eq!(
            (&released["holdReason"], &released["status"]),
            (&json!(null), &json!("ACTIVE"))
        );
        let history = client.get(&format!("{path}/history")).await.body;
        let reason = json!({"status": ["ACTIVE", "ON_HOLD"], "holdReason": [null, "미수금"]});
        assert_eq!(history["content"][2]["changes"], reason);
    })
    .await;
}

#[tokio::test]
async fn actions_look_at_the_version_if_one_is_named() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let path = format!("/partners/{}", client.partner(json!({})).await.id());
        for action in ["hold", "release", "activate", "deactivate", "restore"] {
            let body = (action == "hold").then(|| json!({"reason": "x"}));
            let send = |path: String, header: &'static str| {
                let (client, body) = (client.clone(), body.clone());
                async move { client.send("POST", &path, &[("if-match", header)], body.as_ref()).await }
            };
            let own = format!("{path}/{action}");
            send(own.clone(), "\"7\"").await.refused(412, "PRECONDITION_FAILED", "");
            send(own, "7").await.refused(400, "MALFORMED_HEADER", "");
            let nobody = format!("/partners/{NOBODY}/{action}");
            send(nobody, "*").await.refused(404, "NOT_FOUND", "");
            send(format!("/partners/7/{action}"), "*").await.refused(400, "INVALID_PARAMETER", "id");
        }
        let path = format!("{path}/deactivate");
        assert_eq!(client.send("POST", &path, &[("if-match", "\"1\"")], None).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn who_is_deleted_is_hidden_and_can_be_read_and_restored() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let path = format!("/partners/{}", client.partner(json!({})).await.id());
        client.post(&format!("{path}/hold"), &json!({"reason": "x"})).await;
        let delete = |headers: &'static [(&'static str, &'static str)], query: &'static str| {
            let (client, path) = (client.clone(), format!("{path}{query}"));
            async move { client.send("DELETE", &path, headers, None).await }
        };
        delete(&[], "").await.refused(428, "PRECONDITION_REQUIRED", "");
        delete(&[("if-match", "\"1\"")], "").await.refused(412, "PRECONDITION_FAILED", "");
        delete(&[], "?version=1").await.refused(409, "STALE_VERSION", "");
        delete(&[("if-match", "*")], "?purge=true").await.refused(409, "ALREADY_USED", "");
        delete(&[("if-match", "*")], "?force=true").await.refused(
            400,
            "UNKNOWN_PARAMETER",
            "force",
        );
        assert_eq!(delete(&[("if-match", "\"2\"")], "").await.status, 204);
        assert_eq!(delete(&[], "").await.status, 204, "again");
        let read = client.get(&path).await.body;
        assert_eq!((&read["status"], &read["holdReason"]), (&json!("DELETED"), &json!(null)));
        assert_eq!(client.get("/partners").await.body["totalElements"], 0);
        assert_eq!(client.get("/partners?includeDeleted=true").await.body["totalElements"], 1);
        assert_eq!(client.get("/partners?status=DELETED").await.body["totalElements"], 1);
        client.patch(&path, json!({"phone": "1"})).await.refused(409, "ILLEGAL_STATE", "");
        let restored = client.act(&format!("{path}/restore")).await;
        assert_eq!((restored.status, &restored.body["status"]), (200, &json!("INACTIVE")));
        let nobody = format!("/partners/{NOBODY}");
        client.send("DELETE", &nobody, &[("if-match", "*")], None).await.refused(
            404,
            "NOT_FOUND",
            "",
        );
        client.send("DELETE", "/partners/7", &[], None).await.refused(
            400,
            "INVALID_PARAMETER",
            "id",
        );
    })
    .await;
}
