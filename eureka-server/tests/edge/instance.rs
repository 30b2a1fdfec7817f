//! `GET /eureka/apps/{app}/{id}` and `GET /eureka/instances/{id}`.

use std::time::Duration;

use serde_json::json;
use test_kit::Registration;

use crate::support::{Call, JSON, START_MS, Server, XML};

const EVICT_BY_HAND: &str = "--eureka.server.eviction-interval-timer-in-ms=86400000";
const NO_PRESERVATION: &str = "--eureka.server.enable-self-preservation=false";

#[tokio::test(start_paused = true)]
async fn an_instance_in_all_its_bytes() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.pass(Duration::from_millis(500)).await;
    let expected = format!(
        "{{\"instance\":{{\"instanceId\":\"i1\",\"hostName\":\"host-1\",\"app\":\"FOO\",\
         \"ipAddr\":\"10.1.2.3\",\"status\":\"UP\",\"overriddenStatus\":\"UNKNOWN\",\
         \"port\":{{\"$\":7001,\"@enabled\":\"true\"}},\
         \"securePort\":{{\"$\":7002,\"@enabled\":\"false\"}},\"countryId\":1,\
         \"dataCenterInfo\":{{\"@class\":\"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo\",\
         \"name\":\"MyOwn\"}},\"leaseInfo\":{{\"renewalIntervalInSecs\":30,\"durationInSecs\":90,\
         \"registrationTimestamp\":{START_MS},\"lastRenewalTimestamp\":{START_MS},\
         \"evictionTimestamp\":0,\"serviceUpTimestamp\":{START_MS}}},\
         \"metadata\":{{\"@class\":\"java.util.Collections$EmptyMap\"}},\
         \"isCoordinatingDiscoveryServer\":\"false\",\"lastUpdatedTimestamp\":\"{START_MS}\",\
         \"lastDirtyTimestamp\":\"1000\",\"actionType\":\"ADDED\"}}}}"
    );
    for path in ["/eureka/apps/FOO/i1", "/eureka/v2/apps/foo/i1/", "/eureka/instances/i1"] {
        let answer = server.get(path).await;
        assert_eq!(answer.told(), (200, expected.as_str()), "{path}");
        let headers: Vec<_> = answer.headers.keys().map(http::HeaderName::as_str).collect();
        assert_eq!(headers, ["content-type"], "{path}");
    }
}

// 1.2, CN-5: negotiated alike for body and label, never compact, never compressed.
#[tokio::test(start_paused = true)]
async fn the_format_is_negotiated() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    for (accept, label, start) in [
        ("*/*", XML, "<instance>"),
        (JSON, JSON, "{"),
        ("application/xml, application/json", XML, "<instance>"),
        ("application/json;q=0.5, application/xml;q=0.4", JSON, "{"),
        ("application/json;charset=UTF-8", "application/json;charset=UTF-8", "{"),
    ] {
        for path in ["/eureka/apps/FOO/i1", "/eureka/instances/i1"] {
            let call = Call::new("GET", path).accept(accept).header("x-eureka-accept", "compact");
            let answer = call.header("accept-encoding", "gzip").send(&server).await;
            assert_eq!(answer.header("content-type"), label, "{accept}");
            assert!(answer.text().starts_with(start), "{accept}");
            assert!(answer.text().contains("leaseInfo"), "not the compact form");
        }
    }
    for accept in ["text/html", "text/json", "application/*+json"] {
        for path in ["/eureka/apps/FOO/i1", "/eureka/instances/i1"] {
            Call::new("GET", path).accept(accept).send(&server).await.is_bare(406);
        }
    }
}

// EP-24
#[tokio::test(start_paused = true)]
async fn an_id_is_found_in_any_application() {
    let server = Server::start();
    server.has("FOO", "i1").await;
    server.has("BAR", "i2").await;
    for (id, app) in [("i1", "FOO"), ("i2", "BAR")] {
        assert_eq!(
            server.get(&format!("/eureka/instances/{id}")).await.json()["instance"]["app"],
            app
        );
    }
    server.get("/eureka/instances/i3").await.is_bare(404);
    server.get("/eureka/instances/I1").await.is_bare(404);
}

// EP-23, LS-4: a lease that was never renewed lasts one duration, a renewed one two.
#[tokio::test(start_paused = true)]
async fn where_leases_expire_an_expired_one_is_hidden() {
    let server = Server::with(&[NO_PRESERVATION, EVICT_BY_HAND]);
    server.register("FOO", &Registration::new("FOO", "i1").lasting(60)).await.is_bare(204);
    server.register("FOO", &Registration::new("FOO", "i2").lasting(60)).await.is_bare(204);
    server.put("/eureka/apps/FOO/i2").await.is_bare(200);
    for (after_ms, i1, i2) in [(60_000, 200, 200), (1, 404, 200), (59_999, 404, 200), (1, 404, 404)]
    {
        server.pass(Duration::from_millis(after_ms)).await;
        for (id, status) in [("i1", i1), ("i2", i2)] {
            for path in [format!("/eureka/apps/FOO/{id}"), format!("/eureka/instances/{id}")] {
                assert_eq!(server.get(&path).await.status, status, "{path} {after_ms}");
            }
        }
    }
    let listed = server.get("/eureka/apps/FOO").await.json();
    assert_eq!(listed["application"]["instance"].as_array().unwrap().len(), 2, "EP-22");
    server.put("/eureka/apps/FOO/i1/status?value=DOWN").await.is_bare(404);
    server.put("/eureka/apps/FOO/i1/metadata?a=b").await.is_bare(404);
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    assert_eq!(server.instance("FOO", "i1").await["status"], json!("UP"));
}

#[tokio::test(start_paused = true)]
async fn an_exact_lease_lasts_one_duration_after_a_renewal_too() {
    let exact = "--myerp.eureka.exact-lease=true";
    let server = Server::with(&[NO_PRESERVATION, EVICT_BY_HAND, exact]);
    server.register("FOO", &Registration::new("FOO", "i1").lasting(60)).await.is_bare(204);
    server.pass(Duration::from_secs(40)).await;
    server.put("/eureka/apps/FOO/i1").await.is_bare(200);
    server.pass(Duration::from_secs(60)).await;
    assert_eq!(server.get("/eureka/apps/FOO/i1").await.status, 200);
    server.pass(Duration::from_millis(1)).await;
    server.get("/eureka/apps/FOO/i1").await.is_bare(404);
}

// SP-3: too few renewals, so nobody is hidden.
#[tokio::test(start_paused = true)]
async fn under_self_preservation_an_expired_lease_is_still_told() {
    let server = Server::with(&[EVICT_BY_HAND]);
    server.register("FOO", &Registration::new("FOO", "i1").lasting(10)).await.is_bare(204);
    server.pass(Duration::from_secs(3600)).await;
    assert_eq!(server.instance("FOO", "i1").await["status"], "UP");
}
