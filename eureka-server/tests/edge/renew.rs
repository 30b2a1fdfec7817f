//! `PUT /eureka/apps/{app}/{id}`: heartbeats.

use std::time::Duration;

use serde_json::{Value, json};
use test_kit::Registration;

use crate::support::{Answer, Call, JSON, START_MS, Server, XML};

const I1: &str = "/eureka/apps/FOO/i1";

fn renewals(server: &Server) -> u64 {
    server.app.registry().totals().renewals
}

/// When the lease was last renewed, as told.
async fn renewed_at(server: &Server) -> Value {
    server.instance("FOO", "i1").await["leaseInfo"]["lastRenewalTimestamp"].take()
}

async fn beat(server: &Server, query: &str) -> Answer {
    server.put(&format!("{I1}?{query}")).await
}

async fn peer_beat(server: &Server, query: &str, accept: &str) -> Answer {
    let call = Call::new("PUT", &format!("{I1}?{query}")).by_peer();
    call.accept(accept).send(server).await
}

// EP-30, ER-1
#[tokio::test(start_paused = true)]
async fn an_unknown_instance_is_answered_404_without_a_body() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for path in ["/eureka/apps/FOO/i2", "/eureka/apps/BAR/i1", "/eureka/apps/FOO/I1"] {
        let call = Call::new("PUT", path).accept(JSON).body(JSON, "{}");
        call.send(&server).await.is_bare(404);
    }
    assert_eq!(renewals(&server), 0);
}

// EP-31
#[tokio::test(start_paused = true)]
async fn an_instance_of_unknown_status_is_not_renewed() {
    let server = Server::start();
    let unknown = Registration::new("FOO", "i1").with("status", "PAUSED");
    server.register("FOO", &unknown).await.is_bare(204);
    server.pass(Duration::from_secs(5)).await;
    server.put(I1).await.is_bare(404);
    assert_eq!((renewals(&server), renewed_at(&server).await), (0, json!(START_MS)));
}

// EP-32, EP-33, DM-11
#[tokio::test(start_paused = true)]
async fn a_renewal_is_answered_200_and_told_one_duration_ahead() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (count, query) in
        ["", "status=DOWN", "lastDirtyTimestamp=1000", "lastDirtyTimestamp=%31000"]
            .iter()
            .enumerate()
    {
        server.pass(Duration::from_secs(30)).await;
        beat(&server, query).await.is_bare(200);
        let now = START_MS + 30_000 * (count as u64 + 1);
        assert_eq!(renewed_at(&server).await, now + 90_000, "{query}");
        assert_eq!(renewals(&server), count as u64 + 1);
    }
    assert_eq!(server.instance("FOO", "i1").await["status"], "UP");
}

// W-13, W-14, 1.3
#[tokio::test(start_paused = true)]
async fn body_media_type_and_accept_mean_nothing() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (media_type, body) in [(JSON, "{}"), ("text/plain", "x"), (XML, "<"), ("", "")] {
        let call = Call::new("PUT", I1).accept("text/html, image/gif, */*; q=0.2");
        call.body(media_type, body).send(&server).await.is_bare(200);
    }
    Call::new("PUT", I1).accept("text/html").send(&server).await.is_bare(200);
}

// EP-34
#[tokio::test(start_paused = true)]
async fn a_client_with_newer_data_is_told_to_register_but_was_heard() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.pass(Duration::from_secs(30)).await;
    beat(&server, "lastDirtyTimestamp=1001&overriddenstatus=DOWN").await.is_bare(404);
    assert_eq!((renewals(&server), renewed_at(&server).await), (1, json!(START_MS + 120_000)));
    assert_eq!(server.instance("FOO", "i1").await["overriddenStatus"], "UNKNOWN");
}

// EP-34, OV-5
#[tokio::test(start_paused = true)]
async fn a_peer_with_newer_data_hands_over_its_override() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (told, kept) in [("UNKNOWN", "UNKNOWN"), ("x", "UNKNOWN"), ("DOWN", "DOWN")] {
        let query = format!("lastDirtyTimestamp=1001&overriddenstatus={told}");
        peer_beat(&server, &query, JSON).await.is_bare(404);
        assert_eq!(server.instance("FOO", "i1").await["overriddenStatus"], kept);
    }
    beat(&server, "").await.is_bare(200);
    assert_eq!(server.instance("FOO", "i1").await["status"], "DOWN", "from the next renewal on");
    assert_eq!(
        server.get("/eureka/apps").await.json()["applications"]["apps__hashcode"],
        "DOWN_1_"
    );
}

// EP-35, EP-36
#[tokio::test(start_paused = true)]
async fn older_data_is_a_conflict_for_peers_only() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    beat(&server, "lastDirtyTimestamp=999").await.is_bare(200);
    for (accept, label) in [(JSON, JSON), ("*/*", XML), (XML, XML)] {
        let conflict = peer_beat(&server, "lastDirtyTimestamp=999", accept).await;
        assert_eq!((conflict.status.as_u16(), conflict.header("content-type")), (409, label));
        assert!(conflict.text().contains("1000") && conflict.text().contains("i1"));
    }
    let conflict = peer_beat(&server, "lastDirtyTimestamp=-5", JSON).await;
    assert_eq!(conflict.json()["instance"], server.instance("FOO", "i1").await);
    assert_eq!(renewals(&server), 5);
}

// 1.3: the header says it in exactly these letters.
#[tokio::test(start_paused = true)]
async fn only_true_makes_a_peer() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (value, status) in [("true", 409), ("TRUE", 200), ("1", 200), ("", 200)] {
        let call = Call::new("PUT", &format!("{I1}?lastDirtyTimestamp=1"));
        let answer = call.header("X-Netflix-Discovery-Replication", value).send(&server).await;
        assert_eq!(answer.status, status, "{value}");
    }
}

// EP-37
#[tokio::test(start_paused = true)]
async fn a_timestamp_that_is_no_number_is_refused_before_anything_happens() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for query in [
        "lastDirtyTimestamp=",
        "lastDirtyTimestamp=abc",
        "lastDirtyTimestamp=1.5",
        "lastDirtyTimestamp=9223372036854775808",
        "lastDirtyTimestamp=%zz",
    ] {
        let answer = beat(&server, query).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, JSON), "{query}");
        assert_eq!(answer.json()["field"], "lastDirtyTimestamp");
    }
    assert_eq!(renewals(&server), 0);
}

#[tokio::test(start_paused = true)]
async fn timestamps_are_not_compared_where_that_is_switched_off() {
    let server = Server::with(&["--eureka.server.sync-when-timestamp-differs=false"]);
    server.has("FOO", "i1").await;
    beat(&server, "lastDirtyTimestamp=5000").await.is_bare(200);
    peer_beat(&server, "lastDirtyTimestamp=1", JSON).await.is_bare(200);
}
