//! A SQLite file that another process has rewritten.

use partner_service::store::migrations;
use serde_json::json;
use service_kit::database::{Database, Location};

use super::client::{Client, partner};

/// Erasing a contact rewrites the file, by which every other connection's knowledge of its tables is
/// out of date.
#[tokio::test]
async fn other_processes_write_on_after_a_contact_was_erased() {
    let folder = std::env::temp_dir().join(format!("partner-rewritten-{}", std::process::id()));
    let location = Location::Sqlite(folder.join("partner.db"));
    let changes = migrations();
    let open = || Database::open_at(&location, 1, &changes);
    let (one, other) = (open().await.unwrap(), open().await.unwrap());
    let (one, other) = (Client::of(&one), Client::of(&other));
    for n in 0..10 {
        other.partner(json!({"code": format!("B-{n}")})).await;
        let made = one.partner(json!({"contacts": [{"name": "김영희"}]})).await.body;
        let (id, contact) = (&made["id"], &made["contacts"][0]["id"]);
        let (id, contact) = (id.as_str().unwrap(), contact.as_str().unwrap());
        let erase = format!("/partners/{id}/contacts/{contact}/erase");
        let erased = one.send("POST", &erase, &[("if-match", "*")], None).await;
        assert_eq!(erased.status, 200, "{erased:?}");
        let written = other.post("/partners", &partner(json!({"code": format!("A-{n}")}))).await;
        assert_eq!(written.status, 201, "{written:?}");
        assert_eq!(other.get("/partners?q=%ED%95%9C%EB%B9%9B").await.status, 200);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
