//! Latency at a rate that is the same for all, however fast they answer.
//!
//! A request is due at a time fixed beforehand, and its latency counts from then: one that waits
//! because the answer before it is late has waited, too.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;

use super::line::SMALL;
use super::servers::{self, Estate};
use super::table::{Cells, GatewayRow};
use crate::bench::answer::AnswerReader;
use crate::bench::load::{CONNECTIONS, THREADS};
use crate::bench::options::Options;
use crate::bench::race::Spread;
use crate::bench::server::Server;
use crate::bench::table;
use crate::http;

/// Requests per second, over all connections.
pub(super) const RATE: u32 = 3_000;
/// Bytes read at once.
const BUFFER: usize = 64 * 1024;
/// Longest time that answers may be late when the run is over.
const PATIENCE: Duration = Duration::from_secs(60);
/// Turns are this many times longer than for CPU time: the slowest hundredth needs many.
const LONGER: u32 = 3;

/// p99 of all contenders at [`RATE`], turn by turn.
pub(super) fn run(options: &Options, estate: &Estate) -> Result<Vec<GatewayRow>> {
    let servers = estate.servers(options, super::ROUTES)?;
    let mut runners: Vec<Runner<'_>> = servers.iter().map(Runner::new).collect();
    for Runner { server, .. } in &runners {
        // Warm, all of them.
        let warm = if server.name == servers::SPRING { 10 } else { 1 };
        turn(server, options.turn * warm)?;
    }
    for _ in 0..options.rounds {
        for runner in &mut runners {
            let latencies = turn(runner.server, options.turn * LONGER)?;
            runner.p50.push(percentile(&latencies, 0.5));
            runner.p99.push(percentile(&latencies, 0.99));
        }
    }
    let mut cells = Cells::default();
    for Runner { server, p50, p99 } in &runners {
        let [p50, p99] = [p50, p99].map(|all| Spread::of(all.clone()));
        cells.set(server.name, format!("{}, {}", table::micros(p50), table::micros(p99)));
    }
    let mut row = GatewayRow::new(format!("latency at {RATE} requests/s: median, p99"), cells);
    let find = |name| runners.iter().find(|runner| runner.server.name == name);
    if let (Some(ours), Some(nginx)) = (find(servers::OURS), find(servers::NGINX)) {
        row.against_nginx(ours.over(nginx), Some(1.0));
    }
    if let (Some(ours), Some(spring)) = (find(servers::OURS), find(servers::SPRING)) {
        row.spring_to_ours = table::ratio(spring.over(ours));
    }
    Ok(vec![row])
}

/// A contender and what its turns came to, in microseconds.
struct Runner<'a> {
    server: &'a Server,
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl<'a> Runner<'a> {
    const fn new(server: &'a Server) -> Self {
        Self { server, p50: Vec::new(), p99: Vec::new() }
    }

    /// p99 over that of `other`, turn by turn.
    fn over(&self, other: &Self) -> Spread {
        Spread::of(self.p99.iter().zip(&other.p99).map(|(mine, its)| mine / its).collect())
    }
}

/// Sorted latencies of one turn, in microseconds.
#[expect(clippy::print_stderr, reason = "progress for who waits")]
fn turn(server: &Server, length: Duration) -> Result<Vec<f64>> {
    let requests = (SMALL.requests)(servers::prefixes(server, super::ROUTES));
    let latencies = paced(server.port, &requests, CONNECTIONS, RATE, length)
        .with_context(|| server.log_tail())?;
    eprintln!(
        "  {}: {} answers, median {:.0} µs, p99 {:.0} µs, longest {:.0} µs",
        server.name,
        latencies.len(),
        percentile(&latencies, 0.5),
        percentile(&latencies, 0.99),
        percentile(&latencies, 1.0)
    );
    Ok(latencies)
}

