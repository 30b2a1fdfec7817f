//! From exec to the first request that came back from the upstream; discovery runs already.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::servers::{self, Estate};
use super::table::{Cells, GatewayRow};
use crate::bench::options::Options;
use crate::bench::race::Spread;
use crate::bench::table;
use crate::gateway::{Gateway, Kind};
use crate::{http, wait};

/// Starts of ours; the table shows their median.
const STARTS: usize = 15;
/// Starts of Spring's, which take seconds.
const SPRING_STARTS: usize = 3;
/// Milliseconds that a start may take.
const MOST_MILLIS: f64 = 100.0;
/// Longest time that a start gets.
const PATIENCE: Duration = Duration::from_secs(180);
/// Time between two attempts.
const AGAIN_AFTER: Duration = Duration::from_micros(500);

pub(super) fn run(options: &Options, estate: &Estate) -> Result<Vec<GatewayRow>> {
    let ours = starts(estate, Kind::Ours, STARTS)?;
    let mut cells = Cells::default();
    cells.set(servers::OURS, table::millis(ours));
    let mut row = GatewayRow::new(
        format!("start: exec to the first proxied 200, median of {STARTS}"),
        cells.clone(),
    );
    if options.reference {
        let spring = starts(estate, Kind::SpringAsIs, SPRING_STARTS)?;
        cells.set(servers::SPRING, format!("{} ({SPRING_STARTS} starts)", table::millis(spring)));
        row = GatewayRow::new(
            format!("start: exec to the first proxied 200, median of {STARTS}"),
            cells,
        );
        row.spring_to_ours = format!("{:.0}", spring.median / ours.median);
    }
    row.target = format!("≤ {MOST_MILLIS} ms");
    row.met = Some(ours.median <= MOST_MILLIS);
    Ok(vec![row])
}

#[expect(clippy::print_stderr, reason = "progress for who waits")]
fn starts(estate: &Estate, kind: Kind, count: usize) -> Result<Spread> {
    let mut times = Vec::new();
    for _ in 0..count {
        let begin = Instant::now();
        let time = first_answer(begin, estate.launch(kind, super::ROUTES)?)?.as_secs_f64() * 1e3;
        eprintln!("  answered after {time:.1} ms");
        times.push(time);
    }
    Ok(Spread::of(times))
}

fn first_answer(begin: Instant, mut gateway: Gateway) -> Result<Duration> {
    let request = format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", servers::first_path());
    loop {
        let answer = http::exchange(gateway.port, request.as_bytes(), "GET", PATIENCE);
        let time = begin.elapsed();
        match answer {
            Ok(answer) if answer.status == 200 => return Ok(time),
            _ if time > PATIENCE => bail!("no start in {time:?}\n{}", gateway.program.log_tail()),
            _ => {}
        }
        if let Some(status) = gateway.program.exit_status()? {
            bail!("ended ({status}) while starting\n{}", gateway.program.log_tail());
        }
        wait::pause(AGAIN_AFTER);
    }
}
