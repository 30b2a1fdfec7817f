//! Scripts: sequences of requests made up at random, to be answered by two servers alike.
//!
//! A script is a case whose names are not filled in yet: `{TAG}` and `{tag}` stand for a word that is
//! new for each run, so that a run sees nothing of those before it. An object as body is sent as JSON
//! or, under an XML content type, as XML. Printed, a script is a file that can be replayed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::case::{Case, Step, Value};

pub use pair::{Mismatch, Pair};
pub use random::Random;
pub use shrink::shrink;

#[cfg(test)]
mod fake;
pub mod generate;
mod instance;
mod operation;
mod pair;
mod random;
mod shrink;
mod xml;

/// A sequence of requests with open names.
#[derive(Clone, Debug)]
pub struct Script {
    /// Where it comes from, for example its seed.
    pub name: String,
    /// The requests.
    pub steps: Vec<Step>,
}

impl Script {
    /// The case of this script in which `tag` takes the place of the open names, upper-cased for
    /// `{TAG}`, lower-cased for `{tag}`.
    #[must_use]
    pub fn instantiate(&self, tag: &str) -> Case {
        let names = Names { upper: tag.to_uppercase(), lower: tag.to_lowercase() };
        let steps = self.steps.iter().map(|step| names.step(step)).collect();
        Case { name: self.name.clone(), tag: names.upper, steps }
    }

    /// Reads a script from its printed form.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or does not hold exactly one script.
    pub fn load(path: &Path) -> Result<Self> {
        let mut cases = crate::case::load_cases(path)?;
        match (cases.pop(), cases.len()) {
            (Some(case), 0) => Ok(Self { name: case.name, steps: case.steps }),
            _ => bail!("{} does not hold one script", path.display()),
        }
    }

    /// Writes the printed form to a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        fs::write(path, self.to_string()).with_context(|| format!("writing {}", path.display()))
    }
}

/// A list of one case, one line per step.
impl std::fmt::Display for Script {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "[{{\"name\": {}, \"steps\": [", Value::text(&self.name))?;
        for (index, step) in self.steps.iter().enumerate() {
            let end = if index + 1 == self.steps.len() { "" } else { "," };
            writeln!(formatter, "  {}{end}", printed(step))?;
        }
        writeln!(formatter, "]}}]")
    }
}

/// A step as it stands in a case file.
fn printed(step: &Step) -> Value {
    let mut value = Value::object([
        ("method", step.method.as_str().into()),
        ("path", step.path.as_str().into()),
        ("headers", step.headers.clone()),
    ]);
    if step.body != Value::Null {
        value.set("body", step.body.clone());
    }
    value
}

/// A step of method and path, with header lines and a body.
fn step(method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Step {
    let lines = headers.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
    Step {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Value::Object(lines),
        body,
        sleep_ms: 0,
        repeat: 0,
        headers_compared: Vec::new(),
    }
}

/// What takes the place of the open names.
struct Names {
    upper: String,
    lower: String,
}

impl Names {
    fn step(&self, step: &Step) -> Step {
        let mut body = self.value(&step.body);
        if is_xml(step) && matches!(body, Value::Object(_)) {
            body = Value::Text(xml::render(&body));
        }
        Step {
            path: self.text(&step.path),
            body,
            headers: self.value(&step.headers),
            ..step.clone()
        }
    }

    fn text(&self, text: &str) -> String {
        text.replace("{TAG}", &self.upper).replace("{tag}", &self.lower)
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) => Value::Text(self.text(text)),
            Value::List(elements) => {
                Value::List(elements.iter().map(|it| self.value(it)).collect())
            }
            Value::Object(members) => Value::Object(
                members.iter().map(|(name, it)| (self.text(name), self.value(it))).collect(),
            ),
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Fraction(_) => value.clone(),
        }
    }
}

fn is_xml(step: &Step) -> bool {
    let content_type = step.headers.get("Content-Type").and_then(Value::as_text);
    content_type.is_some_and(|it| it.contains("xml"))
}

#[cfg(test)]
mod tests;
