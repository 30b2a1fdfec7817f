//! `PUT /eureka/apps/{app}/{id}/metadata`: entries put from outside.

use std::time::Duration;

use serde_json::json;
use test_kit::Registration;

use crate::support::{START_MS, Server};

const METADATA: &str = "/eureka/apps/FOO/i1/metadata";

async fn server() -> Server {
    let server = Server::start();
    let made = Registration::new("FOO", "i1").with("metadata", json!({"zone": "a", "kept": "1"}));
    server.register("FOO", &made).await.is_bare(204);
    server
}

// EP-43
#[tokio::test(start_paused = true)]
async fn entries_are_put_and_the_first_of_equal_names_counts() {
    let server = server().await;
    server.put(&format!("{METADATA}?zone=b&new=x%20y+z&zone=c&empty=&bare")).await.is_bare(200);
    let told = server.instance("FOO", "i1").await;
    let expected = json!({"zone": "b", "kept": "1", "new": "x y z", "empty": "", "bare": ""});
    assert_eq!(told["metadata"], expected);
    server.put("/eureka/apps/FOO/other/metadata?a=b").await.is_bare(404);
}

// EP-43
#[tokio::test(start_paused = true)]
async fn it_counts_as_a_registration_with_unchanged_data() {
    let server = server().await;
    server.put("/eureka/apps/FOO/i1/status?value=DOWN").await.is_bare(200);
    server.pass(Duration::from_secs(20)).await;
    server.put(METADATA).await.is_bare(200);
    let told = server.instance("FOO", "i1").await;
    assert_eq!(
        (&told["actionType"], &told["lastDirtyTimestamp"]),
        (&json!("ADDED"), &json!("1000"))
    );
    assert_eq!(told["leaseInfo"]["registrationTimestamp"], START_MS + 20_000);
    assert_eq!(told["status"], "DOWN", "the override holds");
}

#[tokio::test(start_paused = true)]
async fn the_next_registration_takes_the_metadata_back() {
    let server = server().await;
    server.put(&format!("{METADATA}?zone=b")).await.is_bare(200);
    let again = Registration::new("FOO", "i1").with("metadata", json!({"zone": "a"}));
    server.register("FOO", &again).await.is_bare(204);
    assert_eq!(server.instance("FOO", "i1").await["metadata"], json!({"zone": "a"}));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_decoded_is_left_out_and_too_many_are_refused() {
    let server = server().await;
    server.put(&format!("{METADATA}?a=%zz&%ff=1&b=2")).await.is_bare(200);
    assert_eq!(server.instance("FOO", "i1").await["metadata"]["b"], "2");
    let many: Vec<String> = (0..1001).map(|n| format!("{n}=")).collect();
    let answer = server.put(&format!("{METADATA}?{}", many.join("&"))).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["field"]), (400, &json!("query")));
}

// W-17: what one registration may not have, many small calls may not add up to.
#[tokio::test(start_paused = true)]
async fn metadata_does_not_grow_beyond_what_an_instance_may_have() {
    let server = Server::with(&["--myerp.eureka.max-instance-bytes=20KB"]);
    server.has("FOO", "i1").await;
    let mut answers = Vec::new();
    for n in 0..8 {
        let entry = format!("k{n}={}", "x".repeat(4000));
        answers.push(server.put(&format!("{METADATA}?{entry}")).await.status.as_u16());
    }
    assert_eq!(answers, [200, 200, 200, 200, 200, 413, 413, 413]);
    let kept = server.instance("FOO", "i1").await;
    assert_eq!(kept["metadata"].as_object().unwrap().len(), 5);
    server.put(&format!("{METADATA}?k0=short")).await.is_bare(200);
}
