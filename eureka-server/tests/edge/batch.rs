//! `POST /eureka/peerreplication/batch`: what a peer tells.

use serde_json::{Value, json};
use test_kit::Registration;

use crate::support::{Answer, Call, JSON, Server, XML};

async fn post(server: &Server, body: &Value) -> Answer {
    let call = Call::new("POST", "/eureka/peerreplication/batch/").accept(JSON);
    call.body(JSON, body.to_string()).send(server).await
}

/// Status codes of the items.
async fn outcomes(server: &Server, items: &[Value]) -> Vec<u64> {
    let answer = post(server, &json!({ "replicationList": items })).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, JSON));
    let list = answer.json()["responseList"].take();
    list.as_array().unwrap().iter().map(|item| item["statusCode"].as_u64().unwrap()).collect()
}

fn item(action: &str, id: &str) -> Value {
    json!({ "appName": "FOO", "id": id, "action": action, "lastDirtyTimestamp": 1000, "status": "UP" })
}

fn register(id: &str, dirty: u64) -> Value {
    let made = Registration::new("FOO", id).with("lastDirtyTimestamp", dirty);
    let mut item = item("Register", id);
    item["instanceInfo"] = serde_json::from_str(&made.object()).unwrap();
    item
}

fn with(mut item: Value, name: &str, value: impl Into<Value>) -> Value {
    item[name] = value.into();
    item
}

fn without(mut item: Value, name: &str) -> Value {
    item.as_object_mut().unwrap().remove(name);
    item
}

#[tokio::test(start_paused = true)]
async fn registrations_are_stored_and_always_answered_200() {
    let server = Server::start();
    let refused = with(register("i2", 1), "appName", "BAR");
    let nameless = without(register("i3", 1), "id");
    let items =
        [register("i1", 1000), refused, nameless, without(register("i4", 1), "instanceInfo")];
    assert_eq!(outcomes(&server, &items).await, [200, 200, 500, 500]);
    assert_eq!(server.instance("FOO", "i1").await["actionType"], "ADDED");
    assert_eq!(server.get("/eureka/apps").await.json()["applications"]["apps__hashcode"], "UP_1_");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_those_of_a_peer() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    let beat = |dirty: i64| with(item("Heartbeat", "i1"), "lastDirtyTimestamp", dirty);
    let items =
        [beat(1000), beat(1001), item("Heartbeat", "i9"), without(beat(0), "lastDirtyTimestamp")];
    assert_eq!(outcomes(&server, &items).await, [200, 404, 404, 200]);
    let answer = post(&server, &json!({ "replicationList": [beat(999)] })).await.json();
    let conflict = &answer["responseList"][0];
    assert_eq!(conflict["statusCode"], 409);
    assert_eq!(conflict["responseEntity"], server.instance("FOO", "i1").await);
    let told = with(beat(1001), "overriddenStatus", "DOWN");
    assert_eq!(outcomes(&server, &[told, beat(1000)]).await, [404, 200]);
    assert_eq!(server.instance("FOO", "i1").await["status"], "DOWN");
}

#[tokio::test(start_paused = true)]
async fn cancels_and_overrides() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    let update = |status: &str| with(item("StatusUpdate", "i1"), "status", status);
    let remove = item("DeleteStatusOverride", "i1");
    let items = [
        update("DOWN"),
        update("sideways"),
        without(update(""), "status"),
        item("StatusUpdate", "i9"),
        without(remove.clone(), "lastDirtyTimestamp"),
        item("DeleteStatusOverride", "i9"),
    ];
    assert_eq!(outcomes(&server, &items).await, [200, 500, 500, 404, 500, 404]);
    assert_eq!(server.instance("FOO", "i1").await["status"], "DOWN");
    assert_eq!(outcomes(&server, &[remove]).await, [200]);
    assert_eq!(server.instance("FOO", "i1").await["status"], "UP");
    let cancel = without(item("Cancel", "i1"), "lastDirtyTimestamp");
    assert_eq!(outcomes(&server, &[cancel.clone(), cancel]).await, [200, 404]);
    assert_eq!(server.instance("FOO", "i1").await, Value::Null);
}