/// The value below which `share` of the sorted values lie.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index into a list that fits into memory"
)]
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// Sends `requests` in turn, `rate` per second over `connections`; gives the sorted latencies.
fn paced(
    port: u16,
    requests: &[Vec<u8>],
    connections: usize,
    rate: u32,
    length: Duration,
) -> Result<Vec<f64>> {
    let gap = Duration::from_secs(1) / rate;
    let begin = Instant::now() + Duration::from_millis(20);
    let mut all = Vec::new();
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..THREADS)
            .map(|lane| {
                let numbers: Vec<usize> = (lane..connections).step_by(THREADS).collect();
                scope.spawn(move || -> Result<Vec<f64>> {
                    let lane = Lane::open(port, requests, &numbers, begin, (gap, connections))?;
                    lane.run(begin + length)
                })
            })
            .collect();
        for lane in lanes {
            all.extend(lane.join().map_err(|_| anyhow!("a thread of the load panicked"))??);
        }
        Ok::<_, anyhow::Error>(())
    })?;
    ensure!(!all.is_empty(), "nothing was asked");
    all.sort_by(f64::total_cmp);
    Ok(all)
}

struct Connection {
    stream: TcpStream,
    reader: AnswerReader,
    /// When the next request is due.
    due: Instant,
    /// When the one under way was due.
    asked: Option<Instant>,
    next: usize,
}

/// The connections of one thread.
struct Lane<'a> {
    epoll: OwnedFd,
    requests: &'a [Vec<u8>],
    connections: Vec<Connection>,
    /// Time between two requests of one connection.
    period: Duration,
    latencies: Vec<f64>,
}

impl<'a> Lane<'a> {
    fn open(
        port: u16,
        requests: &'a [Vec<u8>],
        numbers: &[usize],
        begin: Instant,
        (gap, connections): (Duration, usize),
    ) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).context("making an epoll")?;
        let mut open = Vec::new();
        for (index, &number) in numbers.iter().enumerate() {
            let stream = http::connect(port, http::TIMEOUT)?;
            stream.set_nonblocking(true).context("making a connection non-blocking")?;
            let data = epoll::EventData::new_u64(u64::try_from(index)?);
            epoll::add(&epoll, &stream, data, epoll::EventFlags::IN).context("watching")?;
            let due = begin + gap * u32::try_from(number)?;
            let reader = AnswerReader::new();
            open.push(Connection { stream, reader, due, asked: None, next: number });
        }
        let period = gap * u32::try_from(connections)?;
        Ok(Self { epoll, requests, connections: open, period, latencies: Vec::new() })
    }

    fn run(mut self, end: Instant) -> Result<Vec<f64>> {
        let mut events = Vec::with_capacity(64);
        let mut buffer = vec![0; BUFFER];
        loop {
            let now = Instant::now();
            let mut wake = end + PATIENCE;
            let mut waiting = false;
            for connection in &mut self.connections {
                if connection.asked.is_none() && connection.due < end {
                    if connection.due <= now {
                        connection.ask(self.requests, self.period)?;
                    } else {
                        wake = wake.min(connection.due);
                    }
                }
                waiting |= connection.asked.is_some() || connection.due < end;
            }
            if !waiting {
                return Ok(self.latencies);
            }
            ensure!(now < end + PATIENCE, "answers did not come");
            let wait = Timespec::try_from(wake.saturating_duration_since(now))?;
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&wait)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error).context("waiting for answers"),
            }
            for event in events.drain(..) {
                let index = usize::try_from(event.data.u64())?;
                let connection = self.connections.get_mut(index).context("no connection")?;
                if let Some(latency) = connection.read(&mut buffer)? {
                    self.latencies.push(latency.as_secs_f64() * 1e6);
                }
            }
        }
    }
}

impl Connection {
    fn ask(&mut self, requests: &[Vec<u8>], period: Duration) -> Result<()> {
        let request = requests.get(self.next % requests.len().max(1)).context("no requests")?;
        (&self.stream).write_all(request).context("sending a request")?;
        self.reader.restart(false);
        self.asked = Some(self.due);
        self.due += period;
        self.next += 1;
        Ok(())
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<Duration>> {
        let count = match (&self.stream).read(buffer) {
            Ok(0) => bail!("the server hung up"),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error).context("reading an answer"),
        };
        if !self.reader.feed(buffer.get(..count).unwrap_or_default())? {
            return Ok(None);
        }
        ensure!(self.reader.status() == 200, "answered {}", self.reader.status());
        Ok(self.asked.take().map(|asked| asked.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_of_the_list() {
        let sorted: Vec<f64> = (0..=100).map(f64::from).collect();

        assert_eq!(percentile(&sorted, 0.5), 50.0);
        assert_eq!(percentile(&sorted, 0.99), 99.0);
        assert!(percentile(&[], 0.5).is_nan());
    }
}
