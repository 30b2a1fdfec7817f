//! Where our server differs from the reference on purpose, as data with reasons.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::case::{Server, Step, Value};
use crate::http::Response;
use crate::script::{Mismatch, Script};
use crate::subject::ReferenceLine;

/// A member that some reference servers send although no client may depend on it.
#[derive(Clone, Copy, Debug)]
struct StrayMember {
    name: &'static str,
    line: ReferenceLine,
    /// Why its absence is right.
    #[expect(dead_code, reason = "read by people")]
    reason: &'static str,
}

const STRAY_MEMBERS: [StrayMember; 1] = [StrayMember {
    name: "registeredApplicationsEmpty",
    line: ReferenceLine::Boot40,
    reason: "eureka-core 2.0.6 serialises a getter of its own by accident, in compact lists only; \
             2.0.5 and the clients of every generation do without",
}];

/// What a comparison with a reference of one generation overlooks.
#[derive(Clone, Copy, Debug)]
pub struct Leniency {
    line: ReferenceLine,
}

impl Leniency {
    /// Overlooks what this generation does by accident.
    #[must_use]
    pub const fn towards(line: ReferenceLine) -> Self {
        Self { line }
    }

    /// An observation of the reference without the members that it sends by accident.
    #[must_use]
    pub fn forgive(&self, mut observation: Value) -> Value {
        for stray in STRAY_MEMBERS.iter().filter(|stray| stray.line == self.line) {
            forget(&mut observation, stray.name);
        }
        observation
    }
}

/// Takes every JSON member and every XML element `name` out of a normal form.
fn forget(value: &mut Value, name: &str) {
    match value {
        Value::Object(members) => {
            members.retain(|(key, _)| key != name);
            members.iter_mut().for_each(|(_, member)| forget(member, name));
        }
        Value::List(elements) => {
            elements.retain(|it| it.get("tag").and_then(Value::as_text) != Some(name));
            elements.iter_mut().for_each(|element| forget(element, name));
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Fraction(_) | Value::Text(_) => {}
    }
}

/// A difference of one recorded case, compared live, that is ours on purpose.
#[derive(Clone, Debug, Deserialize)]
pub struct Allowance {
    /// File and name of the case, for example `renew/text timestamp`.
    pub case: String,
    /// What the allowed differences contain: the end of a path.
    pub difference: String,
    /// Why ours is better and breaks no client.
    pub why: String,
}

impl Allowance {
    /// Reads the list of them.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not such a list.
    pub fn load_all(path: &Path) -> Result<Vec<Self>> {
        let text =
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
    }
}

/// The mismatches of a case without the differences that are allowed to it.
#[must_use]
pub fn not_allowed(allowed: &[Allowance], case: &str, mismatches: &[Mismatch]) -> Vec<Mismatch> {
    let is_allowed = |difference: &str| {
        allowed.iter().any(|it| it.case == case && difference.contains(&it.difference))
    };
    let mut left = mismatches.to_vec();
    for mismatch in &mut left {
        mismatch.differences.retain(|difference| !is_allowed(difference));
    }
    left.retain(|mismatch| !mismatch.differences.is_empty());
    left
}

/// Something that our server does otherwise on purpose: what leads to it, and how each side answers.
#[derive(Clone, Debug, Deserialize)]
pub struct Deviation {
    /// What the protocol calls it, for example `DC-2`, and what happens in a few words.
    pub rule: String,
    /// Why ours is better and breaks no client.
    pub why: String,
    /// The requests, with open names; the answer to the last one is looked at.
    pub steps: Vec<Step>,
    /// Facts of the reference's answer.
    pub reference: Value,
    /// Facts of our answer.
    pub ours: Value,
}

impl Deviation {
    /// Reads the list of them.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not such a list.
    pub fn load_all(path: &Path) -> Result<Vec<Self>> {
        let text =
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
    }

    /// Sends the requests under new names (`tag`) and gives those facts of the last answer that
    /// `expected` names. Takes what is left out of the registry.
    ///
    /// # Errors
    ///
    /// When the server hangs up or is silent.
    pub fn observe(&self, server: &Server, tag: &str, expected: &Value) -> Result<Value> {
        let script = Script { name: self.rule.clone(), steps: self.steps.clone() };
        let mut last = None;
        for step in script.instantiate(tag).steps {
            last = Some(server.send(&step)?);
        }
        server.clean()?;
        let last = last.with_context(|| format!("{} has no steps", self.rule))?;
        let fact = |(name, _): &(String, Value)| (name.clone(), fact(&last, name));
        Ok(Value::Object(expected.members().iter().map(fact).collect()))
    }
}

/// One fact of an answer: `status`, `content-type`, `format` (what the body looks like), or a path
/// into a JSON body such as `applications.application.0.name`.
fn fact(answer: &Response, name: &str) -> Value {
    match name {
        "status" => Value::Integer(answer.status.into()),
        "content-type" => answer.header(name).unwrap_or_default().into(),
        "format" => format_of(&answer.body).into(),
        path => {
            let body = answer.text().ok().and_then(|text| Value::parse(&text).ok());
            body.and_then(|body| at(&body, path)).unwrap_or_default()
        }
    }
}

fn format_of(body: &[u8]) -> &'static str {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => "empty",
        Some(b'{' | b'[') => "json",
        Some(b'<') => "xml",
        Some(_) => "other",
    }
}

/// The value at a path of names and indexes.
fn at(document: &Value, path: &str) -> Option<Value> {
    let mut place = document;
    for part in path.split('.') {
        place = match part.parse::<usize>() {
            Ok(index) => place.elements().get(index)?,
            Err(_) => place.get(part)?,
        };
    }
    Some(place.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accidents_are_forgiven_to_their_generation_only() {
        let seen = Value::parse(
            r#"{"a": {"registeredApplicationsEmpty": false, "b": 1},
                "children": [{"tag": "registeredApplicationsEmpty"}, {"tag": "c"}]}"#,
        )
        .unwrap();

        assert_eq!(
            Leniency::towards(ReferenceLine::Boot40).forgive(seen.clone()).to_string(),
            r#"{"a": {"b": 1}, "children": [{"tag": "c"}]}"#
        );
        assert_eq!(Leniency::towards(ReferenceLine::Boot35).forgive(seen.clone()), seen);
    }

    #[test]
    fn facts_are_read_from_status_headers_and_body() {
        let answer = Response {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "a/b;c".to_owned())],
            body: br#" {"a": [{"b": "x"}]}"#.to_vec(),
        };

        assert_eq!(fact(&answer, "status"), Value::Integer(200));
        assert_eq!(fact(&answer, "content-type"), Value::text("a/b;c"));
        assert_eq!(fact(&answer, "format"), Value::text("json"));
        assert_eq!(fact(&answer, "a.0.b"), Value::text("x"));
        assert_eq!(fact(&answer, "a.1.b"), Value::Null);
    }

    #[test]
    fn only_the_allowed_differences_of_the_named_case_are_left_out() {
        let allowed = Allowance {
            case: "f/c".to_owned(),
            difference: ".a:".to_owned(),
            why: "because".to_owned(),
        };
        let differences = vec![".a: wanted 1, got 2".to_owned(), ".b: wanted 1, got 2".to_owned()];
        let both = [Mismatch { step: 0, request: String::new(), differences }];
        let left = |case| {
            let left = not_allowed(std::slice::from_ref(&allowed), case, &both);
            left.into_iter().flat_map(|it| it.differences).collect::<Vec<_>>()
        };

        assert_eq!(left("f/c"), [".b: wanted 1, got 2"]);
        assert_eq!(left("f/d").len(), 2);
    }
}
