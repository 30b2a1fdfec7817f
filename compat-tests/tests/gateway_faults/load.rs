//! Callers that go on calling, and count every answer.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use compat_tests::{http, wait};
use parking_lot::Mutex;

use crate::estate::PATIENCE;

/// Callers, each with a connection of its own.
const CALLERS: usize = 6;
/// Time between two calls of one caller.
const PAUSE: Duration = Duration::from_millis(2);
/// Failures that are kept.
const KEPT: usize = 8;

#[derive(Debug, Default)]
struct Shared {
    over: AtomicBool,
    answers: Mutex<BTreeMap<&'static str, usize>>,
    failures: Mutex<Vec<String>>,
}

/// A running load.
pub(crate) struct Load {
    shared: Arc<Shared>,
    callers: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts calling; with `writes` every second call is a POST.
    pub(crate) fn start(port: u16, writes: bool) -> Self {
        let shared = Arc::new(Shared::default());
        let callers = (0..CALLERS).map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || call(port, writes, &shared))
        });
        Self { callers: callers.collect(), shared }
    }

    /// Waits until those named have given so many more answers.
    pub(crate) fn reaches(&self, wanted: &[(&'static str, usize)]) -> Result<()> {
        let before = self.shared.answers.lock().clone();
        let count = |all: &BTreeMap<_, usize>, who| all.get(who).copied().unwrap_or_default();
        wait::until("answers", PATIENCE, || {
            let now = self.shared.answers.lock();
            wanted.iter().all(|(who, more)| count(&now, who) >= count(&before, who) + more)
        })
        .map_err(|error| anyhow!("{error}: {wanted:?} beyond {before:?}, {:?}", self.shared))
    }

    /// Ends it; no call has failed.
    pub(crate) fn ends(self) -> Result<()> {
        self.ends_but_for(|_| false)
    }

    /// Ends it after an instance was killed: of answers that had begun to come, at most one for each
    /// caller, the rest is missing, which no gateway can mend; no other call has failed.
    pub(crate) fn ends_after_a_kill(self) -> Result<()> {
        let is_cut = |failure: &str| {
            [": reading a chunked body", ": reading the body"]
                .iter()
                .any(|part| failure.contains(part))
        };
        self.ends_but_for(is_cut)
    }

    fn ends_but_for(self, is_cut: impl Fn(&str) -> bool) -> Result<()> {
        self.shared.over.store(true, Relaxed);
        for caller in self.callers {
            caller.join().map_err(|_| anyhow!("a caller panicked"))?;
        }
        let (answers, mut failures) = (self.shared.answers.lock(), self.shared.failures.lock());
        let all = failures.len();
        failures.retain(|failure| !is_cut(failure));
        ensure!(all - failures.len() <= CALLERS, "{} answers were cut", all - failures.len());
        ensure!(
            failures.is_empty(),
            "{} and more of {answers:?}:\n{}",
            failures.len(),
            failures.join("\n")
        );
        Ok(())
    }
}

fn call(port: u16, writes: bool, shared: &Shared) {
    let mut kept: Option<TcpStream> = None;
    for number in 0_u64.. {
        if shared.over.load(Relaxed) {
            return;
        }
        let method = if writes && number % 2 == 1 { "POST" } else { "GET" };
        // Nobody listens any more: the gateway has stopped, which is not the call's failure.
        let Some(mut stream) = kept.take().or_else(|| http::connect(port, http::TIMEOUT).ok())
        else {
            return;
        };
        match exchange(&mut stream, method) {
            Ok((who, is_kept)) => {
                *shared.answers.lock().entry(who).or_default() += 1;
                kept = is_kept.then_some(stream);
            }
            Err(error) => {
                let mut failures = shared.failures.lock();
                if failures.len() < KEPT {
                    failures.push(format!("{method}, call {number}: {error:#}"));
                }
            }
        }
        wait::pause(PAUSE);
    }
}

/// Who answered, and whether the connection goes on. Spring's service knows the path, ours does not:
/// both are right answers of theirs.
fn exchange(stream: &mut TcpStream, method: &str) -> Result<(&'static str, bool)> {
    let body = if method == "POST" {
        "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
    } else {
        "\r\n"
    };
    stream.write_all(
        format!("{method} /svc/hello HTTP/1.1\r\nHost: localhost\r\n{body}").as_bytes(),
    )?;
    let answer = http::read_answer(stream, method)?;
    let who = match answer.status {
        200 | 405 | 415 => "spring",
        404 if answer.header("server").is_none() => "rust",
        status => return Err(anyhow!("{status}: {}", answer.text().unwrap_or_default())),
    };
    let closes = answer.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close"));
    Ok((who, !closes))
}
