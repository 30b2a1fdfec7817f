//! Ends a program when the test process that started it is gone, however it went.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Waits for one line. A line means "let it go"; the end of input means that the holder died.
const SCRIPT: &str = r#"if ! read -r _; then kill -9 "$1" 2>/dev/null; fi"#;

/// A small shell that waits on a pipe to the test process. When that pipe closes without a word, it
/// kills the program. Servers kept in a `static` are never dropped: without a leash each test run
/// would leave one behind.
#[derive(Debug)]
pub(super) struct Leash(Child);

impl Leash {
    /// Puts the running child `pid` on a leash.
    pub(super) fn attach(pid: u32) -> Result<Self> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "leash"])
            .arg(pid.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the shell that holds the leash")?;
        Ok(Self(shell))
    }

    /// Lets the program go, before its process id can belong to another program.
    pub(super) fn release(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let told = pipe.write_all(b"\n");
            if told.is_err() {
                // The shell is gone already, so it can kill nobody.
            }
        }
        if self.0.wait().is_err() {
            // Reaped elsewhere; nothing is left to wait for.
        }
    }

    /// The writing end of the pipe, for a test to close.
    #[cfg(test)]
    pub(super) fn take_pipe(&mut self) -> Option<std::process::ChildStdin> {
        self.0.stdin.take()
    }
}
