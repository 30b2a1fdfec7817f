//! Request cases: recorded steps, what a server answered to them, and what counts as the same answer.
//!
//! A case is a short list of requests. Its recorded answer is a list of *observations*, one per
//! request: status, media type, encoding, and the body in a normal form in which everything that may
//! differ between two correct servers is gone (times, the delta counter, the order of instances).
//! Two servers agree on a case when their observations are equal.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

pub use compare::differences;
pub use normalise::{Against, FieldOrder, Rules};
pub use replay::{Server, escape_segment, now_ms, observe};
pub use value::Value;

mod compare;
mod normalise;
mod replay;
mod value;
mod xml;

/// One case, as its file has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// Unique within its file.
    pub name: String,
    /// Only applications whose name begins with it are compared: a delta still shows the changes of
    /// earlier cases. Empty: all are compared.
    #[serde(default)]
    pub tag: String,
    /// The requests, in order.
    pub steps: Vec<Step>,
}

/// One request of a case. `{NOW}`, `{NOW+1000}`, `{NOW-1000}` in path and body become the time in ms.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// HTTP method.
    pub method: String,
    /// Path and query after the service URL, sent as it is.
    pub path: String,
    /// Header lines; an object in the file.
    #[serde(default)]
    pub headers: Value,
    /// An object or list is sent as JSON, text as it is; null or absent is no body.
    #[serde(default)]
    pub body: Value,
    /// Milliseconds to wait before the request.
    #[serde(default)]
    pub sleep_ms: u64,
    /// How many `x` take the place of `{PAD}` in the body; 0 leaves it.
    #[serde(default)]
    pub repeat: usize,
    /// Names of response headers that are part of the observation.
    #[serde(default)]
    pub headers_compared: Vec<String>,
}

/// The cases of one file.
///
/// # Errors
///
/// When the file cannot be read or is not a list of cases.
pub fn load_cases(path: &Path) -> Result<Vec<Case>> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading the cases of {}", path.display()))
}

/// The recorded observations of one file, by the name of the case.
///
/// # Errors
///
/// When the file cannot be read or is not a record.
pub fn load_golden(path: &Path) -> Result<BTreeMap<String, Vec<Value>>> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading the record {}", path.display()))
}

/// Differences between two lists of observations of one case, each as `where: what`.
///
/// A server error (5xx) that is `wanted` allows any client error (4xx): where the reference breaks on
/// bad input, saying that the input is bad is right. Without field order both sides are sorted first.
#[must_use]
pub fn disagreements(wanted: &[Value], got: &[Value], order: FieldOrder) -> Vec<String> {
    let sorted = |side: &[Value]| {
        let mut side = side.to_vec();
        if order == FieldOrder::Free {
            side.iter_mut().for_each(normalise::sort_everything);
        }
        side
    };
    let mut wanted = sorted(wanted);
    let got = sorted(got);
    for (want, have) in wanted.iter_mut().zip(&got) {
        if status(want).is_some_and(|code| code >= 500)
            && status(have).is_some_and(|code| (400..500).contains(&code))
            && let (Some(slot), Some(code)) = (want.get_mut("status"), have.get("status"))
        {
            *slot = code.clone();
        }
    }
    differences(&Value::List(wanted), &Value::List(got))
}

/// Status code of an observation.
fn status(observation: &Value) -> Option<i128> {
    match observation.get("status") {
        Some(Value::Integer(code)) => Some(*code),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
