//! The same requests to Spring Cloud Gateway and to ours, with the same configuration; answers, and
//! what the backends received, are compared at once.
//!
//! `COMPAT_SUBJECT=reference` puts a second Spring Cloud Gateway in our place: what differs then is
//! the fault of the comparison. `DIFF_SEED` and `DIFF_REQUESTS` choose the generated requests, which
//! `DIFF_SEEDS` divides among so many seeds.

mod actuator;
mod estate;
mod generated;

use anyhow::{Result, bail, ensure};
use compat_tests::gateway::allowance::Allowances;
use compat_tests::gateway::request::Case;
use compat_tests::gateway::{self};

use estate::Estate;

#[test]
fn both_gateways_do_the_same() -> Result<()> {
    let estate = Estate::start()?;
    let mut allowed = Allowances::load("differential-allowed.json")?;
    let cases: Vec<Case> = serde_json::from_str(&gateway::fixture("differential.json")?)?;
    ensure!(cases.len() >= 400, "{} cases", cases.len());
    let mut wrong = String::new();
    for case in &cases {
        wrong.push_str(&estate.compare(case, &mut allowed)?);
    }
    wrong.push_str(&generated::requests(&estate, &mut allowed)?);
    wrong.push_str(&actuator::endpoints(&estate)?);
    if estate.is_ours {
        wrong.push_str(&allowed.unused());
    }
    if wrong.is_empty() { Ok(()) } else { bail!("answers differ:\n{wrong}") }
}
