use std::time::Duration;

use partner_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::{Client, NOBODY};

#[tokio::test]
async fn a_write_says_which_version_it_changes() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.partner(json!({"contacts": [{"name": "김영희"}]})).await;
        let path = format!("/partners/{}", made.id());
        let mut body = made.body.clone();
        body["name"] = json!("(주)두빛기공");
        // The whole resource as it was read, as clients of Spring's CRUD send it.
        let put = client.send("PUT", &path, &[("if-match", "\"1\"")], Some(&body)).await;
        assert_eq!((put.status, put.header("etag")), (200, "\"2\""), "{put:?}");
        assert_eq!(put.body["contacts"], made.body["contacts"]);
        for method in ["PUT", "PATCH"] {
            let send = |headers: &'static [(&'static str, &'static str)], body: &Value| {
                let (client, path, body) = (client.clone(), path.clone(), body.clone());
                async move { client.send(method, &path, headers, Some(&body)).await }
            };
            send(&[("if-match", "\"1\"")], &put.body).await.refused(412, "PRECONDITION_FAILED", "");
            let mut body = body.clone();
            body.as_object_mut().unwrap().remove("updatedAt");
            send(&[], &body).await.refused(409, "STALE_VERSION", "");
            body.as_object_mut().unwrap().remove("version");
            send(&[], &body).await.refused(428, "PRECONDITION_REQUIRED", "");
            send(&[("if-match", "2")], &body).await.refused(400, "MALFORMED_HEADER", "");
            let unchanged = send(&[("if-match", "*")], &put.body).await;
            assert_eq!(unchanged.body["version"], 2, "nothing differs: no new version");
            let nobody = format!("/partners/{NOBODY}");
            let any = [("if-match", "*")];
            client.send(method, &nobody, &any, Some(&body)).await.refused(404, "NOT_FOUND", "");
            let typo = client.send(method, &format!("{path}?forec=true"), &any, Some(&body)).await;
            typo.refused(400, "UNKNOWN_PARAMETER", "forec");
            let id = client.send(method, "/partners/7", &any, Some(&body)).await;
            id.refused(400, "INVALID_PARAMETER", "id");
        }
        let lax = Client::with(&database, false);
        assert_eq!(lax.send("PATCH", &path, &[], Some(&json!({"phone": "1"}))).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let fields = json!({"phone": "02-1", "paymentTerms": {"type": "NET_DAYS", "days": 30}});
        let made = client.partner(fields).await;
        let path = format!("/partners/{}", made.id());
        let kind = ("content-type", "application/merge-patch+json");
        let patch = json!({"phone": null, "paymentTerms": {"days": 60}, "version": 1});
        let patched = client.send("PATCH", &path, &[kind], Some(&patch)).await;
        assert_eq!(patched.status, 200, "{patched:?}");
        assert_eq!(patched.body["phone"], json!(null));
        assert_eq!(patched.body["paymentTerms"], json!({"type": "NET_DAYS", "days": 60}));
        assert_eq!(patched.body["name"], made.body["name"]);
        for (patch, code, field) in [
            (json!({"nmae": "x"}), "UNKNOWN_FIELD", "nmae"),
            (json!({"status": "DELETED"}), "READ_ONLY", "status"),
            (json!({"holdReason": "x"}), "READ_ONLY", "holdReason"),
            (json!({"name": null}), "REQUIRED", "name"),
            (json!({"roles": null}), "REQUIRED", "roles"),
            (json!({"contacts": "x"}), "INVALID_TYPE", "contacts"),
            (
                json!({"currency": "USD", "creditLimit": {"amount": 1, "currency": "KRW"}}),
                "CURRENCY_MISMATCH",
                "creditLimit.currency",
            ),
        ] {
            client.patch(&path, patch).await.refused(422, code, field);
        }
        assert_eq!(client.get(&path).await.body, patched.body);
    })
    .await;
}

#[tokio::test]
async fn a_role_goes_only_by_force() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.partner(json!({"roles": ["CUSTOMER", "SUPPLIER"]})).await;
        let path = format!("/partners/{}", made.id());
        let alone = json!({"roles": ["SUPPLIER"]});
        client.patch(&path, alone.clone()).await.refused(409, "FORCE_REQUIRED", "roles");
        let unforced = format!("{path}?force=false");
        client.patch(&unforced, alone.clone()).await.refused(409, "FORCE_REQUIRED", "roles");
        client.patch(&format!("{path}?force=yes"), alone.clone()).await.refused(
            400,
            "INVALID_PARAMETER",
            "force",
        );
        let mut body = made.body.clone();
        body["roles"] = alone["roles"].clone();
        let put = client.send("PUT", &path, &[("if-match", "*")], Some(&body)).await;
        put.refused(409, "FORCE_REQUIRED", "roles");
        let forced = client.patch(&format!("{path}?force=true"), alone).await;
        assert_eq!((forced.status, &forced.body["roles"]), (200, &json!(["SUPPLIER"])));
        // Another role comes without.
        let both = client.patch(&path, json!({"roles": ["CUSTOMER", "SUPPLIER"]})).await;
        assert_eq!((both.status, &both.body["version"]), (200, &json!(3)));
    })
    .await;
}

