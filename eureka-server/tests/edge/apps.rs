//! `GET /eureka/apps` and `GET /eureka/apps/{app}`: lists.

use std::time::Duration;

use serde_json::{Value, json};
use test_kit::Registration;

use crate::support::{Answer, Call, JSON, Server, XML};

/// Every form in which a list can be asked for: media type, detail, compression.
const FORMS: [(&str, &str, &str); 8] = [
    (JSON, "full", ""),
    (JSON, "full", "gzip"),
    (JSON, "compact", ""),
    (JSON, "compact", "gzip"),
    (XML, "full", ""),
    (XML, "full", "gzip"),
    (XML, "compact", ""),
    (XML, "compact", "gzip"),
];

async fn list(
    server: &Server,
    path: &str,
    (accept, detail, encoding): (&str, &str, &str),
) -> Answer {
    let call = Call::new("GET", path).accept(accept).header("x-eureka-accept", detail);
    call.header("accept-encoding", encoding).send(server).await
}

fn plain(answer: &Answer) -> String {
    if answer.header("content-encoding").is_empty() {
        answer.text().to_owned()
    } else {
        answer.unpacked()
    }
}

// Item 8 of the checklist, DM-1
#[tokio::test(start_paused = true)]
async fn an_empty_registry_in_all_its_bytes() {
    let server = Server::start();
    let full =
        "{\"applications\":{\"versions__delta\":\"1\",\"apps__hashcode\":\"\",\"application\":[]}}";
    let compact =
        "{\"applications\":{\"application\":[],\"versions__delta\":\"1\",\"apps__hashcode\":\"\"}}";
    for (detail, body) in [("full", full), ("compact", compact), ("", full), ("COMPACT", compact)] {
        let answer = list(&server, "/eureka/apps", (JSON, detail, "")).await;
        assert_eq!(answer.told(), (200, body), "{detail}");
    }
    server.get("/eureka/apps/FOO").await.is_bare(404);
}

// CN-5, CN-7
#[tokio::test(start_paused = true)]
async fn only_the_two_lists_are_compressed_and_no_other_header_is_sent() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for encoding in
        ["gzip", "gzip, deflate", "deflate, x-gzip;q=0", "br;q=1.0, gzip;q=0.8, *;q=0.1"]
    {
        for (path, version) in [("/eureka/apps", "1"), ("/eureka/apps/delta", "")] {
            let answer = list(&server, path, (JSON, "full", encoding)).await;
            let text = answer.unpacked();
            assert!(text.contains(&format!("\"versions__delta\":\"{version}")), "{text}");
            assert_eq!(answer.header("content-type"), JSON);
            assert_eq!(answer.headers.len(), 2, "{:?}", answer.headers);
        }
    }
    for path in ["/eureka/apps/FOO", "/eureka/vips/x", "/eureka/svips/x", "/eureka/status"] {
        let answer = list(&server, path, (JSON, "full", "gzip")).await;
        assert_eq!(answer.header("content-encoding"), "", "{path}");
        answer.json();
    }
    let answer = list(&server, "/eureka/apps", (JSON, "full", "deflate")).await;
    assert_eq!(answer.header("content-encoding"), "");
}

// 1.2: the body says what the label says, also where the reference's does not.
#[tokio::test(start_paused = true)]
async fn body_and_label_agree() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (accept, label) in [
        ("", XML),
        ("*/*", XML),
        ("application/*", XML),
        (JSON, JSON),
        ("application/json;charset=UTF-8", "application/json;charset=UTF-8"),
        ("application/json, application/*+json", JSON),
        ("application/xml, application/json", JSON),
        ("application/json;q=0.5, application/xml", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML),
        ("APPLICATION/JSON", JSON),
    ] {
        for path in ["/eureka/apps", "/eureka/apps/delta", "/eureka/apps/FOO", "/eureka/vips/x"] {
            let answer = list(&server, path, (accept, "full", "")).await;
            assert_eq!(answer.header("content-type"), label, "{path} {accept}");
            let is_json = serde_json::from_slice::<Value>(&answer.body).is_ok();
            assert_eq!(is_json, label.contains("json"), "{path} {accept}");
        }
    }
    for accept in ["text/html", "text/json", "application/*+json", "application/vnd.x+json"] {
        for path in ["/eureka/apps", "/eureka/apps/delta", "/eureka/apps/FOO", "/eureka/vips/x"] {
            list(&server, path, (accept, "full", "")).await.is_bare(406);
        }
    }
}

