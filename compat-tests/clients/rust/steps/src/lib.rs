//! Drives a client: one step per line on stdin, one JSON object per step on stdout.

use std::fmt::Display;
use std::io::{self, BufRead, Write};

pub use serde_json::{Value, json};

/// Answers steps until stdin ends. `step` gets the name and the words after it; what it gives is
/// merged into the answer.
///
/// # Panics
///
/// When stdin or stdout breaks.
pub fn run<E: Display>(mut step: impl FnMut(&str, &[&str]) -> Result<Value, E>) {
    for line in io::stdin().lock().lines() {
        let line = line.expect("stdin is text");
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let mut answer = match step(name, &words.collect::<Vec<_>>()) {
            Ok(answer) => answer,
            Err(error) => json!({ "error": error.to_string() }),
        };
        answer["ok"] = json!(answer.get("error").is_none());
        answer["step"] = json!(name);
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{answer}").expect("stdout is read");
        stdout.flush().expect("stdout is read");
    }
}

/// A setting from the environment.
///
/// # Panics
///
/// When it is not set.
#[must_use]
pub fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// A setting that is a port.
///
/// # Panics
///
/// When it is not set or not a port.
#[must_use]
pub fn port(name: &str) -> u16 {
    setting(name).parse().expect("a port")
}
