//! `PUT` and `DELETE /eureka/apps/{app}/{id}/status`: overrides.

use std::time::Duration;

use serde_json::json;
use test_kit::Registration;

use crate::support::{JSON, START_MS, Server};

const STATUS: &str = "/eureka/apps/FOO/i1/status";

/// Status, override and action, as told.
async fn told(server: &Server) -> [String; 3] {
    let instance = server.instance("FOO", "i1").await;
    ["status", "overriddenStatus", "actionType"]
        .map(|name| instance[name].as_str().unwrap_or_default().to_owned())
}

// EP-40, OV-1
#[tokio::test(start_paused = true)]
async fn each_of_the_five_can_be_set() {
    for status in ["DOWN", "STARTING", "OUT_OF_SERVICE", "UNKNOWN"] {
        let server = Server::start();
        server.has("FOO", "i1").await;
        server.put(&format!("{STATUS}?value={status}")).await.is_bare(200);
        assert_eq!(told(&server).await, [status, status, "MODIFIED"]);
    }
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.put(&format!("{STATUS}?value=UP")).await.is_bare(200);
    assert_eq!(told(&server).await, ["UP", "UNKNOWN", "ADDED"], "it was so already");
}

// EP-40, EP-42
#[tokio::test(start_paused = true)]
async fn who_is_unknown_is_not_found() {
    let server = Server::start();
    for path in [STATUS, "/eureka/apps/NONE/i1/status"] {
        server.put(&format!("{path}?value=DOWN")).await.is_bare(404);
        server.delete(path).await.is_bare(404);
    }
}

// EP-40 to EP-42: the reference answers 500, and has set the override when the timestamp is wrong.
#[tokio::test(start_paused = true)]
async fn wrong_values_are_refused_before_anything_happens() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (query, field) in [
        ("", "value"),
        ("value=", "value"),
        ("value=down", "value"),
        ("value=PAUSED", "value"),
        ("other=DOWN", "value"),
        ("value=DOWN&lastDirtyTimestamp=x", "lastDirtyTimestamp"),
        ("value=DOWN&lastDirtyTimestamp=", "lastDirtyTimestamp"),
    ] {
        let answer = server.put(&format!("{STATUS}?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, JSON), "{query}");
        assert_eq!(answer.json()["field"], field, "{query}");
    }
    for query in ["value=x", "value=UP&lastDirtyTimestamp=x"] {
        assert_eq!(server.delete(&format!("{STATUS}?{query}")).await.status, 400, "{query}");
    }
    assert_eq!(told(&server).await, ["UP", "UNKNOWN", "ADDED"]);
}

// OV-2, OV-3
#[tokio::test(start_paused = true)]
async fn the_round_trip_out_of_service_and_back() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.put(&format!("{STATUS}?value=OUT_OF_SERVICE")).await.is_bare(200);
    server.has("FOO", "i1").await;
    assert_eq!(told(&server).await, ["OUT_OF_SERVICE", "OUT_OF_SERVICE", "ADDED"]);
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    server.delete(STATUS).await.is_bare(200);
    assert_eq!(told(&server).await, ["UNKNOWN", "UNKNOWN", "MODIFIED"]);
    server.put("/eureka/apps/FOO/i1").await.is_bare(404);
    server.has("FOO", "i1").await;
    assert_eq!(told(&server).await, ["UP", "UNKNOWN", "ADDED"]);
}

// OV-2, EP-42
#[tokio::test(start_paused = true)]
async fn removing_with_a_value_leaves_that_status() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.delete(&format!("{STATUS}?value=DOWN")).await.is_bare(200);
    assert_eq!(told(&server).await, ["UP", "UNKNOWN", "ADDED"], "there was none to remove");
    server.put(&format!("{STATUS}?value=DOWN")).await.is_bare(200);
    server.delete(&format!("{STATUS}?value=UP")).await.is_bare(200);
    assert_eq!(told(&server).await, ["UP", "UNKNOWN", "MODIFIED"]);
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
}

// Rule 1 of 3.5
#[tokio::test(start_paused = true)]
async fn an_instance_that_is_not_ready_beats_the_operator() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.put(&format!("{STATUS}?value=OUT_OF_SERVICE")).await.is_bare(200);
    let down = Registration::new("FOO", "i1").with("status", "DOWN");
    server.register("FOO", &down).await.is_bare(204);
    assert_eq!(told(&server).await, ["DOWN", "OUT_OF_SERVICE", "ADDED"]);
}

// DT-3
#[tokio::test(start_paused = true)]
async fn only_a_greater_timestamp_is_taken_over() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (given, kept) in [("2000", "2000"), ("1500", "2000"), ("2001", "2001")] {
        for value in ["DOWN", "STARTING"] {
            server
                .put(&format!("{STATUS}?value={value}&lastDirtyTimestamp={given}"))
                .await
                .is_bare(200);
        }
        assert_eq!(server.instance("FOO", "i1").await["lastDirtyTimestamp"], kept);
    }
}

// LS-7
#[tokio::test(start_paused = true)]
async fn setting_and_removing_renew_the_lease_uncounted() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for seconds in [10, 20] {
        server.pass(Duration::from_secs(10)).await;
        let path = format!("{STATUS}?value=DOWN");
        let answer =
            if seconds == 10 { server.put(&path).await } else { server.delete(&path).await };
        answer.is_bare(200);
        let lease = server.instance("FOO", "i1").await["leaseInfo"].take();
        assert_eq!(lease["lastRenewalTimestamp"], json!(START_MS + seconds * 1000 + 90_000));
    }
    assert_eq!(server.app.registry().totals().renewals, 0);
}

// Row 9 of the deviations: the reference keeps overrides by id alone.
#[tokio::test(start_paused = true)]
async fn applications_with_equal_ids_do_not_share_an_override() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.has("BAR", "i1").await;
    server.put(&format!("{STATUS}?value=DOWN")).await.is_bare(200);
    server.has("BAR", "i1").await;
    assert_eq!(server.instance("BAR", "i1").await["status"], "UP");
    server.delete("/eureka/apps/BAR/i1").await.is_bare(200);
    assert_eq!(told(&server).await[1], "DOWN");
}