#[tokio::test]
async fn entries_keep_their_ids_and_others_get_new_ones() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let addresses = json!([
            {"kind": "BILLING", "postalCode": "06236", "line1": "테헤란로 1"},
            {"kind": "SHIPPING", "postalCode": "06237", "line1": "테헤란로 2"},
        ]);
        let contacts = json!([{"name": "김영희"}, {"name": "이철수"}]);
        let made = client.partner(json!({"addresses": addresses, "contacts": contacts})).await;
        let path = format!("/partners/{}", made.id());
        let mut second = made.body["addresses"][1].clone();
        second["default"] = json!(true);
        let new = json!({"kind": "BILLING", "postalCode": "06238", "line1": "테헤란로 3"});
        let patched = client.patch(&path, json!({"addresses": [second, new]})).await.body;
        assert_eq!(patched["addresses"][0], second);
        let ids = [&made.body["addresses"][0]["id"], &made.body["addresses"][1]["id"]];
        assert!(!ids.contains(&&patched["addresses"][1]["id"]));
        assert_eq!(patched["contacts"], made.body["contacts"]);
        let gone = json!({"addresses": [made.body["addresses"][0]]});
        client.patch(&path, gone).await.refused(422, "UNKNOWN_ID", "addresses[0].id");
        let twice = json!({"contacts": [made.body["contacts"][0], made.body["contacts"][0]]});
        client.patch(&path, twice).await.refused(422, "DUPLICATE_ID", "contacts[1].id");
        // Ids of another partner are of no use here.
        let other = client.partner(json!({"contacts": [{"name": "박민수"}]})).await;
        let foreign = json!({"contacts": other.body["contacts"]});
        client.patch(&path, foreign).await.refused(422, "UNKNOWN_ID", "contacts[0].id");
    })
    .await;
}

#[tokio::test]
async fn every_write_is_in_the_history_and_replaying_it_gives_the_partner() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = super::client::partner(json!({"contacts": [{"name": "김영희"}]}));
        let made = client.send("POST", "/partners", &[("x-user-id", "kim")], Some(&body)).await;
        let path = format!("/partners/{}", made.id());
        for (user, patch) in
            [("lee", json!({"phone": "02-1"})), ("park", json!({"phone": null, "contacts": []}))]
        {
            client.clock.advance(Duration::from_secs(60));
            let headers = [("if-match", "*"), ("x-user-id", user)];
            client.send("PATCH", &path, &headers, Some(&patch)).await;
        }
        client.act(&format!("{path}/deactivate")).await;
        let history = client.get(&format!("{path}/history")).await.body;
        let rows = history["content"].as_array().unwrap();
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row["version"].as_i64(), row["action"].as_str(), row["actor"].as_str()))
            .collect();
        let expected = [
            (4, "DEACTIVATE", "anonymous"),
            (3, "UPDATE", "park"),
            (2, "UPDATE", "lee"),
            (1, "CREATE", "kim"),
        ];
        let expected =
            expected.map(|(version, action, actor)| (Some(version), Some(action), Some(actor)));
        assert_eq!(told, expected);
        assert_eq!(rows[2]["changes"], json!({"phone": [null, "02-1"]}));
        assert_eq!(rows[2]["at"], "2026-01-01T15:31:00.000000Z");
        assert_eq!(history["totalElements"], 4);
        replays_to(rows, &client.get(&path).await.body);
        let second = client.get(&format!("{path}/history?page=1&size=3")).await.body;
        assert_eq!((&second["numberOfElements"], &second["last"]), (&json!(1), &json!(true)));
        let typo = client.get(&format!("{path}/history?sort=at")).await;
        typo.refused(400, "INVALID_PARAMETER", "sort");
    })
    .await;
}

/// Checks that each row begins where the one before it ended, and that the last ends at `now`.
pub(crate) fn replays_to(newest_first: &[Value], now: &Value) {
    let mut replayed = json!({});
    for row in newest_first.iter().rev() {
        for (field, change) in row["changes"].as_object().unwrap() {
            assert_eq!(replayed.get(field).unwrap_or(&json!(null)), &change[0], "{row}");
            replayed[field] = change[1].clone();
        }
    }
    let stamps = ["version", "createdAt", "createdBy", "updatedAt", "updatedBy"];
    for (field, value) in now.as_object().unwrap() {
        let is_stamp = stamps.contains(&field.as_str());
        assert!(is_stamp || replayed.get(field).unwrap_or(&json!(null)) == value, "{field}");
    }
}

#[tokio::test]
async fn a_put_that_must_create_changes_nothing_there_is() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let path = format!("/partners/{NOBODY}");
        let (any, body) = ([("if-none-match", "*")], super::client::partner(json!({"code": "X"})));
        let made = client.send("PUT", &path, &any, Some(&body)).await;
        assert_eq!((made.status, made.header("location")), (201, path.as_str()), "{made:?}");
        let again = client.send("PUT", &path, &any, Some(&body)).await;
        again.refused(412, "PRECONDITION_FAILED", "");
        assert_eq!(client.get(&path).await.body["version"], 1);
    })
    .await;
}
