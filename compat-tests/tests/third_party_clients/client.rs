//! A conversation with the program around a client: a step per line, a JSON object per answer.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::process::{Launch, Program};
use compat_tests::subject::Subject;
use compat_tests::wait;
use serde_json::Value;

/// Longest time that a step, or something a client does by itself, gets. Clients that renew every
/// second need two; a busy machine and clients with fixed intervals of 30 s need the rest.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What a client registers itself as.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Application, in upper case.
    pub(crate) app: &'static str,
    /// Instance id; clients without one are known by their host.
    pub(crate) id: &'static str,
    /// Host name.
    pub(crate) host: &'static str,
}

/// Address that every client registers.
pub(crate) const IP: &str = "10.1.2.3";
/// Port that every client registers.
pub(crate) const PORT: &str = "8099";

/// A running program around a client.
#[derive(Debug)]
pub(crate) struct Client {
    program: Program,
    lines_seen: usize,
}

impl Client {
    /// Starts `command` as `who`, pointed at `subject`.
    pub(crate) fn start(
        who: &Identity,
        subject: &Subject,
        command: &Path,
        prepare: impl FnOnce(Launch) -> Launch,
    ) -> Result<Self> {
        let launch = Launch::new(&who.app.to_lowercase(), command)?
            .env("EUREKA_URL", &subject.base_url)
            .env("APP", who.app)
            .env("INSTANCE_ID", who.id)
            .env("HOST", who.host)
            .env("IP", IP)
            .env("PORT", PORT)
            .env("INTERVAL", "1");
        let program = prepare(launch).takes_lines().output_apart().start()?;
        Ok(Self { program, lines_seen: 0 })
    }

    /// Does a step and gives the answer, good or bad.
    fn ask(&mut self, step: &str) -> Result<Value> {
        self.program.tell(step)?;
        let wanted = |line: &str| line.starts_with('{');
        let (line, seen) = self.program.wait_line(step, self.lines_seen, PATIENCE, wanted)?;
        self.lines_seen = seen;
        let answer: Value =
            serde_json::from_str(&line).with_context(|| format!("{line:?} is not an answer"))?;
        let name = step.split(' ').next();
        ensure!(answer["step"].as_str() == name, "asked for {step:?}, answered {answer}");
        Ok(answer)
    }

    /// Does a step that must work, and gives the answer.
    pub(crate) fn step(&mut self, step: &str) -> Result<Value> {
        let answer = self.ask(step)?;
        ensure!(answer["ok"] == true, "{step}: {answer}\n{}", self.program.log_tail());
        Ok(answer)
    }

    /// Does a step that the client must refuse or fail, and gives the answer.
    pub(crate) fn refused(&mut self, step: &str) -> Result<Value> {
        let answer = self.ask(step)?;
        ensure!(answer["ok"] == false, "{step} should fail: {answer}");
        Ok(answer)
    }

    /// Repeats a step until its answer is what `wanted` accepts: for what clients learn by polling.
    pub(crate) fn until(&mut self, step: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut last = Value::Null;
        let found = wait::until_some(step, PATIENCE, || {
            last = self.ask(step)?;
            Ok(wanted(&last).then(|| last.clone()))
        });
        found.with_context(|| format!("last answer: {last}\n{}", self.program.log_tail()))
    }

    /// Waits until the program ended by itself.
    pub(crate) fn ended(mut self) -> Result<()> {
        let status = self.program.wait_exit(PATIENCE)?;
        ensure!(status.success(), "{status}\n{}", self.program.log_tail());
        Ok(())
    }
}

/// Whether the answer lists exactly the instances whose `key` is among `wanted`, in any order.
pub(crate) fn lists(answer: &Value, key: &str, wanted: &[&str]) -> bool {
    let mut found = column(answer, key);
    found.sort_unstable();
    let mut wanted: Vec<String> = wanted.iter().map(|&text| text.to_owned()).collect();
    wanted.sort_unstable();
    found == wanted
}

/// Checks with [`lists`].
pub(crate) fn ensure_lists(answer: &Value, key: &str, wanted: &[&str]) -> Result<()> {
    ensure!(lists(answer, key, wanted), "not {wanted:?}: {answer}");
    Ok(())
}

/// The `key` of every instance in the answer, as text.
pub(crate) fn column(answer: &Value, key: &str) -> Vec<String> {
    let instances = answer["instances"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    instances.iter().map(|one| text(&one[key])).collect()
}
