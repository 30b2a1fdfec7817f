//! What ours does otherwise than Spring's on purpose.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::fixture;

/// One kind of difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowance {
    /// Names of cases; a star stands for anything.
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
pub struct Allowances(Vec<Allowance>);

impl Allowances {
    /// Those of a file below `fixtures/gateway`.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn load(file: &str) -> Result<Self> {
        let text = fixture(file)?;
        let list: Vec<Allowance> = serde_json::from_str(&text).context("reading the allowances")?;
        Ok(Self(list))
    }

    /// Takes what is allowed to the case out of its differences.
    pub fn remove(&mut self, case: &str, differences: &mut Vec<String>) {
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
    #[must_use]
    pub fn unused(&self) -> String {
        let unused = self.0.iter().filter(|one| !one.is_used);
        unused.map(|one| format!("  no longer differs: {:?}, {}\n", one.cases, one.why)).collect()
    }
}

/// Whether `name` fits a pattern, in which each star stands for anything.
fn is_match(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => {
            let Some(left) = name.strip_prefix(start) else { return false };
            let mut ends = left.char_indices().map(|(at, _)| at).chain([left.len()]);
            ends.any(|at| left.get(at..).is_some_and(|end| is_match(rest, end)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name) in
            [("a", "a"), ("a*", "a"), ("a*", "abc"), ("*: b*", "x: bc"), ("*", "")]
        {
            assert!(is_match(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "ab"), ("a*", "b"), ("*: b", "x: bc"), ("*b*d", "abc")] {
            assert!(!is_match(pattern, name), "{pattern} {name}");
        }
    }
}