/// Statuses of all listed instances, counted as `apps__hashcode` counts them.
fn recount(apps: &Value) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for app in apps["applications"]["application"].as_array().unwrap() {
        for instance in app["instance"].as_array().unwrap() {
            *counts.entry(instance["status"].as_str().unwrap()).or_default() += 1;
        }
    }
    counts.iter().map(|(status, count)| format!("{status}_{count}_")).collect()
}

// Decision: an answer shows every change acknowledged before it, in every form, list and hash alike.
#[tokio::test(start_paused = true)]
async fn every_acknowledged_change_is_in_every_later_answer() {
    let server = Server::start();
    for step in 0..40_u32 {
        let (app, id) = (format!("APP-{}", step % 3), format!("i{}", step % 7));
        match step % 5 {
            0..=2 => {
                let status = ["UP", "DOWN", "STARTING"][step as usize % 3];
                let made = Registration::new(&app, &id)
                    .with("status", status)
                    .with("asgName", format!("g{step}"));
                server.register(&app, &made).await.is_bare(204);
            }
            3 => drop(
                server.put(&format!("/eureka/apps/{app}/{id}/status?value=OUT_OF_SERVICE")).await,
            ),
            _ => drop(server.delete(&format!("/eureka/apps/{app}/{id}")).await),
        }
        let expected = server.instance(&app, &id).await;
        for form in FORMS {
            let text = plain(&list(&server, "/eureka/apps", form).await);
            let asg = expected["asgName"].as_str().unwrap_or("none");
            assert_eq!(
                text.contains(&format!("{asg}<")) || text.contains(&format!("{asg}\"")),
                expected != Value::Null,
                "step {step} {form:?}"
            );
        }
        let full = server.get("/eureka/apps").await.json();
        assert_eq!(full["applications"]["apps__hashcode"], recount(&full), "step {step}");
        let delta = server.get("/eureka/apps/delta").await.json();
        assert_eq!(delta["applications"]["apps__hashcode"], recount(&full), "step {step}");
    }
}

// RC-4: the reference tells old data of an address that is one of several for minutes.
#[tokio::test(start_paused = true)]
async fn applications_and_addresses_are_as_fresh_as_the_list() {
    let server = Server::start();
    server.get("/eureka/apps/FOO").await.is_bare(404);
    for status in ["UP", "DOWN", "UP"] {
        let made = Registration::new("FOO", "i1").with("vipAddress", "a,b").with("status", status);
        server.register("FOO", &made).await.is_bare(204);
        let of_app = server.get("/eureka/apps/FOO").await.json()["application"].take();
        assert_eq!(of_app["instance"][0]["status"], status);
        for vip in ["a", "b"] {
            let of_vip = server.get(&format!("/eureka/vips/{vip}")).await.json();
            assert_eq!(of_vip["applications"]["application"][0]["instance"][0]["status"], status);
        }
    }
}

// 2.3, 2.7
#[tokio::test(start_paused = true)]
async fn an_application_has_a_root_of_its_own_in_every_form() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (form, start, end) in [
        (
            (JSON, "full", ""),
            "{\"application\":{\"name\":\"FOO\",\"instance\":[{\"instanceId\":\"i1\",\"hostName\"",
            "}]}}",
        ),
        (
            (JSON, "compact", ""),
            "{\"application\":{\"name\":\"FOO\",\"instance\":[{\"instanceId\":\"i1\",\"app\"",
            "}]}}",
        ),
        (
            (XML, "full", ""),
            "<application>\n  <name>FOO</name>\n  <instance>\n    <instanceId>i1<",
            "\n  </instance>\n</application>",
        ),
        (
            (XML, "compact", ""),
            "<application><name>FOO</name><instance><instanceId>i1<",
            "</instance></application>",
        ),
    ] {
        let text = plain(&list(&server, "/eureka/apps/foo", form).await);
        assert!(text.starts_with(start) && text.ends_with(end), "{text}");
    }
}

