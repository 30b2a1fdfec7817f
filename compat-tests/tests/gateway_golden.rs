//! The recorded cases against our gateway, discovery and two backends around it.
//!
//! `COMPAT_SUBJECT=reference` puts Spring Cloud Gateway in our place: what differs then is the fault
//! of the comparison.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::request::{Case, differences};
use compat_tests::gateway::{self, Gateway, Kind};
use compat_tests::subject;
use serde_json::Value;

#[test]
fn recorded_cases_are_answered_as_recorded() -> Result<()> {
    let kind = match std::env::var("COMPAT_SUBJECT").as_deref() {
        Ok("reference") => Kind::Spring,
        _ => Kind::Ours,
    };
    let folder = gateway::recorded();
    let golden: HashMap<String, Value> =
        serde_json::from_str(&gateway::read(&folder.join("golden.json"))?)?;

    let discovery = subject::start_ours(&subject::COMPARISON_ARGS, &[])?;
    let [a, b] = [Backend::start("a")?, Backend::start("b")?];
    for backend in [&a, &b] {
        gateway::register(&discovery.base_url, "echo", backend.port, &[])?;
    }
    let (uri_a, uri_b) = (a.uri(), b.uri());
    let env = [("EUREKA_URL", &*discovery.base_url), ("ECHO_A", &*uri_a), ("ECHO_B", &*uri_b)];
    let yaml = gateway::read(&folder.join("application.yml"))?;
    let mut gateway = Gateway::start(kind, &yaml, &[], &env)?;
    gateway.wait_status("/products", 200)?;
    gateway.wait_status("/echo/a", 200)?;

    // Where the gateway was when its answers were recorded, and where a page of its own comes from.
    let cases = gateway::read(&folder.join("cases.json"))?;
    let cases = cases.replace("127.0.0.1:18080", &format!("127.0.0.1:{}", gateway.port));
    let cases: Vec<Case> = serde_json::from_str(&cases)?;
    ensure!(cases.len() == 131 && golden.len() == 131, "{} cases", cases.len());

    let address = |uri: &str| uri.trim_start_matches("http://").to_owned();
    let (at_a, at_b) = (address(&uri_a), address(&uri_b));
    let names = [(&*at_a, "127.0.0.1:19001"), (&*at_b, "127.0.0.1:19002")];
    let mut failures = String::new();
    for case in &cases {
        let wanted = golden.get(&case.name).with_context(|| format!("{}: no answer", case.name))?;
        let got = case.observe(gateway.port, &names)?;
        let status = got["status"].as_u64().and_then(|it| u16::try_from(it).ok());
        if status.is_some_and(|it| case.accept_status.contains(&it)) {
            continue;
        }
        let mut found = differences(wanted, &got);
        if case.balanced {
            // An answer without a body does not say which of the two gave it.
            found.retain(|line| !line.contains(r#"["x-echo","#));
        }
        if !found.is_empty() {
            writeln!(failures, "  {}\n    {}", case.name, found.join("\n    "))?;
        }
    }
    if failures.is_empty() { Ok(()) } else { bail!("answers differ:\n{failures}") }
}
