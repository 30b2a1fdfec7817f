//! A Spring Boot service and a Rust service of one name behind the gateway, and what happens to its
//! callers when instances, the discovery server, or the gateway's configuration come and go.

mod estate;
mod instances;
mod load;
mod sick;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::wait;

use estate::{Estate, PATIENCE};
use load::Load;

/// How long something goes on while callers call.
const WHILE: Duration = Duration::from_secs(3);

/// Once, or as often as `FAULT_ROUNDS` says.
#[test]
fn callers_notice_nothing() -> Result<()> {
    let rounds = std::env::var("FAULT_ROUNDS").ok();
    let rounds = rounds.map_or(Ok(1), |text| text.parse()).context("FAULT_ROUNDS")?;
    (0..rounds).try_for_each(|_| round())
}

fn round() -> Result<()> {
    let mut estate = Estate::start()?;
    step("both instances work", both_work(&estate))?;
    step("TM-8: Rust stops gracefully", rust_stops(&mut estate))?;
    step("TM-10: Rust is killed", rust_is_killed(&mut estate))?;
    step("TM-13: Rust is rolled", rust_is_rolled(&mut estate))?;
    step("the configuration changes", configuration_changes(&estate))?;
    step("TM-14, TM-15: discovery is away and comes back empty", discovery_is_away(&mut estate))?;
    step("Spring stops gracefully", spring_stops(&mut estate))?;
    step("TM-10: Spring is killed", spring_is_killed(&mut estate))?;
    step("the gateway stops", gateway_stops(&mut estate))
}

#[expect(clippy::print_stdout, reason = "how far it came")]
fn step(name: &str, outcome: Result<()>) -> Result<()> {
    println!("{name}: {outcome:?}");
    outcome.map_err(|error| error.context(name.to_owned()))
}

fn both_work(estate: &Estate) -> Result<()> {
    let load = Load::start(estate.gateway.port, true);
    load.reaches(&[("spring", 100), ("rust", 100)])?;
    load.ends()
}

fn rust_stops(estate: &mut Estate) -> Result<()> {
    let load = Load::start(estate.gateway.port, true);
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    let mut rust = estate.take_rust()?;
    let status = rust.program.terminate()?;
    ensure!(status.success(), "{status}");
    load.reaches(&[("spring", 100)])?;
    estate.start_rust()?;
    load.reaches(&[("rust", 50)])?;
    load.ends()
}

fn rust_is_killed(estate: &mut Estate) -> Result<()> {
    // Whether a write that was under way has been done nobody can know; reads must not fail.
    let load = Load::start(estate.gateway.port, false);
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    estate.take_rust()?.program.kill9()?;
    load.reaches(&[("spring", 200)])?;
    wait::pause(WHILE);
    estate.start_rust()?;
    load.reaches(&[("rust", 50)])?;
    load.ends_after_a_kill()
}

fn rust_is_rolled(estate: &mut Estate) -> Result<()> {
    let load = Load::start(estate.gateway.port, true);
    load.reaches(&[("rust", 50)])?;
    let mut old = estate.take_rust()?;
    estate.start_rust()?;
    ensure!(old.program.terminate()?.success(), "the old one ended badly");
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    load.ends()
}

fn configuration_changes(estate: &Estate) -> Result<()> {
    let load = Load::start(estate.gateway.port, true);
    let yaml = estate.yaml();
    for number in 0..5 {
        let route = format!(
            "    - {{ id: more-{number}, uri: \"lb://product-service\", predicates: [ \"Path=/more-{number}/**\" ], filters: [ \"SetStatus=299\" ] }}\n"
        );
        let changed = yaml.replace("  routes:\n", &format!("  routes:\n{route}"));
        estate.gateway.rewrite(&changed)?;
        let path = format!("/more-{number}/x");
        wait::until("the new route", PATIENCE, || {
            estate.gateway.get(&path).is_ok_and(|answer| answer.status == 299)
        })?;
    }
    // One that cannot be used changes nothing.
    estate.gateway.rewrite(&yaml.replace("StripPrefix=1", "StripPrefiks=1"))?;
    wait::pause(WHILE);
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    estate.gateway.rewrite(&yaml)?;
    load.ends()
}

fn discovery_is_away(estate: &mut Estate) -> Result<()> {
    let load = Load::start(estate.gateway.port, true);
    load.reaches(&[("spring", 20), ("rust", 20)])?;
    estate.discovery.program.kill9()?;
    wait::pause(WHILE);
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    // It comes back and knows nobody; its clients register again.
    estate.discovery.restart()?;
    wait::pause(WHILE);
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    estate.wait_listed(2)?;
    load.ends()
}

fn spring_stops(estate: &mut Estate) -> Result<()> {
    // Spring closes its connections before it leaves discovery: a write that meets that on its way
    // is sent to the other one, as the reset says that nobody has read it.
    let load = Load::start(estate.gateway.port, true);
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    // A JVM ends with 143 when it was asked to stop.
    estate.spring.terminate()?;
    load.reaches(&[("rust", 100)])?;
    load.ends()?;
    estate.start_spring()
}

fn spring_is_killed(estate: &mut Estate) -> Result<()> {
    let load = Load::start(estate.gateway.port, false);
    load.reaches(&[("spring", 50), ("rust", 50)])?;
    estate.spring.kill9()?;
    load.reaches(&[("rust", 200)])?;
    load.ends_after_a_kill()
}

fn gateway_stops(estate: &mut Estate) -> Result<()> {
    let load = Load::start(estate.gateway.port, true);
    load.reaches(&[("rust", 100)])?;
    let status = estate.gateway.program.terminate()?;
    ensure!(status.success(), "{status}");
    load.ends()
}
