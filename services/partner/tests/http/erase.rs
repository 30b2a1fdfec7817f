use partner_service::store::migrations;
use serde_json::{Value, json};
use service_kit::database::Database;
use sqlx::{AssertSqlSafe, Row as _};
use test_kit::database::on_each_engine;
use test_kit::web::Answer;

use super::client::{Client, NOBODY};
use super::write::replays_to;

/// Everything that was ever known of the person who is erased.
const PERSONAL: [&str; 6] = [
    "김지움옛이름",
    "김지움새이름",
    "지움담당과장",
    "010-7317-7317",
    "010-7318-7318",
    "jium@erased.example.com",
];

/// Bytes of everything the database keeps: each row as text, and of SQLite the files.
async fn everything(database: &Database) -> Vec<u8> {
    let mut all = Vec::new();
    match database {
        Database::Postgres(pool) => {
            let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
            for table in sqlx::query(tables).fetch_all(pool).await.unwrap() {
                let table: String = table.get(0);
                let rows = format!("SELECT t::text FROM {table} t");
                for row in sqlx::query(AssertSqlSafe(rows)).fetch_all(pool).await.unwrap() {
                    all.extend(row.get::<String, _>(0).into_bytes());
                }
            }
        }
        Database::Sqlite(pools) => {
            let file = sqlx::query("SELECT file FROM pragma_database_list WHERE name = 'main'");
            let file: String = file.fetch_one(&pools.read).await.unwrap().get(0);
            for end in ["", "-wal", "-shm"] {
                all.extend(std::fs::read(format!("{file}{end}")).unwrap());
            }
            // A text may lie on two pages; here it is whole.
            for table in ["partner", "audit_log"] {
                let columns = "SELECT group_concat('coalesce(CAST(' || name || ' AS TEXT), '''')', '||') \
                               FROM pragma_table_info($1)";
                let columns =
                    sqlx::query(columns).bind(table).fetch_one(&pools.read).await.unwrap();
                let rows =
                    format!("SELECT CAST({} AS BLOB) FROM {table}", columns.get::<String, _>(0));
                for row in sqlx::query(AssertSqlSafe(rows)).fetch_all(&pools.read).await.unwrap() {
                    all.extend(row.get::<Vec<u8>, _>(0));
                }
            }
        }
    }
    all
}

fn found_in(all: &[u8]) -> Vec<&'static str> {
    let has = |text: &&str| all.windows(text.len()).any(|window| window == text.as_bytes());
    PERSONAL.into_iter().filter(has).collect()
}

/// A partner whose first contact has had two names and numbers, among others that come and go.
async fn with_person(client: &Client) -> (String, String) {
    let other = |n: usize| json!({"name": format!("동료{n}"), "title": "x".repeat(150)});
    let mut contacts = vec![json!({
        "name": PERSONAL[0], "title": PERSONAL[2], "phone": PERSONAL[3], "email": PERSONAL[5],
    })];
    contacts.extend((0..20).map(other));
    let made = client.partner(json!({"contacts": contacts})).await;
    let path = format!("/partners/{}", made.id());
    let mut contacts = made.body["contacts"].clone();
    contacts[0]["name"] = json!(PERSONAL[1]);
    contacts[0]["phone"] = json!(PERSONAL[4]);
    // Rows grow, shrink and move: their pages are split and joined.
    for n in 0..12 {
        let count = 21 - n % 4 * 5;
        let some: Vec<Value> = contacts.as_array().unwrap()[..count].to_vec();
        let mut body = json!({"contacts": some});
        body["contacts"].as_array_mut().unwrap().iter_mut().skip(1).for_each(|one| {
            one.as_object_mut().unwrap().remove("id");
        });
        let patched = client.patch(&path, body).await;
        assert_eq!(patched.status, 200, "{patched:?}");
        client
            .partner(json!({"contacts": [{"name": "다른 사람", "title": "y".repeat(150)}]}))
            .await;
    }
    (path, made.body["contacts"][0]["id"].as_str().unwrap().to_owned())
}

async fn erase(client: &Client, path: &str, contact: &str) -> Answer {
    client.act(&format!("{path}/contacts/{contact}/erase")).await
}

