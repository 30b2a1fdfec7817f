//! Spring Boot services with `OpenFeign` that work with the product service, found by its name: through
//! our discovery server and through Spring's. Instances of it come and go meanwhile.
//!
//! What runs around our server is shared by the tests and put right again by the next.

#![expect(clippy::indexing_slicing, reason = "what is missing in an answer fails the test")]

mod caller;
mod estate;
mod load;
mod shop;

use anyhow::Result;
use compat_tests::subject::{Kind, ReferenceLine};
use parking_lot::Mutex;

use estate::Estate;

/// What runs around our server, between two tests.
static ESTATE: Mutex<Option<Estate>> = Mutex::new(None);

/// Runs `scenario` around our server. Keeps everything for the next test only if all went well.
fn around_our_server(scenario: fn(&mut Estate) -> Result<()>) -> Result<()> {
    let mut shared = ESTATE.lock();
    let mut estate = match shared.take() {
        Some(estate) => estate,
        None => Estate::start(Kind::Ours)?,
    };
    estate.complete()?;
    scenario(&mut estate)?;
    *shared = Some(estate);
    Ok(())
}

#[test]
fn spring_services_work_with_products() -> Result<()> {
    around_our_server(|estate| shop::work_with_products(estate))
}

#[test]
fn a_rust_program_calls_the_spring_services() -> Result<()> {
    around_our_server(|estate| shop::are_called(estate))
}

#[test]
fn a_killed_instance_costs_no_safe_call() -> Result<()> {
    around_our_server(load::one_is_killed)
}

#[test]
fn a_stopped_instance_costs_no_call_at_all() -> Result<()> {
    around_our_server(load::one_is_stopped)
}

#[test]
fn the_same_through_the_reference_server() -> Result<()> {
    let _one_estate_at_a_time = ESTATE.lock();
    let mut estate = Estate::start(Kind::Reference(ReferenceLine::Boot35))?;
    estate.complete()?;
    shop::work_with_products(&estate)?;
    shop::are_called(&estate)
}
