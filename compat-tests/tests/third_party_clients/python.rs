//! py-eureka-client (PyPI): writes JSON, reads XML, heartbeats and deltas in a thread of its own.

use anyhow::{Result, ensure};
use serde_json::json;

use super::client::{Client, Identity, column, ensure_lists, lists};
use super::install;
use super::registry::{Registry, amazon_note, ensure_fields, ensure_up, provider, start};

const WHO: Identity =
    Identity { app: "PYTHON-APP", id: "python-1:python-app:8099", host: "python-1" };
const PROVIDERS: [&str; 2] = ["provider-1", "provider-2"];

#[test]
fn py_eureka_client() -> Result<()> {
    let mut subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&provider(1))?;
    registry.add_amazon(2)?;
    let program = install::clients().join("py-eureka-client/client.py");
    let mut client = Client::start(&WHO, &subject, &install::python()?, |launch| {
        launch.arg(program).env("INTERVAL", "2")
    })?;

    let answer = client.step("register")?;
    ensure!(answer["failures"] == json!([]), "{answer}");
    let found = registry.listed(&WHO)?;
    ensure_up(&found, &WHO)?;
    let told = [("metadata/team", "a & b"), ("vipAddress", "python-app,shared-vip")];
    ensure_fields(&found, &told)?;
    ensure_fields(&found, &[("leaseInfo/durationInSecs", "30"), ("instanceId", WHO.id)])?;
    registry.wait_renewed(&WHO, 2)?;

    reads(&mut client)?;
    follows(&mut client, &registry)?;
    status(&mut client, &registry)?;

    // Between two heartbeats: when one finds the server gone and its fetch, a moment later, finds it
    // back with other instances, the client waits for ever for the lock that it holds.
    registry.wait_renewed(&WHO, 1)?;
    client.step("idle")?;
    subject.restart()?;
    registry.ensure_lost()?;
    ensure_up(&registry.wait_for(&WHO, "status", "UP")?, &WHO)?;
    registry.add(&provider(3))?;
    client.until("cached PROVIDER", |answer| lists(answer, "id", &["provider-3"]))?;

    // Its heartbeat thread is not stopped, only abandoned: a heartbeat just before it leaves makes
    // sure that the next one, which would register it again, comes after its end.
    registry.wait_renewed(&WHO, 1)?;
    client.step("deregister")?;
    client.ended()?;
    registry.ensure_gone(&WHO)
}

/// Every read that the client has.
fn reads(client: &mut Client) -> Result<()> {
    let all = client.step("full")?;
    ensure_lists(&all, "id", &[WHO.id, PROVIDERS[0], PROVIDERS[1]])?;
    ensure!(all["hash"] == "UP_3_", "{all}");
    ensure_lists(&client.step("cached PROVIDER")?, "id", &PROVIDERS)?;
    ensure_lists(&client.step("application PROVIDER")?, "ip", &["10.0.0.1", "10.0.0.2"])?;
    ensure_lists(&client.step("application provider")?, "port", &["8101", "8102"])?;
    ensure_lists(&client.step("vip provider-vip")?, "id", &PROVIDERS)?;
    ensure_lists(&client.step("vip shared-vip")?, "id", &[WHO.id])?;
    ensure_lists(&client.step("vip no-such-vip")?, "id", &[])?;
    ensure_lists(&client.step("svip provider-svip")?, "id", &PROVIDERS)?;

    let one = client.step("instance PROVIDER provider-2")?;
    ensure!(one["instances"][0]["metadata"] == amazon_note(), "{one}");
    let own = client.step(&format!("instance {} {}", WHO.app, WHO.id))?;
    ensure!(column(&own, "status") == ["UP"], "{own}");
    client.refused("application NOBODY")?;
    client.refused("instance PROVIDER nobody")?;
    Ok(())
}

/// The client's own copy follows the registry by deltas.
fn follows(client: &mut Client, registry: &Registry) -> Result<()> {
    let before = client.step("cached PROVIDER")?;
    ensure_lists(&before, "id", &PROVIDERS)?;

    registry.add(&provider(3))?;
    client.until("cached PROVIDER", |answer| column(answer, "id").len() == 3)?;
    registry.change("PUT", "/apps/PROVIDER/provider-3/status?value=OUT_OF_SERVICE")?;
    let out = ["UP", "UP", "OUT_OF_SERVICE"];
    client.until("cached PROVIDER", |answer| lists(answer, "status", &out))?;
    registry.change("DELETE", "/apps/PROVIDER/provider-3")?;
    client.until("cached PROVIDER", |answer| lists(answer, "id", &PROVIDERS))?;
    Ok(())
}

/// An override outlives heartbeats; taking it back ends in a registration with the client's status.
///
/// The client's calls and its heartbeat thread share a lock that is not made for threads: who waits
/// for it in one is not woken by the other, and heartbeats end for good. Just after a heartbeat the
/// next is a whole interval away.
fn status(client: &mut Client, registry: &Registry) -> Result<()> {
    registry.wait_renewed(&WHO, 1)?;
    client.step("status OUT_OF_SERVICE")?;
    let out = [("status", "OUT_OF_SERVICE"), ("overriddenstatus", "OUT_OF_SERVICE")];
    ensure_fields(&registry.listed(&WHO)?, &out)?;
    registry.wait_renewed(&WHO, 2)?;
    ensure_fields(&registry.listed(&WHO)?, &out)?;

    registry.wait_renewed(&WHO, 1)?;
    client.step("clear-status")?;
    let back = registry.wait_for(&WHO, "status", "UP")?;
    ensure_fields(&back, &[("overriddenstatus", "UNKNOWN")])
}
