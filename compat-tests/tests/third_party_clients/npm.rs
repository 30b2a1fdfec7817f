//! The clients of the npm registry. All talk JSON and keep a copy of the registry.

use anyhow::{Result, ensure};
use compat_tests::process::Launch;
use serde_json::{Value, json};

use super::client::{Client, Identity, column, ensure_lists, lists};
use super::install;
use super::registry::{Registry, amazon_note, ensure_fields, ensure_up, provider, start};

#[test]
fn eureka_js_client() -> Result<()> {
    let who = Identity { app: "JS-APP", id: "js-1:js-app:8099", host: "js-1" };
    caching(&who, "eureka-js-client.js", |launch| launch)
}

#[test]
fn eureka_js_client_with_deltas() -> Result<()> {
    let who = Identity { app: "JS-DELTA-APP", id: "js-2:js-delta-app:8099", host: "js-2" };
    caching(&who, "eureka-js-client.js", |launch| launch.env("DELTA", "true"))
}

#[test]
fn rocketsoftware_eureka_js_client() -> Result<()> {
    let who = Identity { app: "JS-FORK-APP", id: "js-3:js-fork-app:8099", host: "js-3" };
    caching(&who, "eureka-js-client.js", fork)
}

#[test]
fn rocketsoftware_eureka_js_client_with_deltas() -> Result<()> {
    let who = Identity { app: "JS-FORK-DELTA-APP", id: "js-4:fork:8099", host: "js-4" };
    caching(&who, "eureka-js-client.js", |launch| fork(launch).env("DELTA", "true"))
}

#[test]
fn eureka_client() -> Result<()> {
    let who = Identity { app: "OLD-JS-APP", id: "js-5:old-js-app:8099", host: "js-5" };
    caching(&who, "eureka-client.js", |launch| launch)
}

fn fork(launch: Launch) -> Launch {
    launch.env("PACKAGE", "@rocketsoftware/eureka-js-client")
}

/// Starts a script of `clients/npm`.
fn node(
    who: &Identity,
    subject: &compat_tests::subject::Subject,
    script: &str,
    prepare: impl FnOnce(Launch) -> Launch,
) -> Result<Client> {
    let script = install::clients().join("npm").join(script);
    let modules = install::node_modules()?;
    Client::start(who, subject, "node".as_ref(), |launch| {
        prepare(launch).env("NODE_PATH", modules).arg(script)
    })
}

/// The life of the clients that tell what they do by events.
fn caching(who: &Identity, script: &str, prepare: impl FnOnce(Launch) -> Launch) -> Result<()> {
    let mut subject = start()?;
    let registry = Registry::of(&subject);
    registry.add_amazon(1)?;
    let mut client = node(who, &subject, script, prepare)?;

    client.step("register")?;
    let found = registry.listed(who)?;
    ensure_up(&found, who)?;
    ensure_fields(&found, &[("metadata/team", "a & b"), ("instanceId", who.id)])?;
    ensure_fields(&found, &[("statusPageUrl", &format!("http://{}:8099/info", who.host))])?;
    registry.wait_renewed(who, 2)?;
    client.until("events", |events| count(events, "heartbeat") >= 2)?;

    let first = client.until("app provider", |answer| lists(answer, "id", &["provider-1"]))?;
    ensure!(first["instances"][0]["metadata"] == amazon_note(), "{first}");
    ensure_lists(&client.step("vip provider-vip")?, "port", &["8101"])?;
    registry.change("PUT", "/apps/PROVIDER/provider-1/status?value=OUT_OF_SERVICE")?;
    client.until("app provider", |answer| column(answer, "status") == ["OUT_OF_SERVICE"])?;
    registry.change("DELETE", "/apps/PROVIDER/provider-1/status?value=UP")?;
    client.until("app provider", |answer| column(answer, "status") == ["UP"])?;
    registry.add(&provider(2))?;
    client.until("app provider", |answer| column(answer, "id").len() == 2)?;

    subject.restart()?;
    registry.ensure_lost()?;
    ensure_up(&registry.wait_for(who, "status", "UP")?, who)?;
    client.until("events", |events| count(events, "registered") >= 2)?;
    registry.wait_renewed(who, 1)?;
    registry.add(&provider(3))?;
    client
        .until("app provider", |answer| column(answer, "id").iter().any(|id| id == "provider-3"))?;

    registry.deregister(&mut client, who)
}

/// How often the client told an event.
fn count(events: &Value, name: &str) -> u64 {
    events[name].as_u64().unwrap_or_default()
}

#[test]
fn eureka_node_client() -> Result<()> {
    let who = Identity { app: "NODE-APP", id: "js-6:node-app:8099", host: "js-6" };
    let mut subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&provider(1))?;
    let mut client = node(&who, &subject, "eureka-node-client.js", |launch| launch)?;

    client.step("register")?;
    ensure_up(&registry.listed(&who)?, &who)?;
    registry.wait_renewed(&who, 2)?;
    let one = json!([{ "http": "http://10.0.0.1:8101" }]);
    client.until("services", |answer| answer["services"]["provider"] == one)?;
    let own = client.step("services")?;
    ensure!(own["services"]["node-app"] == json!([{ "http": "http://10.1.2.3:8099" }]), "{own}");
    registry.change("DELETE", "/apps/PROVIDER/provider-1")?;
    client.until("services", |answer| answer["services"]["provider"].is_null())?;

    subject.restart()?;
    ensure_up(&registry.wait_for(&who, "status", "UP")?, &who)?;
    registry.add(&provider(2))?;
    let two = json!([{ "http": "http://10.0.0.2:8102" }]);
    client.until("services", |answer| answer["services"]["provider"] == two)?;

    registry.deregister(&mut client, &who)
}
