use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use partner_service::store::migrations;
use serde_json::{Value, json};
use test_kit::database::on_each_engine;

use super::client::Client;

fn codes(body: &Value) -> Vec<String> {
    let content = body["content"].as_array().unwrap();
    content.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

async fn with_partners(client: &Client, count: usize) {
    for n in 0..count {
        client.clock.advance(Duration::from_millis(7));
        let name = ["한빛기공", "두빛상사", "새빛철강"][n % 3];
        let roles = [json!(["CUSTOMER"]), json!(["SUPPLIER"]), json!(["CUSTOMER", "SUPPLIER"])];
        client
            .partner(json!({"code": format!("X{n:03}"), "name": name, "roles": roles[n % 3]}))
            .await;
    }
}

#[tokio::test]
async fn pages_by_number_have_springs_shape() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        with_partners(&client, 25).await;
        let first = client.get("/partners").await;
        assert_eq!(codes(&first.body)[..2], ["X000", "X001"]);
        let numbers = json!({"size": 20, "number": 0, "totalElements": 25, "totalPages": 2});
        assert_eq!(first.body["page"], numbers);
        let next = first.body["nextCursor"].as_str().unwrap();
        assert_eq!(first.header("link"), format!("</partners?cursor={next}>; rel=\"next\""));
        let last = client.get("/partners?page=1&sort=code,desc").await;
        assert_eq!(codes(&last.body), ["X004", "X003", "X002", "X001", "X000"]);
        assert_eq!((&last.body["last"], last.header("link")), (&json!(true), ""));
        let slice = client.get("/partners?count=none&size=3").await.body;
        assert!(slice.get("totalElements").is_none() && slice["last"] == false);
        let whole = client.get("/partners?count=exact&size=3&cursor=").await.body;
        assert_eq!(whole["totalElements"], 25);
    })
    .await;
}

#[tokio::test]
async fn walks_by_cursor_are_whole_and_the_same_on_both_engines() {
    const SORTS: [&str; 5] = [
        "code,desc",
        "name,asc",
        "createdAt,desc",
        "updatedAt,asc",
        "name,asc&sort=createdAt,desc",
    ];
    let walks = RefCell::new(Vec::new());
    on_each_engine(migrations, |database| {
        let walks = &walks;
        async move {
            let client = Client::of(&database);
            with_partners(&client, 40).await;
            let mut all = Vec::new();
            for sort in SORTS {
                let mut seen = Vec::new();
                let mut next = format!("/partners?size=7&sort={sort}&cursor=");
                loop {
                    let page = client.get(&next).await;
                    assert_eq!(page.status, 200, "{page:?}");
                    seen.extend(codes(&page.body));
                    // Rows that come meanwhile may or may not be met; those that were there are.
                    if seen.len() == 14 {
                        client.partner(json!({"name": "가나상사"})).await;
                    }
                    let Some(link) = page.header("link").strip_prefix('<') else { break };
                    next = link.split('>').next().unwrap().to_owned();
                }
                assert_eq!(seen.len(), seen.iter().collect::<BTreeSet<_>>().len(), "{sort}");
                seen.retain(|code| code.starts_with('X'));
                assert_eq!(seen.len(), 40, "{sort}");
                all.push(seen);
            }
            walks.borrow_mut().push(all);
        }
    })
    .await;
    let walks = walks.into_inner();
    assert!(walks.iter().all(|walk| walk == &walks[0]));
}

