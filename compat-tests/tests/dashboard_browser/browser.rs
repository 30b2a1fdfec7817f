//! A headless Chromium, driven over its debugging pipe.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use compat_tests::{paths, wait};
use serde_json::{Value, json};

/// Longest time that the browser gets to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Longest time that the browser gets to end by itself.
const PATIENCE_TO_STOP: Duration = Duration::from_secs(10);

/// Names under which the browser is installed, the likeliest first.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// Commands come from descriptor 3 and answers go to descriptor 4, so that the two pipes this
/// process can give a child have to be moved there.
const ON_PIPES: &str = r#"exec "$@" 3<&0 4>&1 </dev/null >&2"#;

/// A running browser with a profile of its own. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Browser {
    child: Child,
    profile: PathBuf,
    commands: ChildStdin,
    messages: Receiver<Value>,
    last_id: u64,
    /// Events that came and nobody took, in their order.
    events: Vec<Value>,
}

impl Browser {
    /// Starts the browser that `CHROMIUM` names, or the first one installed.
    pub(crate) fn start() -> Result<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = paths::work("browser")?.join(format!("{}-{number}", std::process::id()));
        let log =
            paths::work("logs")?.join(format!("chromium-{}-{number}.log", std::process::id()));
        let log = fs::File::create(&log).with_context(|| format!("making {}", log.display()))?;
        let mut child = Command::new("sh")
            .args(["-c", ON_PIPES, "sh"])
            .arg(installed()?)
            .args(["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--lang=en"])
            .args(["--disable-background-networking", "--disable-component-update"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("starting the browser")?;
        let commands = child.stdin.take().context("the browser has no input")?;
        let answers = child.stdout.take().context("the browser has no output")?;
        let (sender, messages) = channel();
        std::thread::spawn(move || read(answers, &sender));
        let events = Vec::new();
        Ok(Self { child, profile, commands, messages, last_id: 0, events })
    }

    /// Sends a command, to a tab when there is a `session`, and gives its result.
    pub(crate) fn call(
        &mut self,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Result<Value> {
        self.last_id += 1;
        let id = self.last_id;
        let mut command = json!({ "id": id, "method": method, "params": params });
        if let (Some(session), Some(members)) = (session, command.as_object_mut()) {
            members.insert("sessionId".to_owned(), session.into());
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).with_context(|| format!("sending {method}"))?;
        self.commands.flush().with_context(|| format!("sending {method}"))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let message = self.receive(deadline).with_context(|| format!("after {method}"))?;
            if message.get("id") != Some(&json!(id)) {
                self.events.push(message);
            } else if let Some(error) = message.get("error") {
                bail!("{method}: {error}");
            } else {
                return Ok(message.get("result").cloned().unwrap_or_default());
            }
        }
    }

    /// Waits for the next event named `method` that was not taken yet, and takes it.
    pub(crate) fn take_event(&mut self, method: &str) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.events.iter().position(|event| is_named(event, method));
            if let Some(at) = found {
                return Ok(self.events.remove(at));
            }
            let message = self.receive(deadline).with_context(|| format!("event {method}"))?;
            self.events.push(message);
        }
    }

    /// The events that came so far and were not taken.
    pub(crate) fn events(&self) -> &[Value] {
        &self.events
    }

    /// Forgets the events that came so far.
    pub(crate) fn forget_events(&mut self) {
        self.events.clear();
    }

    fn receive(&self, deadline: Instant) -> Result<Value> {
        let left = deadline.saturating_duration_since(Instant::now());
        self.messages.recv_timeout(left).context("the browser is silent")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked politely it takes its helpers along and leaves its profile alone; killed, it would
        // not. It may also have ended already; then there is nothing left to do.
        let _ = self.call(None, "Browser.close", &json!({}));
        let child = &mut self.child;
        let ended =
            wait::until("its end", PATIENCE_TO_STOP, || matches!(child.try_wait(), Ok(Some(_))));
        if ended.is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// Whether a message is the event `method`.
pub(crate) fn is_named(message: &Value, method: &str) -> bool {
    message.get("method").and_then(Value::as_str) == Some(method)
}

/// Passes on what the browser says, message by message, each ended by a zero byte.
fn read(answers: ChildStdout, sender: &Sender<Value>) {
    for message in BufReader::new(answers).split(0) {
        let message = message.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        // Nobody receives once the browser was dropped, and then the pipe ends as well.
        if message.is_none_or(|message| sender.send(message).is_err()) {
            return;
        }
    }
}

fn installed() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Ok(PathBuf::from(path));
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&folders).collect();
    NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
        .context("these tests need Chromium: install it, or let CHROMIUM name it")
}
