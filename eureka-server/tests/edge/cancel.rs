//! `DELETE /eureka/apps/{app}/{id}`: the end of a lease.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Call, START_MS, Server};

// 1.8
#[tokio::test(start_paused = true)]
async fn a_lease_ends_once() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.delete("/eureka/apps/BAR/i1").await.is_bare(404);
    let call = Call::new("DELETE", "/eureka/apps/foo/i1/").accept("text/html, image/gif");
    call.send(&server).await.is_bare(200);
    server.delete("/eureka/apps/FOO/i1").await.is_bare(404);
    server.put("/eureka/apps/FOO/i1").await.is_bare(404);
    server.get("/eureka/apps/FOO").await.is_bare(404);
    assert_eq!(server.instance("FOO", "i1").await, Value::Null);
}

// 3.4
#[tokio::test(start_paused = true)]
async fn the_delta_tells_who_went_and_when() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.pass(Duration::from_secs(7)).await;
    server.delete("/eureka/apps/FOO/i1").await.is_bare(200);
    let delta = server.get("/eureka/apps/delta").await.json();
    assert_eq!(delta["applications"]["apps__hashcode"], "");
    let gone = &delta["applications"]["application"][0]["instance"][0];
    let told = [&gone["actionType"], &gone["status"], &gone["leaseInfo"]["evictionTimestamp"]];
    assert_eq!(told, [&json!("DELETED"), &json!("UP"), &json!(START_MS + 7_000)]);
    assert_eq!(gone["lastUpdatedTimestamp"], (START_MS + 7_000).to_string());
}

// 3.4: the override goes with the lease.
#[tokio::test(start_paused = true)]
async fn an_override_does_not_outlive_the_lease() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.put("/eureka/apps/FOO/i1/status?value=OUT_OF_SERVICE").await.is_bare(200);
    server.delete("/eureka/apps/FOO/i1").await.is_bare(200);
    server.has("FOO", "i1").await;
    assert_eq!(server.instance("FOO", "i1").await["status"], "UP");
}

#[tokio::test(start_paused = true)]
async fn the_other_instances_stay() {
    let server = Server::start();
    for (app, id) in [("FOO", "i1"), ("FOO", "i2"), ("FOOL", "i1")] {
        server.has(app, id).await;
    }
    server.delete("/eureka/apps/FOO/i1").await.is_bare(200);
    let apps = server.get("/eureka/apps").await.json();
    let names: Vec<_> = apps["applications"]["application"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|app| app["instance"].as_array().unwrap())
        .map(|instance| format!("{}/{}", instance["app"], instance["instanceId"]))
        .collect();
    assert_eq!(names, ["\"FOO\"/\"i2\"", "\"FOOL\"/\"i1\""]);
}
