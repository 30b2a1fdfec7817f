//! Programs that a test starts, watches and ends.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::http::Request;
use crate::{paths, wait};
use leash::Leash;

mod leash;

/// Lines of the log that a failure shows.
const LOG_TAIL_LINES: usize = 60;
/// Longest time that a program gets to stop by itself after SIGTERM.
pub const PATIENCE_TO_STOP: Duration = Duration::from_secs(60);

/// What to start: command, arguments, environment, working directory.
#[derive(Debug)]
pub struct Launch {
    name: String,
    command: Command,
    log: PathBuf,
    output: Option<PathBuf>,
    takes_lines: bool,
}

impl Launch {
    /// Prepares `command`; `name` is what messages and log files call it.
    ///
    /// # Errors
    ///
    /// When the log folder cannot be made.
    pub fn new(name: &str, command: impl AsRef<std::ffi::OsStr>) -> Result<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let log = paths::work("logs")?.join(format!("{name}-{}-{number}.log", std::process::id()));
        let command = Command::new(command);
        Ok(Self { name: name.to_owned(), command, log, output: None, takes_lines: false })
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args<A: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets one environment variable; the others are those of the test process.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Takes one variable of the test process out of the environment.
    #[must_use]
    pub fn without_env(mut self, key: &str) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn cwd(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Keeps standard output apart from the log, for [`Program::lines`].
    #[must_use]
    pub fn output_apart(mut self) -> Self {
        self.output = Some(self.log.with_extension("out"));
        self
    }

    /// Gives the program a standard input, for [`Program::tell`]. Otherwise it has none.
    #[must_use]
    pub fn takes_lines(mut self) -> Self {
        self.takes_lines = true;
        self
    }

    /// Starts the program. Standard output and error go to its log file.
    ///
    /// # Errors
    ///
    /// When the program or its log cannot be made.
    pub fn start(mut self) -> Result<Program> {
        let log = File::create(&self.log)
            .with_context(|| format!("making the log {}", self.log.display()))?;
        let output = match &self.output {
            Some(path) => File::create(path)
                .with_context(|| format!("making the output file {}", path.display()))?,
            None => log.try_clone().context("sharing the log file")?,
        };
        let input = if self.takes_lines { Stdio::piped() } else { Stdio::null() };
        self.command.stdin(input).stdout(output).stderr(log);
        let mut child = self
            .command
            .spawn()
            .with_context(|| format!("starting {}: {:?}", self.name, self.command))?;
        let leash = match Leash::attach(child.id()) {
            Ok(leash) => leash,
            Err(error) => {
                // Without a leash the program could outlive the test: better not run it at all.
                child.kill().with_context(|| format!("stopping {} again", self.name))?;
                child.wait().with_context(|| format!("waiting for {}", self.name))?;
                return Err(error);
            }
        };
        Ok(Program {
            name: self.name,
            child,
            leash,
            log: self.log,
            output: self.output,
            ended: None,
        })
    }
}

/// A running child process. Dropping it kills it; it also dies with the test process.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    leash: Leash,
    log: PathBuf,
    output: Option<PathBuf>,
    ended: Option<ExitStatus>,
}

