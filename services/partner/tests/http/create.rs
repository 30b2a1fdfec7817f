use partner_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::{Client, NOBODY, partner};

fn whole() -> Value {
    json!({
        "code": " hb-1 ", "name": "(주)한빛기공", "roles": ["SUPPLIER", "CUSTOMER"],
        "businessNo": "1234567891", "subBusinessNo": "0001", "representative": "이한빛",
        "businessType": "제조업", "businessItem": "볼트, 너트", "taxInvoiceEmail": "tax@hanbit.co.kr",
        "phone": "02-123-4567",
        "addresses": [
            {"kind": "BILLING", "postalCode": "06236", "line1": "서울 강남구 테헤란로 1", "line2": "3층", "default": true},
            {"kind": "SHIPPING", "postalCode": "48058", "line1": "부산 해운대구 센텀로 2", "default": true},
            {"kind": "SHIPPING", "postalCode": "48059", "line1": "부산 해운대구 센텀로 4"},
        ],
        "contacts": [{"name": "김영희", "title": "과장", "phone": "010-1234-5678", "email": "kim@hanbit.co.kr"}],
        "paymentTerms": {"type": "NET_DAYS", "days": 30},
        "creditLimit": {"amount": 50_000_000, "currency": "KRW"}, "currency": "KRW",
    })
}

#[tokio::test]
async fn a_partner_comes_back_as_it_was_written() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = whole();
        let made = client.send("POST", "/partners", &[("x-user-id", "kim")], Some(&body)).await;
        assert_eq!(made.status, 201, "{made:?}");
        let path = format!("/partners/{}", made.id());
        assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"1\""));
        let told = &made.body;
        assert_eq!((&told["code"], &told["status"]), (&json!("HB-1"), &json!("ACTIVE")));
        assert_eq!(told["roles"], json!(["CUSTOMER", "SUPPLIER"]));
        assert_eq!(told["businessNo"], "123-45-67891");
        assert_eq!(told["createdAt"], "2026-01-01T15:30:00.000000Z");
        assert_eq!((&told["createdBy"], &told["version"]), (&json!("kim"), &json!(1)));
        let other = ["code", "roles", "businessNo", "addresses", "contacts"];
        for (name, value) in body.as_object().unwrap() {
            if !other.contains(&name.as_str()) {
                assert_eq!(&told[name], value, "{name}");
            }
        }
        for (list, missing) in [
            ("addresses", json!({"line2": null, "default": false})),
            ("contacts", json!({"erased": false})),
        ] {
            for (given, told) in
                body[list].as_array().unwrap().iter().zip(told[list].as_array().unwrap())
            {
                let mut expected = missing.clone();
                expected["id"] = told["id"].clone();
                expected.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
                assert_eq!(told, &expected);
            }
        }
        assert_eq!(client.get(&path).await.body, made.body);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_given_is_what_the_document_says() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.partner(json!({"businessNo": null, "addresses": null})).await.body;
        assert_eq!(made["paymentTerms"], json!({"type": "PREPAID", "days": null}));
        assert_eq!((&made["currency"], &made["creditLimit"]), (&json!("KRW"), &json!(null)));
        assert_eq!((&made["addresses"], &made["contacts"]), (&json!([]), &json!([])));
        let idle = client.partner(json!({"status": "INACTIVE"})).await;
        assert_eq!(idle.body["status"], "INACTIVE");
    })
    .await;
}

#[tokio::test]
async fn codes_are_given_in_a_series_of_customers_and_one_of_suppliers() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let code = |roles: &'static [&'static str]| {
            let client = client.clone();
            async move { client.partner(json!({"roles": roles})).await.body["code"].clone() }
        };
        assert_eq!(code(&["CUSTOMER"]).await, "C000001");
        assert_eq!(code(&["SUPPLIER"]).await, "S000001");
        client.partner(json!({"code": "c000002"})).await;
        assert_eq!(code(&["SUPPLIER", "CUSTOMER"]).await, "C000003");
        assert_eq!(code(&["SUPPLIER"]).await, "S000002");
    })
    .await;
}