#[tokio::test(start_paused = true)]
async fn items_are_done_in_order_and_a_broken_one_fails_alone() {
    let server = Server::start();
    let items = [
        register("i1", 1),
        without(item("Heartbeat", "i1"), "action"),
        without(item("Heartbeat", "i1"), "appName"),
        with(item("Heartbeat", "i1"), "lastDirtyTimestamp", 1),
        item("Cancel", "i1"),
        item("Heartbeat", "i1"),
        register("i2", 1),
    ];
    assert_eq!(outcomes(&server, &items).await, [200, 500, 500, 200, 200, 404, 200]);
    assert_eq!(outcomes(&server, &[]).await, Vec::<u64>::new());
}

// P-STORM
#[tokio::test(start_paused = true)]
async fn the_same_batch_twice_leaves_the_same_registry() {
    let server = Server::start();
    let mut items: Vec<Value> = (0..250).map(|n| register(&format!("i{n}"), 7)).collect();
    items.extend((0..50).map(|n| item("Cancel", &format!("i{n}"))));
    outcomes(&server, &items).await;
    let once = server.get("/eureka/apps").await.body;
    outcomes(&server, &items).await;
    assert_eq!(server.get("/eureka/apps").await.body, once);
}

// Row 17 of the deviations: the reference refuses the whole batch.
#[tokio::test(start_paused = true)]
async fn unknown_members_are_skipped() {
    let server = Server::start();
    let beat = with(with(item("Heartbeat", "i1"), "future", json!([{}])), "other", json!({}));
    let body = json!({ "replicationList": [register("i1", 1000), beat], "extra": { "a": [1] } });
    assert_eq!(post(&server, &body).await.json()["responseList"][1]["statusCode"], 200);
}

// EP-50
#[tokio::test(start_paused = true)]
async fn what_is_no_batch_is_refused_and_nothing_of_it_is_done() {
    let server = Server::start();
    for (body, field) in [
        (json!({}), "replicationList"),
        (json!({ "replicationList": null }), "replicationList"),
        (json!({ "replicationList": "x" }), "replicationList"),
        (json!({ "replicationList": [register("i1", 1), 5] }), "replicationList[1].item"),
        (
            json!({ "replicationList": [register("i1", 1), item("Explode", "i1")] }),
            "replicationList[1].action",
        ),
        (
            json!({ "replicationList": [with(register("i1", 1), "id", json!({}))] }),
            "replicationList[0].id",
        ),
        (json!([]), "body"),
    ] {
        let answer = post(&server, &body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.json()["field"], field, "{body}");
    }
    assert_eq!(server.instance("FOO", "i1").await, Value::Null);
    let too_many: Vec<Value> = (0..10_001).map(|_| json!({})).collect();
    assert_eq!(post(&server, &json!({ "replicationList": too_many })).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_json_and_its_answer_what_is_asked_for() {
    let server = Server::start();
    let path = "/eureka/peerreplication/batch";
    let body = json!({ "replicationList": [item("Cancel", "i1")] }).to_string();
    for (media_type, status) in
        [(XML, 400), ("text/plain", 415), ("", 415), ("application/json;charset=UTF-8", 200)]
    {
        let answer =
            Call::new("POST", path).accept(JSON).body(media_type, body.clone()).send(&server).await;
        assert_eq!(answer.status, status, "{media_type}");
    }
    let answer = Call::new("POST", path).body(JSON, body.clone()).send(&server).await;
    assert_eq!(answer.header("content-type"), XML);
    assert!(answer.text().contains("<statusCode>404</statusCode>"), "{}", answer.text());
    Call::new("POST", path).accept("text/html").body(JSON, body).send(&server).await.is_bare(406);
}

// Eight times what a single registration may bring.
#[tokio::test(start_paused = true)]
async fn a_batch_may_be_larger_than_a_registration() {
    let server = Server::with(&["--myerp.server.max-body-bytes=1000B"]);
    let sized = |bytes: usize| {
        let bare = json!({ "replicationList": [], "pad": "" }).to_string().len();
        json!({ "replicationList": [], "pad": "x".repeat(bytes - bare) })
    };
    assert_eq!(post(&server, &sized(8000)).await.status, 200);
    assert_eq!(post(&server, &sized(8001)).await.status, 413);
}

// An item may bring texts of any length; what is remembered of it may not.
#[tokio::test(start_paused = true)]
async fn nothing_long_is_remembered_of_a_cancellation_of_nobody() {
    let server = Server::start();
    let long = "x".repeat(1 << 20);
    assert_eq!(outcomes(&server, &[item("Cancel", &long)]).await, [404]);
    let (_, cancelled) = server.app.registry().recent();
    assert!(cancelled.iter().all(|event| event.what.len() < 2048), "{}", cancelled[0].what.len());
}
