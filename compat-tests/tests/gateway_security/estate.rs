//! A gateway, an ordinary backend, and what is sent byte for byte.

use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::{Gateway, Kind};
use compat_tests::{http, wait};
use parking_lot::RwLock;

/// Tests that measure take it for writing, others that need the machine for reading.
pub(crate) static MACHINE: RwLock<()> = RwLock::new(());

/// How long silence on a connection is taken for an open one.
const SILENCE: Duration = Duration::from_millis(250);
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Routes of a test, with what else its gateway is told.
pub(crate) fn yaml(routes: &[(&str, &str, &str)], more: &str) -> String {
    let mut text = "spring.cloud.gateway.server.webflux:\n  routes:\n".to_owned();
    for (id, uri, filters) in routes {
        text.push_str(&format!(
            "    - {{ id: {id}, uri: \"{uri}\", predicates: [ \"Path=/{id}/**\" ], filters: [ {filters} ] }}\n"
        ));
    }
    text.push_str("eureka.client.enabled: false\n");
    text.push_str(more);
    text
}

pub(crate) fn start(routes: &[(&str, &str, &str)], more: &str) -> Result<Gateway> {
    Gateway::start(Kind::Ours, &yaml(routes, more), &[], &[])
}

/// A gateway in front of one backend at `/plain`.
pub(crate) struct Estate {
    pub(crate) gateway: Gateway,
    pub(crate) backend: Backend,
}

impl Estate {
    pub(crate) fn start(more: &str) -> Result<Self> {
        let backend = Backend::start("plain")?;
        let gateway = start(&[("plain", &backend.uri(), "")], more)?;
        Ok(Self { gateway, backend })
    }

    /// What the bytes came to.
    pub(crate) fn send(&self, bytes: &[u8]) -> Result<Outcome> {
        send(self.gateway.port, bytes)
    }

    /// Paths that the backend saw since this was asked last, those of bystanders left out.
    pub(crate) fn seen(&self) -> Vec<String> {
        let seen = self.backend.seen().into_iter().map(|one| one.target);
        seen.filter(|target| !target.contains("bystander")).collect()
    }
}

/// What came back on one connection.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// All bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether the gateway ended the connection.
    pub(crate) is_closed: bool,
}

impl Outcome {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Statuses of all answers; interim ones, too.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let text = self.text();
        let codes = text.match_indices("HTTP/1.").filter_map(|(at, _)| text.get(at + 9..at + 12));
        codes.filter_map(|code| code.parse().ok()).collect()
    }
}

/// Sends bytes on a connection of their own, and reads until it ends or says no more.
pub(crate) fn send(port: u16, bytes: &[u8]) -> Result<Outcome> {
    let mut stream = http::connect(port, PATIENCE)?;
    // One that answers early and hangs up may not read it all.
    let _partly = stream.write_all(bytes);
    let (mut read, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    let begin = Instant::now();
    loop {
        let wait = if read.is_empty() { PATIENCE } else { SILENCE };
        stream.set_read_timeout(Some(wait))?;
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(Outcome { bytes: read, is_closed: true }),
            Ok(count) => read.extend(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return Ok(Outcome { bytes: read, is_closed: true });
            }
            Err(_) => return Ok(Outcome { bytes: read, is_closed: false }),
        }
        ensure!(begin.elapsed() < PATIENCE, "no end of it");
    }
}

/// Runs `attack` while ordinary clients ask at `path`, each for something of its own.
pub(crate) fn among_bystanders(
    port: u16,
    path: &str,
    attack: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let over = AtomicBool::new(false);
    let asked = AtomicU64::new(0);
    let _busy = MACHINE.read();
    let (outcome, bystanders) = std::thread::scope(|scope| {
        let bystanders: Vec<_> = (0..4)
            .map(|number| {
                let (over, asked) = (&over, &asked);
                scope.spawn(move || bystander(port, path, number, over, asked))
            })
            .collect();
        let outcome = attack()
            .and_then(|()| wait::until("bystanders", PATIENCE, || asked.load(Relaxed) > 20));
        over.store(true, Relaxed);
        let bystanders: Vec<Result<()>> = bystanders
            .into_iter()
            .map(|one| one.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a bystander panicked"))))
            .collect();
        (outcome, bystanders)
    });
    outcome?;
    bystanders.into_iter().collect::<Result<()>>()?;
    Ok(())
}

fn bystander(
    port: u16,
    path: &str,
    number: usize,
    over: &AtomicBool,
    asked: &AtomicU64,
) -> Result<()> {
    let mut stream = http::connect(port, PATIENCE)?;
    for turn in 0_u64.. {
        if over.load(Relaxed) {
            break;
        }
        let own = format!("{path}/bystander-{number}-{turn}");
        let request = format!("GET {own} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let answer = http::read_answer(&mut stream, "GET")?;
        let text = answer.text()?;
        ensure!(answer.status == 200 && text.contains(&format!("{own}\"")), "{own}: {text}");
        if answer.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
            stream = http::connect(port, PATIENCE)?;
        }
        asked.fetch_add(1, Relaxed);
    }
    Ok(())
}

/// Collects what went wrong, so that one run shows all of it.
#[derive(Debug, Default)]
pub(crate) struct Verdict(Vec<String>);

impl Verdict {
    pub(crate) fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(what());
        }
    }

    pub(crate) fn end(self) -> Result<()> {
        ensure!(self.0.is_empty(), "{} wrong:\n  {}", self.0.len(), self.0.join("\n  "));
        Ok(())
    }
}
