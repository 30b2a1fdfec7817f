//! Two servers, one of which dies.

use anyhow::{Result, ensure};
use compat_tests::subject::{Kind, ReferenceLine};

use super::driver::Client;
use super::registry::{add, start, until_own, url};

#[test]
fn from_our_server_to_another_of_ours() -> Result<()> {
    from_one_to_another([Kind::Ours, Kind::Ours])
}

#[test]
fn between_our_server_and_a_java_server() -> Result<()> {
    from_one_to_another([Kind::Ours, Kind::Reference(ReferenceLine::Boot35)])
}

#[test]
fn between_java_servers() -> Result<()> {
    let line = [ReferenceLine::Boot35, ReferenceLine::Boot40];
    from_one_to_another(line.map(Kind::Reference))
}

/// The servers know nothing of each other: what the other one knows, the client told it.
fn from_one_to_another(kinds: [Kind; 2]) -> Result<()> {
    let [one, other] = kinds;
    let (one, other) = (start(one)?, start(other)?);
    let urls = [url(one.port()), url(other.port())];
    for subject in [&one, &other] {
        add(subject, "PROVIDER", &format!("of-{}", subject.port()), 8101, "UP", 1)?;
    }
    let mut client = Client::start(&urls)?;
    client.step("register")?;
    // Each of its two lines chose a server for itself: either may be the one that dies.
    let fetched_from = client.until("own", |own| own["server"].is_string())?;
    let (mut dying, left) =
        if fetched_from["server"] == urls[0].as_str() { (one, other) } else { (other, one) };
    client.until("instances provider", |it| it["instances"][0]["id"] == of(dying.port()))?;

    dying.program.kill9()?;
    let own = until_own(&left, "its registration there", |own| own["status"] == "UP")?;
    ensure!(own["metadata"]["team"] == "a & b", "{own}");
    client.until("instances provider", |it| it["instances"][0]["id"] == of(left.port()))?;
    let own = client.until("own", |own| own["registered"] == true)?;
    ensure!(own["server"] == url(left.port()), "{own}");

    // The dead one comes back, the other one dies: and back again.
    dying.restart()?;
    let (back, mut gone) = (dying, left);
    gone.program.kill9()?;
    until_own(&back, "its return", |own| own["status"] == "UP")?;
    client.step("deregister")?;
    client.ended()
}

fn of(port: u16) -> String {
    format!("of-{port}")
}