#[tokio::test]
async fn filters_narrow_and_typos_are_refused() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        with_partners(&client, 12).await;
        let held = client.partner(json!({"businessNo": "1234567891"})).await.id();
        client.post(&format!("/partners/{held}/hold"), &json!({"reason": "x"})).await;
        let fields = json!({"businessNo": "2222222227", "roles": ["SUPPLIER"]});
        let deleted = client.partner(fields).await.id();
        client.send("DELETE", &format!("/partners/{deleted}"), &[("if-match", "*")], None).await;
        for (query, expected) in [
            ("role=CUSTOMER", 9),
            ("role=SUPPLIER", 8),
            ("role=SUPPLIER&includeDeleted=true", 9),
            ("role=SUPPLIER&role=CUSTOMER", 13),
            ("status=ON_HOLD", 1),
            ("status=ON_HOLD&status=DELETED", 2),
            ("status=ACTIVE&role=SUPPLIER", 8),
            ("includeDeleted=true", 14),
            ("businessNo=123-45-67891", 1),
            ("businessNo=2222222227", 0),
            ("businessNo=2222222227&businessNo=1234567891&includeDeleted=true", 2),
            ("createdFrom=2026-01-01T15:30:00.021Z&createdTo=2026-01-01T15:30:00.035Z", 2),
            ("updatedFrom=2026-01-01T15:30:00.084Z", 2),
            ("updatedTo=2026-01-01T15:30:00.007Z", 0),
        ] {
            let body = client.get(&format!("/partners?{query}")).await.body;
            assert_eq!(body["totalElements"], expected, "{query}");
        }
        for (query, code) in [
            ("statsu=ACTIVE", "UNKNOWN_PARAMETER"),
            ("status=DRAFT", "INVALID_PARAMETER"),
            ("role=BANK", "INVALID_PARAMETER"),
            ("businessNo=1234567890", "INVALID_PARAMETER"),
            ("includeDeleted=1", "INVALID_PARAMETER"),
            ("size=0", "INVALID_PARAMETER"),
            ("sort=phone", "INVALID_PARAMETER"),
            ("updatedFrom=yesterday", "INVALID_PARAMETER"),
            ("cursor=abc", "INVALID_PARAMETER"),
            ("page=1000", "USE_CURSOR"),
            ("q=%ff", "MALFORMED_QUERY"),
            ("q=1+2+3+4+5+6+7+8+9+10+11", "INVALID_PARAMETER"),
        ] {
            client.get(&format!("/partners?{query}")).await.refused(400, code, "");
        }
        let next = client.get("/partners?size=3&cursor=").await.body["nextCursor"].clone();
        let other = format!("/partners?size=3&role=CUSTOMER&cursor={}", next.as_str().unwrap());
        client.get(&other).await.refused(400, "INVALID_PARAMETER", "cursor");
    })
    .await;
}

#[tokio::test]
async fn both_engines_find_the_same() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        for (code, name, number) in [
            ("HB-1", "(주)한빛기공", json!("1234567891")),
            ("HB-2", "한빛상사 100%", json!("2222222227")),
            ("TR_1", "Ｔrading \"North\" Co.", json!(null)),
        ] {
            let contacts = json!([{"name": "김영희", "phone": "010-1234-5678"}]);
            client
                .partner(
                    json!({"code": code, "name": name, "businessNo": number, "contacts": contacts}),
                )
                .await;
        }
        for (q, expected) in [
            ("한빛기공", vec!["HB-1"]),
            ("한빛", vec!["HB-2"]),
            ("hb", vec!["HB-1", "HB-2"]),
            ("hb-1", vec!["HB-1"]),
            ("1234567891", vec!["HB-1"]),
            ("TRADING", vec!["TR_1"]),
            ("r_1", vec!["TR_1"]),
            ("\"north\"", vec!["TR_1"]),
            ("100%", vec!["HB-2"]),
            ("hb- 상사", vec![]),
            ("김영희", vec![]),
            ("010-1234", vec![]),
            ("'; DROP TABLE partner; --", vec![]),
        ] {
            let encoded: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let body = client.get(&format!("/partners?q={encoded}")).await.body;
            assert_eq!(codes(&body), expected, "{q}");
        }
        let path = "/partners/by-code/HB-1";
        let path = format!("/partners/{}", client.get(path).await.id());
        client.patch(&path, json!({"name": "새빛기공"})).await;
        let total = |q: &'static str| {
            let client = client.clone();
            async move { client.get(q).await.body["totalElements"].clone() }
        };
        assert_eq!(total("/partners?q=%ED%95%9C%EB%B9%9B%EA%B8%B0%EA%B3%B5").await, 0);
        assert_eq!(total("/partners?q=%EC%83%88%EB%B9%9B%EA%B8%B0%EA%B3%B5").await, 1);
    })
    .await;
}
