//! The client as a program, and the conversation with it.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::binary::client_example;
use compat_tests::process::{Launch, Program};
use compat_tests::wait;
use serde_json::Value;

/// Longest time that a step, or something the client does by itself, gets.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Interval of everything that the client does by itself, milliseconds.
const INTERVAL_MS: &str = "200";

/// Application and instance that the client registers.
pub(crate) const APP: &str = "RUST-SERVICE";
/// Its id.
pub(crate) const ID: &str = "h1:rust-service:8099";

/// A running client. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Client {
    program: Program,
    seen: usize,
}

impl Client {
    /// Starts the client, pointed at `urls`.
    pub(crate) fn start(urls: &[String]) -> Result<Self> {
        Self::start_with(urls, |launch| launch)
    }

    /// As [`Client::start`], with more to say about the program.
    pub(crate) fn start_with(
        urls: &[String],
        prepare: impl FnOnce(Launch) -> Launch,
    ) -> Result<Self> {
        let launch = Launch::new("drive", client_example("drive")?)?
            .env("EUREKA_URL", urls.join(","))
            .env("APP", APP)
            .env("INSTANCE_ID", ID)
            .env("HOST", "h1")
            .env("IP", "10.1.2.3")
            .env("PORT", "8099")
            .env("INTERVAL_MS", INTERVAL_MS);
        let program = prepare(launch).takes_lines().output_apart().start()?;
        Ok(Self { program, seen: 0 })
    }

    /// Does a step and gives the answer, good or bad.
    fn ask(&mut self, step: &str) -> Result<Value> {
        self.program.tell(step)?;
        let (line, seen) = self.program.wait_line(step, self.seen, PATIENCE, |_| true)?;
        self.seen = seen;
        let answer: Value =
            serde_json::from_str(&line).with_context(|| format!("{line:?} is not an answer"))?;
        ensure!(answer["step"].as_str() == step.split(' ').next(), "{step:?}: {answer}");
        Ok(answer)
    }

    /// Does a step that must work.
    pub(crate) fn step(&mut self, step: &str) -> Result<Value> {
        let answer = self.ask(step)?;
        ensure!(answer["ok"] == true, "{step}: {answer}\n{}", self.program.log_tail());
        Ok(answer)
    }

    /// Repeats a step until its answer is as wanted: for what clients learn by and by.
    pub(crate) fn until(&mut self, step: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut last = Value::Null;
        let found = wait::until_some(step, PATIENCE, || {
            last = self.ask(step)?;
            Ok(wanted(&last).then(|| last.clone()))
        });
        found.with_context(|| format!("last answer: {last}\n{}", self.program.log_tail()))
    }

    /// Waits until the program ended by itself, and well.
    pub(crate) fn ended(mut self) -> Result<()> {
        let status = self.program.wait_exit(PATIENCE)?;
        ensure!(status.success(), "{status}\n{}", self.program.log_tail());
        Ok(())
    }
}

/// `id status` of every instance in an answer, sorted.
pub(crate) fn instances(answer: &Value) -> Vec<String> {
    let all = answer["instances"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let mut told: Vec<_> =
        all.iter().map(|one| format!("{} {}", text(one, "id"), text(one, "status"))).collect();
    told.sort_unstable();
    told
}
