//! The clients of the Go module proxy: hudl/fargo, and go-kit's service discovery on top of it. Both
//! are told which representation to use, for reading and writing.

use anyhow::{Result, ensure};
use serde_json::json;

use super::client::{Client, Identity, column, ensure_lists};
use super::install;
use super::registry::{Registry, ensure_fields, ensure_up, provider, start};

#[test]
fn fargo_in_json() -> Result<()> {
    fargo(&Identity { app: "FARGO-JSON", id: "go-1:fargo:8099", host: "go-1" }, "json")
}

#[test]
fn fargo_in_xml() -> Result<()> {
    fargo(&Identity { app: "FARGO-XML", id: "go-2:fargo:8099", host: "go-2" }, "xml")
}

#[test]
fn go_kit_in_json() -> Result<()> {
    go_kit(&Identity { app: "GO-KIT-JSON", id: "go-3:kit:8099", host: "go-3" }, "json")
}

#[test]
fn go_kit_in_xml() -> Result<()> {
    go_kit(&Identity { app: "GO-KIT-XML", id: "go-4:kit:8099", host: "go-4" }, "xml")
}

/// The life of an instance whose program calls fargo for each request.
fn fargo(who: &Identity, format: &str) -> Result<()> {
    let mut subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&provider(1))?;
    registry.add_amazon(2)?;
    let program = install::go("fargo")?;
    let mut client = Client::start(who, &subject, &program, |launch| launch.env("FORMAT", format))?;

    client.step("register")?;
    let found = registry.listed(who)?;
    ensure_up(&found, who)?;
    ensure_fields(&found, &[("metadata/team", "a & b"), ("securePort@enabled", "false")])?;
    // It asks first, and leaves an instance alone that is there.
    client.step("register")?;
    let again = registry.listed(who)?;
    let since = "leaseInfo/registrationTimestamp";
    ensure!(again.get(since) == found.get(since), "{again:#?}");
    let before = registry.renewed(who)?;
    client.step("renew")?;
    ensure!(registry.renewed(who)? > before, "the lease was not renewed");

    fargo_reads(&mut client, who)?;
    fargo_changes(&mut client, &registry, who)?;

    subject.restart()?;
    registry.ensure_lost()?;
    let lost = client.refused("renew")?;
    ensure!(lost["code"] == 404, "{lost}");
    client.step("reregister")?;
    ensure_fields(&registry.listed(who)?, &[("hostName", who.host), ("app", who.app)])?;

    client.step("deregister")?;
    registry.ensure_gone(who)?;
    let twice = client.refused("deregister")?;
    ensure!(twice["code"] == 404, "{twice}");
    Ok(())
}

/// Every read that the client has.
fn fargo_reads(client: &mut Client, who: &Identity) -> Result<()> {
    let all = client.step("apps")?;
    ensure_lists(&all, "id", &[who.id, "provider-1", "provider-2"])?;
    ensure_lists(&all, "portEnabled", &["true", "true", "true"])?;
    ensure_lists(&all, "secureEnabled", &["false", "false", "false"])?;
    ensure_lists(&client.step("app provider")?, "ip", &["10.0.0.1", "10.0.0.2"])?;
    ensure_lists(&client.step("vip provider-vip")?, "port", &["8101", "8102"])?;
    ensure_lists(&client.step("vip shared-vip")?, "id", &[who.id])?;
    ensure_lists(&client.step("vip no-such-vip")?, "id", &[])?;
    ensure_lists(&client.step("svip provider-svip")?, "id", &["provider-1", "provider-2"])?;
    let own = client.step(&format!("instance {} {}", who.app, who.id))?;
    let metadata = json!({ "team": "a & b", "note": "" });
    ensure!(own["instances"][0]["metadata"] == metadata, "{own}");
    ensure!(column(&own, "lease") == ["30"], "{own}");
    let nobody = client.refused("app NOBODY")?;
    ensure!(nobody["error"] == "Application not found for name=NOBODY", "{nobody}");
    ensure!(client.refused("instance PROVIDER nobody")?["code"] == 404, "not a 404");
    Ok(())
}

/// Status and metadata; a blank in a query is sent as plus.
fn fargo_changes(client: &mut Client, registry: &Registry, who: &Identity) -> Result<()> {
    client.step("metadata note one + two")?;
    ensure_fields(&registry.listed(who)?, &[("metadata/note", "one + two")])?;
    for status in ["OUT_OF_SERVICE", "DOWN", "UP"] {
        client.step(&format!("status {status}"))?;
        let wanted = [("status", status), ("overriddenstatus", status)];
        ensure_fields(&registry.listed(who)?, &wanted)?;
        client.step("renew")?;
        ensure_fields(&registry.listed(who)?, &wanted)?;
    }
    client.refused("status SLEEPING")?;
    ensure_fields(&registry.listed(who)?, &[("status", "UP")])
}

/// The life of an instance whose registrar renews and whose instancer polls.
fn go_kit(who: &Identity, format: &str) -> Result<()> {
    let mut subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&provider(1))?;
    let program = install::go("gokit")?;
    let mut client = Client::start(who, &subject, &program, |launch| launch.env("FORMAT", format))?;

    client.step("register")?;
    ensure_up(&registry.listed(who)?, who)?;
    registry.wait_renewed(who, 2)?;
    client.step("watch PROVIDER")?;
    client.until("seen", |answer| answer["addresses"] == json!(["10.0.0.1:8101"]))?;
    registry.add(&provider(2))?;
    let both = json!(["10.0.0.1:8101", "10.0.0.2:8102"]);
    let other_order = json!(["10.0.0.2:8102", "10.0.0.1:8101"]);
    client.until("seen", |seen| seen["addresses"] == both || seen["addresses"] == other_order)?;

    subject.restart()?;
    registry.ensure_lost()?;
    ensure_up(&registry.wait_for(who, "status", "UP")?, who)?;
    client.until("seen", |answer| answer["error"] == "Application not found for name=PROVIDER")?;
    registry.add(&provider(3))?;
    client.until("seen", |answer| answer["addresses"] == json!(["10.0.0.3:8103"]))?;

    client.step("deregister")?;
    registry.ensure_gone(who)
}