impl Program {
    /// What messages call this program.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How the program ended; `None` while it runs.
    ///
    /// # Errors
    ///
    /// When the operating system does not tell.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            let ended = self.child.try_wait();
            self.ended = ended.with_context(|| format!("looking after {}", self.name))?;
            if self.ended.is_some() {
                self.leash.release();
            }
        }
        Ok(self.ended)
    }

    /// Waits until `GET url` is answered with 200, at most for `patience`.
    ///
    /// # Errors
    ///
    /// When `patience` is over or the program ends; the message shows the end of its log.
    pub fn wait_ready(&mut self, url: &str, patience: Duration) -> Result<()> {
        let answers = || Request::get(url).send().is_ok_and(|response| response.status == 200);
        self.wait_until(&format!("200 from {url}"), patience, answers)
    }

    /// Waits until `holds` is true, at most for `patience`.
    ///
    /// # Errors
    ///
    /// When `patience` is over or the program ends; the message shows the end of its log.
    pub fn wait_until(
        &mut self,
        what: &str,
        patience: Duration,
        mut holds: impl FnMut() -> bool,
    ) -> Result<()> {
        let waited = wait::until_some(what, patience, || {
            if holds() {
                return Ok(Some(()));
            }
            match self.exit_status()? {
                Some(status) => bail!("it ended ({status}) before: {what}"),
                None => Ok(None),
            }
        });
        waited.map_err(|error| self.blame(&error))
    }

    /// Writes one line to standard input.
    ///
    /// # Errors
    ///
    /// When the program was started without [`Launch::takes_lines`], or reads no more.
    pub fn tell(&mut self, line: &str) -> Result<()> {
        let Some(input) = self.child.stdin.as_mut() else {
            bail!("{} takes no lines", self.name);
        };
        writeln!(input, "{line}").with_context(|| format!("telling {} {line:?}", self.name))?;
        input.flush().with_context(|| format!("telling {} {line:?}", self.name))
    }

    /// Closes standard input: the program reads its end.
    pub fn close_input(&mut self) {
        self.child.stdin = None;
    }

    /// Complete lines on standard output so far; needs [`Launch::output_apart`].
    ///
    /// # Errors
    ///
    /// When standard output is not kept apart or cannot be read.
    pub fn lines(&self) -> Result<Vec<String>> {
        let path = self.output.as_ref().with_context(|| {
            format!("the standard output of {} is not kept apart from its log", self.name)
        })?;
        let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let complete = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
        Ok(complete.lines().map(str::to_owned).collect())
    }

    /// Waits for the first line of standard output, not counting the first `seen`, that `wanted`
    /// accepts. Gives the line and the number of lines up to it, to continue from.
    ///
    /// # Errors
    ///
    /// When `patience` is over or the program ends without that line; shows the end of its log.
    pub fn wait_line(
        &mut self,
        what: &str,
        seen: usize,
        patience: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(String, usize)> {
        let waited = wait::until_some(what, patience, || {
            // Asked before reading, so that the last words of an ended program are read.
            let ended = self.exit_status()?;
            for (index, line) in self.lines()?.into_iter().enumerate().skip(seen) {
                if wanted(&line) {
                    return Ok(Some((line, index + 1)));
                }
            }
            ended.map_or(Ok(None), |status| Err(anyhow!("it ended ({status}) before: {what}")))
        });
        waited.map_err(|error| self.blame(&error))
    }

    /// Waits until the program ends by itself.
    ///
    /// # Errors
    ///
    /// When `patience` is over; the message shows the end of its log.
    pub fn wait_exit(&mut self, patience: Duration) -> Result<ExitStatus> {
        let waited = wait::until_some("its end", patience, || self.exit_status());
        waited.map_err(|error| self.blame(&error))
    }

    /// Asks the program to stop (SIGTERM) and waits until it did.
    ///
    /// # Errors
    ///
    /// When it still runs after [`PATIENCE_TO_STOP`]; it is killed when dropped.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.exit_status()? {
            return Ok(status);
        }
        self.signal(Signal::TERM)?;
        self.wait_exit(PATIENCE_TO_STOP)
    }

    /// Kills the program at once (SIGKILL) and waits until it is gone.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn kill9(&mut self) -> Result<()> {
        if self.exit_status()?.is_none() {
            self.leash.release();
            self.child.kill().with_context(|| format!("killing {}", self.name))?;
            self.ended = Some(self.child.wait().with_context(|| format!("killing {}", self.name))?);
        }
        Ok(())
    }

    /// Sends `signal`, for example [`Signal::STOP`] to freeze the program.
    ///
    /// # Errors
    ///
    /// When the program ended already, or the operating system refuses.
    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        if let Some(status) = self.exit_status()? {
            bail!("{} ended already ({status})", self.name);
        }
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        let pid = pid.with_context(|| format!("{} has no usable process id", self.name))?;
        kill_process(pid, signal).with_context(|| format!("sending {signal:?} to {}", self.name))
    }

    /// Everything the program wrote to its log.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Path of the log file.
    #[must_use]
    pub fn log_path(&self) -> &Path {
        &self.log
    }

    /// The end of the log, repeated lines once, as a failure shows it.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let mut seen = HashSet::new();
        let mut tail: Vec<&str> =
            log.lines().rev().filter(|line| seen.insert(*line)).take(LOG_TAIL_LINES).collect();
        tail.reverse();
        format!("--- end of {} ---\n{}\n---", self.log.display(), tail.join("\n"))
    }

    /// The same error with the program's name and the end of its log.
    fn blame(&self, error: &anyhow::Error) -> anyhow::Error {
        anyhow!("{}: {error:#}\n{}", self.name, self.log_tail())
    }
}

impl Drop for Program {
    #[expect(clippy::print_stderr, reason = "the log of a program matters when its test fails")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log_tail());
        }
        if let Err(error) = self.kill9() {
            eprintln!("{} may still run: {error:#}", self.name);
        }
    }
}

#[cfg(test)]
mod tests;
