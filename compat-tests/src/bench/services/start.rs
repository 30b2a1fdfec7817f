//! From exec until a service says that it is ready.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::{READY, launch_ours, launch_spring};
use crate::bench::options::Options;
use crate::bench::race::Spread;
use crate::bench::table::{self, Row};
use crate::process::Program;
use crate::{http, paths, wait};

/// Starts of ours; the table shows their median.
const STARTS: usize = 15;
/// Starts of Spring's, which take seconds.
const SPRING_STARTS: usize = 3;
/// Milliseconds that a start may take.
const MOST_MILLIS: f64 = 100.0;
/// Longest time that a start gets.
const PATIENCE: Duration = Duration::from_secs(180);
/// Time between two looks.
const AGAIN_AFTER: Duration = Duration::from_micros(500);

/// Starts ours with a new SQLite file each time, and Spring's on `database`.
pub(super) fn run(options: &Options, database: &str) -> Result<Row> {
    let folder = paths::work("files")?;
    let ours = starts(STARTS, |number| {
        let file = folder.join(format!("start-{}-{number}.db", std::process::id()));
        launch_ours(&format!("sqlite://{}", file.display()))
    })?;
    let mut row = Row {
        line: format!("start: exec until ready, median of {STARTS}, ours with a new SQLite file"),
        ours: table::millis(ours),
        target: format!("≤ {MOST_MILLIS} ms"),
        met: Some(ours.median <= MOST_MILLIS),
        ..Row::default()
    };
    if options.reference {
        let spring = starts(SPRING_STARTS, |_| launch_spring(database))?;
        row.reference = format!("{} ({SPRING_STARTS} starts)", table::millis(spring));
        row.to_reference = format!("{:.0}", spring.median / ours.median);
    }
    Ok(row)
}

#[expect(clippy::print_stderr, reason = "progress for who waits")]
fn starts(count: usize, launch: impl Fn(usize) -> Result<(u16, Program)>) -> Result<Spread> {
    let mut times = Vec::new();
    for number in 0..count {
        let begin = Instant::now();
        let (port, program) = launch(number)?;
        let time = ready(begin, port, program)?.as_secs_f64() * 1e3;
        eprintln!("  ready after {time:.1} ms");
        times.push(time);
    }
    Ok(Spread::of(times))
}

fn ready(begin: Instant, port: u16, mut program: Program) -> Result<Duration> {
    let request = format!("GET {READY} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    loop {
        let answer = http::exchange(port, request.as_bytes(), "GET", PATIENCE);
        let time = begin.elapsed();
        match answer {
            Ok(answer) if answer.status == 200 => return Ok(time),
            _ if time > PATIENCE => bail!("no start in {time:?}\n{}", program.log_tail()),
            _ => {}
        }
        if let Some(status) = program.exit_status()? {
            bail!("ended ({status}) while starting\n{}", program.log_tail());
        }
        wait::pause(AGAIN_AFTER);
    }
}
