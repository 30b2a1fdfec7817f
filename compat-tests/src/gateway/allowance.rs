//! What ours does otherwise on purpose.

use anyhow::{Context as _, Result};
use compat_tests::gateway;
use serde::Deserialize;

/// One kind of difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowance {
    /// Names of cases; a star at the end stands for any end.
    cases: Vec<String>,
    /// What the differences contain.
    differences: Vec<String>,
    /// Why ours is better and breaks no client. Source: the rule it names.
    why: String,
    #[serde(skip)]
    is_used: bool,
}

/// All kinds.
#[derive(Debug)]
pub(crate) struct Allowances(Vec<Allowance>);

impl Allowances {
    pub(crate) fn load() -> Result<Self> {
        let text = gateway::fixture("differential-allowed.json")?;
        let list: Vec<Allowance> = serde_json::from_str(&text).context("reading the allowances")?;
        Ok(Self(list))
    }

    /// Takes what is allowed to the case out of its differences.
    pub(crate) fn remove(&mut self, case: &str, differences: &mut Vec<String>) {
        for allowance in &mut self.0 {
            if !allowance.cases.iter().any(|pattern| is_match(pattern, case)) {
                continue;
            }
            let before = differences.len();
            differences
                .retain(|line| !allowance.differences.iter().any(|part| line.contains(&**part)));
            allowance.is_used |= differences.len() < before;
        }
    }

    /// A line for each that nothing needed.
    pub(crate) fn unused(&self) -> String {
        let unused = self.0.iter().filter(|one| !one.is_used);
        unused.map(|one| format!("  no longer differs: {:?}, {}\n", one.cases, one.why)).collect()
    }
}

fn is_match(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}