// EP-20
#[tokio::test(start_paused = true)]
async fn regions_nobody_knows_are_ignored() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    let expected = server.get("/eureka/apps").await;
    for query in ["regions=", "regions=a,b", "regions", "x=1&regions=%zz"] {
        assert_eq!(server.get(&format!("/eureka/apps?{query}")).await.body, expected.body);
    }
}

// ST-2, SP-4
#[tokio::test(start_paused = true)]
async fn a_server_that_expects_nobody_refuses_reads_at_first() {
    let server = Server::with(&[
        "--eureka.instance.registry.default-open-for-traffic-count=0",
        "--eureka.server.wait-time-in-ms-when-sync-empty=300000",
    ]);
    server.has("FOO", "i1").await;
    let lists = [
        "/eureka/apps",
        "/eureka/apps/delta",
        "/eureka/apps/FOO",
        "/eureka/apps/BAR",
        "/eureka/vips/x",
        "/eureka/svips/x",
    ];
    for path in lists {
        server.get(path).await.is_bare(403);
    }
    assert_eq!(server.get("/eureka/apps/FOO/i1").await.status, 200, "never refused (EP-23)");
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    server.pass(Duration::from_millis(300_000)).await;
    server.get("/eureka/apps").await.is_bare(403);
    server.pass(Duration::from_millis(1)).await;
    for path in lists {
        let status = if path.ends_with("BAR") { 404 } else { 200 };
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
}

// RT-8: what hyper then leaves out is the body.
#[tokio::test(start_paused = true)]
async fn head_is_answered_as_get() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for path in [
        "/eureka/apps",
        "/eureka/apps/FOO",
        "/eureka/apps/FOO/i1",
        "/eureka/instances/i1",
        "/eureka/vips/x",
        "/eureka/apps/NONE",
    ] {
        for encoding in ["", "gzip"] {
            let call =
                |method| Call::new(method, path).accept(JSON).header("accept-encoding", encoding);
            let (got, head) = (call("GET").send(&server).await, call("HEAD").send(&server).await);
            assert_eq!((got.status, &got.headers), (head.status, &head.headers), "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn lease_times_in_lists_are_those_of_now_after_a_change() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.pass(Duration::from_secs(10)).await;
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    server.has("FOO", "i2").await;
    let told = server.instance("FOO", "i1").await["leaseInfo"].take();
    let of_app = server.get("/eureka/apps/FOO").await.json();
    assert_eq!(of_app["application"]["instance"][0]["leaseInfo"], told);
    let all = server.get("/eureka/apps").await.json();
    let first = &all["applications"]["application"][0]["instance"][0];
    assert_eq!((&first["instanceId"], &first["leaseInfo"]), (&json!("i1"), &told));
}

#[tokio::test(start_paused = true)]
async fn lists_without_a_change_tell_the_lease_times_of_renewals_after_a_while() {
    let server = Server::with(&["--eureka.server.response-cache-auto-expiration-in-seconds=60"]);
    server.has("FOO", "i1").await;
    let listed = async || {
        let all = server.get("/eureka/apps").await.json();
        all["applications"]["application"][0]["instance"][0]["leaseInfo"].clone()
    };
    let before = listed().await;
    server.pass(Duration::from_secs(10)).await;
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    assert_eq!(listed().await, before);

    server.pass(Duration::from_secs(51)).await;
    // The list is made on another thread; paused time stands still until it is there.
    tokio::time::sleep(Duration::from_millis(1)).await;

    assert_eq!(listed().await, server.instance("FOO", "i1").await["leaseInfo"].take());
    assert_ne!(listed().await, before);
}
