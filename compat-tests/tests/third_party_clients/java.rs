//! The clients of Maven Central besides Spring's and Netflix's own: Micronaut and `SmallRye` Stork.

use anyhow::{Result, ensure};
use compat_tests::process::Launch;
use compat_tests::subject::Subject;
use serde_json::json;

use super::client::{Client, Identity, column, ensure_lists, lists};
use super::registry::{Registry, ensure_fields, ensure_up, provider, start};

/// Starts a module of `compat-tests/java`.
fn java(
    who: &Identity,
    subject: &Subject,
    module: &str,
    prepare: impl FnOnce(Launch) -> Launch,
) -> Result<Client> {
    let jar = compat_tests::java::jar(&format!("{module}/target/{module}.jar"))?;
    Client::start(who, subject, "java".as_ref(), |launch| {
        prepare(launch).args(["-Xmx128m", "-XX:+UseSerialGC", "-jar"]).arg(jar)
    })
}

/// An application that registers when its HTTP server is up and heartbeats with its health.
#[test]
fn micronaut_discovery_client() -> Result<()> {
    let who = Identity { app: "MICRONAUT-APP", id: "mn-1:micronaut-app:8099", host: "mn-1" };
    let mut subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&provider(1))?;
    let mut client = java(&who, &subject, "micronaut-client", |launch| launch)?;

    client.step("register")?;
    let found = registry.wait_for(&who, "status", "UP")?;
    ensure_up(&found, &who)?;
    ensure_fields(&found, &[("metadata/team", "a & b"), ("instanceId", who.id)])?;
    registry.wait_renewed(&who, 2)?;

    // It looks applications up in lower case.
    ensure_lists(&client.step("instances provider")?, "id", &["provider-1"])?;
    let balanced = client.step("balanced provider")?;
    ensure!(balanced["uri"] == "http://provider-1.test:8101", "{balanced}");
    ensure_lists(&client.step("instances nobody")?, "id", &[])?;
    // Its reader does not know Amazon data centers.
    registry.add(&provider(2))?;
    let all = [who.id, "provider-1", "provider-2"];
    ensure_lists(&client.step("apps")?, "id", &all)?;
    ensure_lists(&client.step("vip provider-vip")?, "id", &["provider-1", "provider-2"])?;
    let one = client.step(&format!("instance {} {}", who.app, who.id))?;
    ensure!(one["instances"][0]["metadata"] == json!({ "team": "a & b" }), "{one}");
    let updated = client.step("metadata note 100%")?;
    ensure!(updated["status"] == "OK", "{updated}");
    ensure_fields(&registry.listed(&who)?, &[("metadata/note", "100%")])?;

    client.step("health DOWN")?;
    registry.wait_for(&who, "status", "DOWN")?;
    client.step("health UP")?;
    registry.wait_for(&who, "status", "UP")?;

    subject.restart()?;
    registry.ensure_lost()?;
    ensure_up(&registry.wait_for(&who, "status", "UP")?, &who)?;
    registry.deregister(&mut client, &who)
}

/// Never renews, but asks for a lease of 10 000 s; resolves one application per request.
#[test]
fn smallrye_stork() -> Result<()> {
    let who = Identity { app: "STORK-APP", id: "STORK-APP", host: "stork-1" };
    let subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&provider(1))?;
    let services = |launch: Launch| launch.env("SERVICES", "PROVIDER,NOBODY");
    let mut client = java(&who, &subject, "stork-client", services)?;

    client.step("register")?;
    let found = registry.listed(&who)?;
    ensure_up(&found, &who)?;
    ensure_fields(&found, &[("metadata/team", "a & b"), ("vipAddress", who.app)])?;
    ensure_fields(&found, &[("leaseInfo/durationInSecs", "10000")])?;
    ensure_fields(&found, &[("leaseInfo/renewalIntervalInSecs", "10000")])?;

    ensure_lists(&client.step("instances PROVIDER")?, "host", &["provider-1.test"])?;
    ensure_lists(&client.step("instances NOBODY")?, "host", &[])?;
    registry.add_amazon(2)?;
    let both = ["8101", "8102"];
    client.until("instances PROVIDER", |answer| lists(answer, "port", &both))?;
    registry.change("PUT", "/apps/PROVIDER/provider-1/status?value=OUT_OF_SERVICE")?;
    client.until("instances PROVIDER", |answer| column(answer, "port") == ["8102"])?;
    registry.change("DELETE", "/apps/PROVIDER/provider-2")?;
    client.until("instances PROVIDER", |answer| column(answer, "port").is_empty())?;

    client.step("deregister")?;
    registry.ensure_gone(&who)
}
