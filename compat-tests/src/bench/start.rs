//! From exec to the first accepted registration, and whether the next answer shows it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::estate::{Estate, Instance};
use super::options::Options;
use super::race::Spread;
use super::server::{self, Server};
use super::table::{self, Row};
use crate::process::Program;
use crate::{http, ports, wait};

/// Starts of ours; the table shows their median.
const STARTS: usize = 15;
/// Starts of the reference, which take seconds.
const REFERENCE_STARTS: usize = 3;
/// Instances that are registered one after the other and looked for, two of each application.
const INSTANCES: usize = 40;
/// Milliseconds that a start may take.
const MOST_MILLIS: f64 = 50.0;
/// Longest time that a server gets to accept a registration.
const PATIENCE: Duration = Duration::from_secs(180);
/// Time between two attempts.
const AGAIN_AFTER: Duration = Duration::from_micros(200);
/// Where a registered instance must show.
const ANSWERS: [&str; 3] = ["/eureka/apps", "/eureka/apps/delta", "/eureka/apps/{app}"];

/// Starts a program on a port, without waiting.
type Launcher = fn(u16, &[&str]) -> Result<Program>;

/// Measures starts and visibility.
///
/// # Errors
///
/// When a server does not start, or an answer is not the right one.
pub fn run(options: &Options) -> Result<Vec<Row>> {
    let ours = starts(server::launch_ours, STARTS)?;
    let seen = visible(&Server::ours(&[])?)?;
    let all = INSTANCES * ANSWERS.len();
    let mut start = Row {
        line: format!("start: exec to the first 204, median of {STARTS}"),
        ours: table::millis(ours),
        target: format!("≤ {MOST_MILLIS} ms"),
        met: Some(ours.median <= MOST_MILLIS),
        ..Row::default()
    };
    let mut visibility = Row {
        line: "registrations shown by the next answer (all, delta, application)".to_owned(),
        ours: format!("{seen} of {all}"),
        target: "all".to_owned(),
        met: Some(seen == all),
        ..Row::default()
    };
    if options.reference {
        let theirs = starts(server::launch_reference, REFERENCE_STARTS)?;
        start.reference = format!("{} ({REFERENCE_STARTS} starts)", table::millis(theirs));
        start.to_reference = format!("{:.0}", theirs.median / ours.median);
        visibility.reference = format!("{} of {all}", visible(&Server::reference(&[])?)?);
    }
    Ok(vec![start, visibility])
}

#[expect(clippy::print_stderr, reason = "progress for who waits")]
fn starts(launch: Launcher, count: usize) -> Result<Spread> {
    let estate = Estate::new(1);
    let instance = estate.instances.first().context("an estate of one is empty")?;
    let mut times = Vec::new();
    for _ in 0..count {
        let time = start(launch, instance)?.as_secs_f64() * 1e3;
        eprintln!("  started in {time:.1} ms");
        times.push(time);
    }
    Ok(Spread::of(times))
}

/// One start: the time until a registration was accepted.
fn start(launch: Launcher, instance: &Instance) -> Result<Duration> {
    let port = ports::free_port()?;
    let registration = instance.registration();
    let begin = Instant::now();
    let mut program = launch(port, &[])?;
    loop {
        let answer = http::exchange(port, &registration, "POST", PATIENCE);
        let time = begin.elapsed();
        match answer {
            Ok(answer) if answer.status == 204 => return Ok(time),
            _ if time > PATIENCE => bail!("no start in {time:?}\n{}", program.log_tail()),
            _ => {}
        }
        if let Some(status) = program.exit_status()? {
            bail!("ended ({status}) while starting\n{}", program.log_tail());
        }
        wait::pause(AGAIN_AFTER);
    }
}

/// Registers instances one after the other and counts how often the very next answers show them.
fn visible(server: &Server) -> Result<usize> {
    let mut seen = 0;
    for instance in Estate::new(INSTANCES).instances {
        let answer = http::exchange(server.port, &instance.registration(), "POST", PATIENCE)?;
        if answer.status != 204 {
            bail!("{} answers {} to a registration", server.name, answer.status);
        }
        for path in ANSWERS {
            let body = server.body(&path.replace("{app}", instance.app), false)?;
            seen += usize::from(contains(&body, instance.id.as_bytes()));
        }
    }
    Ok(seen)
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}