#[tokio::test]
async fn codes_and_business_numbers_are_taken_once() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let first = client.partner(json!({"code": "ABC-1", "businessNo": "123-45-67891"})).await;
        let again = |fields: Value| {
            let (client, body) = (client.clone(), partner(fields));
            async move { client.post("/partners", &body).await }
        };
        again(json!({"code": "ａｂｃ－1"})).await.refused(409, "DUPLICATE_CODE", "code");
        let number = json!({"businessNo": "1234567891"});
        again(number.clone()).await.refused(409, "DUPLICATE_CODE", "businessNo");
        // A branch is another.
        let branch = json!({"businessNo": "1234567891", "subBusinessNo": "0001"});
        let branch_id = client.partner(branch.clone()).await.id();
        again(branch).await.refused(409, "DUPLICATE_CODE", "businessNo");
        let path = format!("/partners/{branch_id}");
        let whole = client.patch(&path, json!({"subBusinessNo": null})).await;
        whole.refused(409, "DUPLICATE_CODE", "businessNo");
        // Deleted, it gives the number free but not the code; then it cannot come back.
        let path = format!("/partners/{}", first.id());
        assert_eq!(client.send("DELETE", &path, &[("if-match", "*")], None).await.status, 204);
        again(json!({"code": "ABC-1"})).await.refused(409, "DUPLICATE_CODE", "code");
        client.partner(number).await;
        client.act(&format!("{path}/restore")).await.refused(409, "DUPLICATE_CODE", "businessNo");
        assert_eq!(client.get(&path).await.body["status"], "DELETED");
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_is_named_and_changes_nothing() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let branch = json!({"businessNo": "1234567891", "subBusinessNo": "1"});
        for (fields, code, field) in [
            (json!({"name": null}), "REQUIRED", "name"),
            (json!({"name": "a\u{0}b"}), "CONTROL_CHARACTER", "name"),
            (json!({"name": "x".repeat(201)}), "TOO_LONG", "name"),
            (json!({"code": "-ABC"}), "INVALID_CODE", "code"),
            (json!({"code": "A".repeat(41)}), "TOO_LONG", "code"),
            (json!({"roles": []}), "REQUIRED", "roles"),
            (json!({"roles": null}), "REQUIRED", "roles"),
            (json!({"roles": ["BANK"]}), "INVALID_VALUE", "roles[0]"),
            (json!({"roles": "CUSTOMER"}), "INVALID_TYPE", "roles"),
            (json!({"businessNo": "1234567890"}), "BUSINESS_NO", "businessNo"),
            (json!({"businessNo": "12345"}), "BUSINESS_NO", "businessNo"),
            (json!({"subBusinessNo": "0001"}), "NOT_ALLOWED", "subBusinessNo"),
            (branch, "SUB_BUSINESS_NO", "subBusinessNo"),
            (json!({"taxInvoiceEmail": "tax"}), "EMAIL", "taxInvoiceEmail"),
            (json!({"phone": "0".repeat(41)}), "TOO_LONG", "phone"),
            (json!({"currency": "won"}), "INVALID_VALUE", "currency"),
            (json!({"status": "ON_HOLD"}), "INVALID_VALUE", "status"),
            (json!({"holdReason": "x"}), "READ_ONLY", "holdReason"),
            (json!({"id": NOBODY}), "READ_ONLY", "id"),
            (json!({"version": 3}), "READ_ONLY", "version"),
            (json!({"nmae": "x"}), "UNKNOWN_FIELD", "nmae"),
        ] {
            client.post("/partners", &partner(fields)).await.refused(422, code, field);
        }
        let all = json!({"name": "", "code": "!", "businessNo": "?"});
        let all = client.post("/partners", &all).await;
        assert_eq!(all.body["errors"].as_array().unwrap().len(), 4, "{all:?}");
        assert_eq!(client.get("/partners").await.body["totalElements"], 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_inside_is_named_with_its_place() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let address = |fields: Value| {
            let mut one = json!({"kind": "BILLING", "postalCode": "06236", "line1": "테헤란로 1"});
            one.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            json!({"addresses": [{"kind": "SHIPPING", "postalCode": "06236", "line1": "x"}, one]})
        };
        let default = json!({"kind": "BILLING", "postalCode": "06236", "line1": "x", "default": true});
        let contact = |contact: Value| json!({"contacts": [contact]});
        let terms = |terms: Value| json!({"paymentTerms": terms});
        let limit = |amount: Value, currency: &str| {
            json!({"creditLimit": {"amount": amount, "currency": currency}})
        };
        for (fields, code, field) in [
            (address(json!({"kind": "OFFICE"})), "INVALID_VALUE", "addresses[1].kind"),
            (address(json!({"postalCode": "1234"})), "POSTAL_CODE", "addresses[1].postalCode"),
            (address(json!({"line1": " "})), "REQUIRED", "addresses[1].line1"),
            (address(json!({"line2": "\u{7}"})), "CONTROL_CHARACTER", "addresses[1].line2"),
            (address(json!({"city": "서울"})), "UNKNOWN_FIELD", "addresses[1].city"),
            (address(json!({"id": NOBODY})), "UNKNOWN_ID", "addresses[1].id"),
            (address(json!({"id": "7"})), "INVALID_VALUE", "addresses[1].id"),
            (address(json!({"default": "yes"})), "INVALID_TYPE", "addresses[1].default"),
            (json!({"addresses": [default, default]}), "DEFAULT_TWICE", "addresses[1].default"),
            (json!({"addresses": vec![default; 51]}), "TOO_MANY", "addresses"),
            (contact(json!({})), "REQUIRED", "contacts[0].name"),
            (contact(json!({"name": "김", "email": "@"})), "EMAIL", "contacts[0].email"),
            (contact(json!({"name": "김", "erased": true})), "READ_ONLY", "contacts[0].erased"),
            (json!({"contacts": vec![json!({"name": "김"}); 51]}), "TOO_MANY", "contacts"),
            (terms(json!({"days": 30})), "REQUIRED", "paymentTerms.type"),
            (terms(json!({"type": "PREPAID", "days": 30})), "NOT_ALLOWED", "paymentTerms.days"),
            (terms(json!({"type": "NET_DAYS", "days": 181})), "OUT_OF_RANGE", "paymentTerms.days"),
            (terms(json!({"type": "NET_DAYS", "days": 99_999})), "INVALID_VALUE", "paymentTerms.days"),
            (limit(json!(-1), "KRW"), "OUT_OF_RANGE", "creditLimit.amount"),
            (limit(json!(1_000_000_000_000_000_i64), "KRW"), "OUT_OF_RANGE", "creditLimit.amount"),
            (limit(json!(1.5), "KRW"), "INVALID_TYPE", "creditLimit.amount"),
            (limit(json!(1), "USD"), "CURRENCY_MISMATCH", "creditLimit.currency"),
            (limit(json!(1), "won"), "INVALID_VALUE", "creditLimit.currency"),
        ] {
            client.post("/partners", &partner(fields)).await.refused(422, code, field);
        }
        assert_eq!(client.get("/partners").await.body["totalElements"], 0);
    })
    .await;
}

