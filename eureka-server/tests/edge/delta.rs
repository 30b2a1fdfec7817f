//! `GET /eureka/apps/delta`: what changed lately.

use std::time::Duration;

use serde_json::Value;

use crate::support::{Call, JSON, Server, XML};

/// Action, application and id of everything in the delta.
async fn delta(server: &Server) -> Vec<String> {
    let list = server.get("/eureka/apps/delta").await.json();
    let applications = list["applications"]["application"].as_array().unwrap();
    let instances = applications.iter().flat_map(|app| app["instance"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all: Vec<_> = instances
        .map(|it| [&it["actionType"], &it["app"], &it["instanceId"]].map(text).join(" "))
        .collect();
    all.sort();
    all
}

// DL-2, DL-4
#[tokio::test(start_paused = true)]
async fn each_instance_appears_once_with_its_last_action() {
    let server = Server::start();
    assert_eq!(delta(&server).await, Vec::<String>::new());
    for id in ["i1", "i2", "i3"] {
        server.has("FOO", id).await;
    }
    server.has("BAR", "i1").await;
    server.put("/eureka/apps/FOO/i2/status?value=DOWN").await.is_bare(200);
    server.delete("/eureka/apps/FOO/i3").await.is_bare(200);
    let expected = ["ADDED BAR i1", "ADDED FOO i1", "DELETED FOO i3", "MODIFIED FOO i2"];
    assert_eq!(delta(&server).await, expected);
    server.has("FOO", "i3").await;
    assert_eq!(delta(&server).await[2], "ADDED FOO i3");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_is_no_change_unless_the_status_follows_an_override() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.pass(Duration::from_secs(215)).await;
    assert_eq!(delta(&server).await, Vec::<String>::new());
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    assert_eq!(delta(&server).await, Vec::<String>::new());
    let call =
        Call::new("PUT", "/eureka/apps/FOO/i1?lastDirtyTimestamp=1001&overriddenstatus=DOWN");
    call.by_peer().send(&server).await.is_bare(404);
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    assert_eq!(delta(&server).await, ["MODIFIED FOO i1"], "row 12 of the deviations");
}

// DL-1: 180 s in the delta, looked at every 30 s.
#[tokio::test(start_paused = true)]
async fn a_change_stays_for_the_retention_time_and_leaves_with_the_next_look() {
    let server = Server::start();
    server.pass_seconds(10).await;
    server.has("FOO", "i1").await;
    server.pass_seconds(180).await;
    assert_eq!(delta(&server).await, ["ADDED FOO i1"]);
    server.pass_seconds(19).await;
    assert_eq!(delta(&server).await, ["ADDED FOO i1"], "older, but nobody looked yet");
    server.pass_seconds(1).await;
    assert_eq!(delta(&server).await, Vec::<String>::new());
    assert_eq!(server.get("/eureka/apps").await.json()["applications"]["apps__hashcode"], "UP_1_");
}

#[tokio::test(start_paused = true)]
async fn retention_and_its_timer_can_be_set() {
    let server = Server::with(&[
        "--eureka.server.retention-time-in-m-s-in-delta-queue=2000",
        "--eureka.server.delta-retention-timer-interval-in-ms=1000",
    ]);
    server.has("FOO", "i1").await;
    server.pass_seconds(2).await;
    assert_eq!(delta(&server).await, ["ADDED FOO i1"]);
    server.pass_seconds(1).await;
    assert_eq!(delta(&server).await, Vec::<String>::new());
}

// DL-3
#[tokio::test(start_paused = true)]
async fn the_version_grows_with_every_delta_that_is_made() {
    let server = Server::start();
    let mut last = 0;
    for id in ["i1", "i2", "i3"] {
        server.has("FOO", id).await;
        let list = server.get("/eureka/apps/delta").await.json();
        let version: i64 =
            list["applications"]["versions__delta"].as_str().unwrap().parse().unwrap();
        assert!(version > last, "{version} after {last}");
        last = version;
    }
}

// DL-6
#[tokio::test(start_paused = true)]
async fn a_disabled_delta_is_refused_and_nothing_else() {
    let server = Server::with(&["--eureka.server.disable-delta=true"]);
    for accept in [JSON, XML, "text/html"] {
        Call::new("GET", "/eureka/apps/delta").accept(accept).send(&server).await.is_bare(403);
    }
    assert_eq!(server.get("/eureka/apps").await.status, 200);
}
