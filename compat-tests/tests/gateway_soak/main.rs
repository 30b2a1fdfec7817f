//! Everything at once, for a while: ordinary callers, tunnels, clients that hang up or dawdle,
//! instances that come and go, a configuration that changes. No ordinary call fails, and memory and
//! open files stay where they were.
//!
//! `SOAK_SECONDS` says for how long; a short run shows mistakes, a long one leaks.

mod clients;
mod tunnel;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use compat_tests::bench::process;
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::{self, Gateway, Kind};
use compat_tests::subject::{self, COMPARISON_ARGS, Subject};
use compat_tests::wait;

use clients::{Client, Tally};
use tunnel::Echo;

/// Length of a run unless `SOAK_SECONDS` says otherwise.
const SECONDS: u64 = 20;
/// Share of the run after which memory must not grow any more.
const SETTLED: f64 = 0.3;
/// What it may grow by all the same: an allocator keeps a little here and there.
const GROWTH_SHARE: u64 = 8;
const GROWTH_BYTES: u64 = 6_000_000;
/// Time between two changes of the configuration, of the instances.
const CHANGE_EVERY: Duration = Duration::from_secs(1);
/// Files that stay open: listeners, kept connections to backends.
const FILES_MAX: usize = 300;
/// Longest wait for connections of clients that have gone to be noticed.
const PATIENCE: Duration = Duration::from_secs(120);

struct Estate {
    discovery: Subject,
    /// The last one comes and goes.
    backends: Vec<Backend>,
    echo: Echo,
    gateway: Gateway,
}

#[test]
#[expect(clippy::print_stdout, reason = "what a long run came to is worth reading")]
fn nothing_fails_and_nothing_grows() -> Result<()> {
    let estate = Estate::start()?;
    let length = Duration::from_secs(seconds()?);
    let over = AtomicBool::new(false);
    let tally = Tally::default();
    let port = estate.gateway.port;
    let (early, late) = std::thread::scope(|scope| {
        let others: [Client; 7] = [
            clients::asks,
            clients::asks,
            clients::asks,
            clients::hangs_up,
            clients::hangs_up,
            clients::dawdles,
            clients::tunnels,
        ];
        let clients: Vec<_> = others
            .into_iter()
            .map(|client| {
                let (over, tally) = (&over, &tally);
                scope.spawn(move || client(port, over, tally))
            })
            .collect();
        let outcome = estate.changes(length);
        over.store(true, Relaxed);
        for client in clients {
            client.join().map_err(|_| anyhow!("a client panicked"))??;
        }
        outcome
    })?;
    println!("{tally:?}; resident {early} bytes early, {late} late");
    tally.is_good()?;
    let most = early + (early / GROWTH_SHARE).max(GROWTH_BYTES);
    ensure!(late <= most, "from {early} to {late} bytes");
    let files = || open_files(estate.gateway.program.pid()).is_ok_and(|open| open <= FILES_MAX);
    wait::until("closed connections", PATIENCE, files)
}

impl Estate {
    fn start() -> Result<Self> {
        let discovery = subject::start_ours(&COMPARISON_ARGS, &[])?;
        let backends: Vec<Backend> =
            ["a", "b", "c"].into_iter().map(Backend::start).collect::<Result<_>>()?;
        let echo = Echo::start()?;
        for backend in &backends {
            gateway::register(&discovery.base_url, "echo", backend.port, &[])?;
        }
        let yaml = yaml(&discovery, &echo, 0);
        let mut gateway = Gateway::start(Kind::Ours, &yaml, &[], &[])?;
        gateway.wait_status("/svc/a", 200)?;
        Ok(Self { discovery, backends, echo, gateway })
    }

    /// Changes configuration and instances for so long; gives resident bytes early on and at the end.
    fn changes(&self, length: Duration) -> Result<(u64, u64)> {
        let begin = Instant::now();
        let mut early = None;
        let wanderer = self.backends.last().context("no backends")?;
        for turn in 0_u64.. {
            wait::pause(CHANGE_EVERY);
            self.gateway.rewrite(&yaml(&self.discovery, &self.echo, turn))?;
            match turn % 6 {
                // It stays a while after it has left the registry, as the gateway hears of it late.
                2 => gateway::deregister(&self.discovery.base_url, "echo", wanderer.port)?,
                5 => gateway::register(&self.discovery.base_url, "echo", wanderer.port, &[])?,
                _ => {}
            }
            for backend in &self.backends {
                // What they saw is not asked for, and must not fill this process.
                drop(backend.seen());
            }
            let resident = process::memory(self.gateway.program.pid())?.resident;
            if begin.elapsed() >= length {
                return Ok((early.unwrap_or(resident), resident));
            }
            if begin.elapsed() >= length.mul_f64(SETTLED) {
                early.get_or_insert(resident);
            }
        }
        Err(anyhow!("the turns ran out"))
    }
}

fn yaml(discovery: &Subject, echo: &Echo, turn: u64) -> String {
    format!(
        "spring.cloud.gateway.server.webflux:\n  routes:\n\
         \x20   - {{ id: \"turn-{turn}\", uri: \"http://127.0.0.1:1\", predicates: [ \"Path=/turn/{turn}\" ] }}\n\
         \x20   - {{ id: svc, uri: \"lb://echo\", predicates: [ \"Path=/svc/**\" ], filters: [ \"StripPrefix=1\", \"AddResponseHeader=X-Turn, {turn}\" ] }}\n\
         \x20   - {{ id: tunnel, uri: \"ws://127.0.0.1:{}\", predicates: [ \"Path=/tunnel\" ] }}\n\
         eureka.client:\n  register-with-eureka: false\n  registry-fetch-interval-seconds: 1\n\
         \x20 service-url.defaultZone: http://127.0.0.1:{}/eureka/\n\
         myerp.server.max-connections-per-address: 20000\n",
        echo.port,
        discovery.port()
    )
}

fn seconds() -> Result<u64> {
    let asked = std::env::var("SOAK_SECONDS").ok();
    asked.map_or(Ok(SECONDS), |text| text.parse().context("SOAK_SECONDS is not a number"))
}

fn open_files(pid: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd")).context("looking at open files")?.count())
}
