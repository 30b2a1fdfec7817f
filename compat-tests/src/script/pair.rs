//! Two servers that are asked the same.

use anyhow::{Context, Result, bail};

use super::Script;
use crate::case::{self, Against, Case, FieldOrder, Rules, Server, Step, Value};
use crate::deviation::Leniency;

/// A step that the two servers answered differently.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// Index of the step.
    pub step: usize,
    /// The request as sent, in one line.
    pub request: String,
    /// What differs, as `where: what`; wanted is the reference.
    pub differences: Vec<String>,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "step {}: {}", self.step, self.request)?;
        self.differences.iter().try_for_each(|it| write!(formatter, "\n      {it}"))
    }
}

/// The reference and the server that is compared with it.
#[derive(Debug)]
pub struct Pair {
    reference: Server,
    other: Server,
    leniency: Leniency,
    runs: u32,
}

impl Pair {
    /// A pair of servers given by their base URLs, both with an empty registry of their own.
    #[must_use]
    pub fn new(reference: &str, other: &str, leniency: Leniency) -> Self {
        let (reference, other) = (Server::new(reference), Server::new(other));
        Self { reference, other, leniency, runs: 0 }
    }

    /// Runs a script under new names and gives the steps that were answered differently.
    ///
    /// # Errors
    ///
    /// When a registry cannot be emptied afterwards: later runs would mean nothing.
    pub fn run(&mut self, script: &Script) -> Result<Vec<Mismatch>> {
        self.runs += 1;
        // Of fixed length, so that no tag is the beginning of another.
        let case = script.instantiate(&format!("D{:06x}", self.runs));
        let found = self.compare(&case);
        for (which, server) in [("reference", &self.reference), ("other server", &self.other)] {
            empty(server).with_context(|| format!("the {which}, after {}", script.name))?;
        }
        Ok(found)
    }

    /// Compares a recorded case as it is; both registries are emptied by its own rules.
    ///
    /// # Errors
    ///
    /// When a registry cannot be emptied afterwards.
    pub fn compare_recorded(&mut self, case: &Case) -> Result<Vec<Mismatch>> {
        let found = self.compare(case);
        self.reference.clean().context("emptying the reference")?;
        self.other.clean().context("emptying the other server")?;
        Ok(found)
    }

    fn compare(&self, case: &Case) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        for (index, step) in case.steps.iter().enumerate() {
            let wanted = ask(&self.reference, step, &case.tag);
            let got = ask(&self.other, step, &case.tag);
            let differences = match (wanted, got) {
                (Ok(wanted), Ok(got)) => {
                    let wanted = self.leniency.forgive(wanted);
                    case::disagreements(&[wanted], &[got], FieldOrder::Kept)
                }
                (Err(error), Ok(_)) => vec![format!("no answer of the reference: {error:#}")],
                (Ok(_), Err(error)) => vec![format!("no answer: {error:#}")],
                // What both fail to answer, they answer alike.
                (Err(_), Err(_)) => Vec::new(),
            };
            if !differences.is_empty() {
                mismatches.push(Mismatch { step: index, request: in_one_line(step), differences });
            }
        }
        mismatches
    }
}

/// Sends one step and observes the answer.
fn ask(server: &Server, step: &Step, tag: &str) -> Result<Value> {
    let against = Against::Live { now_ms: case::now_ms() };
    let rules = Rules { order: FieldOrder::Kept, tag, against };
    case::observe(step, &server.send(step)?, &rules)
}

fn empty(server: &Server) -> Result<()> {
    server.clean()?;
    let apps = super::step("GET", "/apps", &[("Accept", "application/json")], Value::Null);
    let registry = Value::parse(&server.send(&apps)?.text()?).context("reading the registry")?;
    let applications = registry.get("applications").and_then(|it| it.get("application"));
    match applications.map(Value::elements) {
        Some([]) => Ok(()),
        _ => bail!("the registry could not be emptied: {registry}"),
    }
}

fn in_one_line(step: &Step) -> String {
    let mut line = format!("{} {} {}", step.method, step.path, step.headers);
    if step.body != Value::Null {
        line.push_str(&format!(" {}", step.body));
    }
    line
}
