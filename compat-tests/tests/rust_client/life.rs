//! Registering, renewing, overrides, a server that loses its registry, leaving, cold starts.

use anyhow::{Context as _, Result, ensure};
use compat_tests::subject::{Kind, ReferenceLine, Subject};
use compat_tests::{paths, wait};
use serde_json::Value;

use super::driver::{APP, Client, ID, PATIENCE, instances};
use super::registry::{add, change, nudge, own, start, tells_old_news, until_own, url};

/// Looks at the client, some 25 ms apart, before the server is asked whether it is to blame.
const LOOKS_BEFORE_DOUBT: u32 = 100;

#[test]
fn a_life_with_our_server() -> Result<()> {
    a_life_with(Kind::Ours)
}

#[test]
fn a_life_with_spring_boot_3() -> Result<()> {
    a_life_with(Kind::Reference(ReferenceLine::Boot35))
}

#[test]
fn a_life_with_spring_boot_4() -> Result<()> {
    a_life_with(Kind::Reference(ReferenceLine::Boot40))
}

fn a_life_with(kind: Kind) -> Result<()> {
    let mut subject = start(kind)?;
    let mut client = Client::start(&[url(subject.port())])?;
    ensure!(own(&subject)?.is_none(), "it is not ready yet");

    client.step("register")?;
    let told = own(&subject)?.context("it is registered")?;
    ensure!(told["status"] == "UP" && told["app"] == APP && told["hostName"] == "h1", "{told}");
    ensure!(told["metadata"]["team"] == "a & b" && told["port"]["$"] == 8099, "{told}");
    ensure!(told["vipAddress"] == APP && told["leaseInfo"]["durationInSecs"] == 90, "{told}");
    let registered = told["leaseInfo"]["lastRenewalTimestamp"].as_i64();
    until_own(&subject, "a renewal", |own| {
        own["leaseInfo"]["lastRenewalTimestamp"].as_i64() > registered
    })?;
    sees(&mut client, &subject, "UP")?;
    client.step("metadata note 100%")?;
    until_own(&subject, "its metadata", |own| own["metadata"]["note"] == "100%")?;

    override_and_back(&mut client, &subject)?;

    subject.restart()?;
    let back = until_own(&subject, "its return", |own| own["status"] == "UP")?;
    ensure!(back["metadata"]["note"] == "100%", "{back}");
    client.until("own", |own| own["registered"] == true)?;
    sees(&mut client, &subject, "UP")?;

    client.step("status DOWN")?;
    until_own(&subject, "its own status", |own| own["status"] == "DOWN")?;
    client.step("status UP")?;
    until_own(&subject, "its own status", |own| own["status"] == "UP")?;
    client.step("deregister")?;
    ensure!(own(&subject)?.is_none(), "it left");
    client.ended()
}

/// An operator takes it out and back in; the second time without saying what it is then, which
/// makes the server ask the client.
fn override_and_back(client: &mut Client, subject: &Subject) -> Result<()> {
    let path = |value: &str| format!("/apps/{APP}/{ID}/status{value}");
    for end in ["?value=UP", ""] {
        change(subject, "PUT", &path("?value=OUT_OF_SERVICE"), 200)?;
        sees(client, subject, "OUT_OF_SERVICE")?;
        let own = client.step("own")?;
        ensure!(own["status"] == "UP", "its own status is its own: {own}");
        change(subject, "DELETE", &path(end), 200)?;
        until_own(subject, "the end of the override", |own| {
            own["status"] == "UP" && own["overriddenStatus"] == "UNKNOWN"
        })?;
        sees(client, subject, "UP")?;
    }
    Ok(())
}

/// Waits until the client sees itself with `status`. A Java server that tells old news is made to
/// tell what it knows; any other delay is the client's.
fn sees(client: &mut Client, subject: &Subject, status: &str) -> Result<()> {
    let mut looks = 0;
    let seen = wait::until_some("the own status", PATIENCE, || {
        let own = client.step("own")?;
        looks += 1;
        if own["remoteStatus"] == status {
            return Ok(Some(()));
        }
        if looks % LOOKS_BEFORE_DOUBT == 0 && tells_old_news(subject)? {
            nudge(subject)?;
        }
        Ok(None)
    });
    seen.with_context(|| format!("it should see {status}"))
}

/// With every server gone the client knows what it knew, also after its own restart.
#[test]
fn a_client_outlives_its_server_and_itself() -> Result<()> {
    let file = paths::work("files")?.join(format!("registry-{}", std::process::id()));
    let mut subject = start(Kind::Ours)?;
    let urls = [url(subject.port())];
    add(&subject, "PROVIDER", "provider-1", 8101, "UP", 1)?;
    let keeping = || Client::start_with(&urls, |launch| launch.env("SNAPSHOT", &file));
    let known = |answer: &Value| instances(answer) == ["provider-1 UP"];
    let mut client = keeping()?;
    client.until("instances provider", known)?;
    wait::until("the kept registry", PATIENCE, || file.is_file())?;

    subject.program.kill9()?;
    client.until("instances provider", known)?;
    drop(client);
    let mut client = keeping()?;
    let all = client.step("all")?;
    ensure!(known(&all) && all["source"] == "Disk", "{all}");

    subject.restart()?;
    client.until("all", |all| all["source"] == "Server" && instances(all).is_empty())?;
    std::fs::remove_file(&file).context("removing the kept registry")
}