#[tokio::test]
async fn bodies_that_are_none_are_refused() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let send = |method: &'static str, path: String, bytes: &[u8], kind: &'static str| {
            let (client, bytes) = (client.clone(), bytes.to_vec());
            async move {
                let headers = [("content-type", kind), ("if-match", "*")];
                client.send_bytes(method, &path, &headers, Some(bytes)).await
            }
        };
        let path = format!("/partners/{}", client.partner(json!({})).await.id());
        for (method, path) in [
            ("POST", "/partners".to_owned()),
            ("PUT", path.clone()),
            ("PATCH", path.clone()),
            ("POST", format!("{path}/hold")),
        ] {
            let json = "application/json";
            let malformed = send(method, path.clone(), b"{\"name\":", json).await;
            malformed.refused(400, "MALFORMED_BODY", "");
            let twice = send(method, path.clone(), b"{\"name\":\"a\",\"name\":\"b\"}", json).await;
            twice.refused(422, "DUPLICATE_FIELD", "name");
            let form = send(method, path.clone(), b"name=x", "application/x-www-form-urlencoded");
            form.await.refused(415, "UNSUPPORTED_MEDIA_TYPE", "");
            let large = send(method, path.clone(), &vec![b' '; 1024 * 1024 + 1], json).await;
            large.refused(413, "BODY_TOO_LARGE", "");
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_request_with_the_same_key_has_one_effect() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let body = partner(json!({"businessNo": "1234567891"}));
        let headers = [("idempotency-key", "\"k-1\"")];
        let first = client.send("POST", "/partners", &headers, Some(&body)).await;
        let path = format!("/partners/{}", first.id());
        client.patch(&path, json!({"phone": "02-1"})).await;
        let again = client.send("POST", "/partners", &headers, Some(&body)).await;
        assert_eq!((again.status, again.id()), (201, first.id()));
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!((again.header("etag"), &again.body["phone"]), ("\"2\"", &json!("02-1")));
        let other = client.send("POST", "/partners", &headers, Some(&partner(json!({})))).await;
        other.refused(422, "IDEMPOTENCY_KEY_REUSED", "");
        client.send("POST", "/partners", &[("idempotency-key", "")], Some(&body)).await.refused(
            400,
            "IDEMPOTENCY_KEY_INVALID",
            "",
        );
        // A mistake is not remembered, and a key is after a week.
        let headers = [("idempotency-key", "k-2")];
        let wrong = client.send("POST", "/partners", &headers, Some(&json!({}))).await;
        wrong.refused(422, "REQUIRED", "name");
        let body = partner(json!({}));
        let second = client.send("POST", "/partners", &headers, Some(&body)).await;
        client.clock.advance(std::time::Duration::from_secs(7 * 24 * 3_600));
        let replayed = client.send("POST", "/partners", &headers, Some(&body)).await;
        assert_eq!(replayed.id(), second.id());
        client.clock.advance(std::time::Duration::from_millis(1));
        let third = client.send("POST", "/partners", &headers, Some(&body)).await;
        assert_eq!((third.status, third.header("idempotency-replayed")), (201, ""));
        assert_eq!(client.get("/partners").await.body["totalElements"], 3);
    })
    .await;
}