/// C-4.
#[tokio::test]
async fn of_an_erased_contact_no_byte_remains() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let (path, contact) = with_person(&client).await;
        assert_eq!(found_in(&everything(&database).await), PERSONAL);
        let before = client.get(&path).await.body;
        let erased = erase(&client, &path, &contact).await;
        assert_eq!(erased.status, 200, "{erased:?}");
        assert_eq!(found_in(&everything(&database).await), [""; 0]);

        let blank = json!({"id": contact, "name": null, "title": null, "phone": null, "email": null, "erased": true});
        assert_eq!(erased.body["contacts"][0], blank);
        assert_eq!(erased.body["contacts"][1], before["contacts"][1]);
        assert_eq!(erased.header("etag"), format!("\"{}\"", before["version"].as_i64().unwrap() + 1));
        let history = client.get(&format!("{path}/history?size=100")).await.body;
        let rows = history["content"].as_array().unwrap();
        assert_eq!(rows[0]["action"], "ERASE_CONTACT");
        assert_eq!(history["totalElements"], rows.len());
        replays_to(rows, &erased.body);

        let again = erase(&client, &path, &contact).await;
        assert_eq!((again.status, &again.body), (200, &erased.body), "nothing is left to erase");
    })
    .await;
}

#[tokio::test]
async fn a_contact_that_was_removed_is_erased_from_the_history() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let (path, contact) = with_person(&client).await;
        let removed = client.patch(&path, json!({"contacts": []})).await;
        client.send("DELETE", &path, &[("if-match", "*")], None).await;
        assert_eq!(found_in(&everything(&database).await), PERSONAL);
        let erased = erase(&client, &path, &contact).await;
        assert_eq!((erased.status, &erased.body["status"]), (200, &json!("DELETED")));
        assert_eq!(erased.body["version"], removed.body["version"].as_i64().unwrap() + 2);
        assert_eq!(found_in(&everything(&database).await), [""; 0]);
        let history = client.get(&format!("{path}/history?size=100")).await.body;
        replays_to(history["content"].as_array().unwrap(), &erased.body);
    })
    .await;
}

#[tokio::test]
async fn what_was_erased_does_not_come_back_by_an_old_copy() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.partner(json!({"contacts": [{"name": "김영희"}]})).await;
        let path = format!("/partners/{}", made.id());
        let contact = made.body["contacts"][0]["id"].as_str().unwrap();
        let erased = erase(&client, &path, contact).await;
        let old = json!({"contacts": [{"id": contact, "name": "김영희"}]});
        client.patch(&path, old).await.refused(422, "CONTACT_ERASED", "contacts[0]");
        let same = client.send("PUT", &path, &[("if-match", "*")], Some(&erased.body)).await;
        assert_eq!((same.status, &same.body), (200, &erased.body));
        let more = json!({"contacts": [erased.body["contacts"][0], {"name": "이철수"}]});
        assert_eq!(client.patch(&path, more).await.body["contacts"][1]["name"], "이철수");
    })
    .await;
}

#[tokio::test]
async fn erasing_names_what_is_not_there() {
    on_each_engine(migrations, |database| async move {
        let client = Client::of(&database);
        let made = client.partner(json!({"contacts": [{"name": "김영희"}]})).await;
        let path = format!("/partners/{}", made.id());
        let contact = made.body["contacts"][0]["id"].as_str().unwrap();
        erase(&client, &path, NOBODY).await.refused(404, "NOT_FOUND", "");
        erase(&client, &format!("/partners/{NOBODY}"), contact).await.refused(404, "NOT_FOUND", "");
        erase(&client, &path, "7").await.refused(400, "INVALID_PARAMETER", "contactId");
        erase(&client, "/partners/7", contact).await.refused(400, "INVALID_PARAMETER", "id");
        let url = format!("{path}/contacts/{contact}/erase");
        let send = |header: &'static str| {
            let (client, url) = (client.clone(), url.clone());
            async move { client.send("POST", &url, &[("if-match", header)], None).await }
        };
        send("\"7\"").await.refused(412, "PRECONDITION_FAILED", "");
        send("7").await.refused(400, "MALFORMED_HEADER", "");
        assert_eq!(client.get(&path).await.body, made.body);
        assert_eq!(send("\"1\"").await.status, 200);
    })
    .await;
}
