//! Thousands of clients that take their time, beside one that does not.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use compat_tests::http;

use crate::estate::{Estate, MACHINE};

/// Slow clients of each kind.
const SLOW: usize = 1_250;
/// Requests that are timed.
const TIMED: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(20);
/// Below this a quantile is noise of the machine.
const FLOOR: Duration = Duration::from_millis(5);
/// Bytes that a slow client may cost.
const MOST_BYTES: u64 = 40_000;

/// Heads a byte at a time, bodies a byte at a time, answers that nobody reads, and plain silence:
/// 5,000 of them do not slow the others down, and take little room (DS-1 to DS-4).
#[test]
fn five_thousand_slow_clients_disturb_nobody() -> Result<()> {
    let _quiet = MACHINE.write();
    // All of them come from one address here.
    let estate = Estate::start("myerp.server.max-connections-per-address: 20000\n")?;
    let port = estate.gateway.port;
    let before = p99(port)?;
    let memory = resident(estate.gateway.program.pid())?;
    let mut slow = Vec::new();
    let starts: [&[u8]; 4] = [
        b"GET /plain/a HTTP/1.1\r\nHost: h\r\nX-Slow: ",
        b"POST /plain/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nabc",
        b"GET /plain/big/2000000 HTTP/1.1\r\nHost: h\r\n\r\n",
        b"",
    ];
    for (kind, start) in starts.iter().enumerate() {
        // An unread answer holds a backend's thread, too; a few of them are enough.
        let count = if kind == 2 { 50 } else { SLOW };
        for _ in 0..count {
            let mut stream = http::connect(port, PATIENCE)?;
            stream.write_all(start)?;
            slow.push(stream);
        }
    }
    for _ in 0..SLOW - 50 {
        slow.push(http::connect(port, PATIENCE)?);
    }
    ensure!(slow.len() >= 4 * SLOW, "{}", slow.len());
    dribble(&slow);
    let during = p99(port)?;
    let grown = resident(estate.gateway.program.pid())?.saturating_sub(memory);
    drop(slow);
    let after = p99(port)?;
    let most = before.max(FLOOR) * 2;
    ensure!(during <= most, "p99 {before:?} before, {during:?} among slow ones, {after:?} after");
    let each = grown / u64::try_from(4 * SLOW)?;
    ensure!(each <= MOST_BYTES, "{each} bytes for each slow client");
    Ok(())
}

/// A byte from each that still may send.
fn dribble(streams: &[TcpStream]) {
    for stream in streams {
        // Some are closed by now; that is the gateway's right.
        let _closed = (&*stream).write_all(b"a");
    }
}

/// The best of three: what else the machine does at the time is nobody's fault here.
fn p99(port: u16) -> Result<Duration> {
    let rounds = (0..3).map(|_| one_p99(port)).collect::<Result<Vec<_>>>()?;
    rounds.into_iter().min().context("no rounds")
}

/// The time below which 99 of 100 requests are answered, on one kept connection.
fn one_p99(port: u16) -> Result<Duration> {
    let mut stream = http::connect(port, PATIENCE)?;
    let mut times = Vec::with_capacity(TIMED);
    for _ in 0..TIMED {
        let begin = Instant::now();
        stream.write_all(b"GET /plain/timed HTTP/1.1\r\nHost: h\r\n\r\n")?;
        let answer = http::read_answer(&mut stream, "GET")?;
        ensure!(answer.status == 200, "{}", answer.status);
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    times.get(TIMED * 99 / 100).copied().context("nothing was timed")
}

fn resident(pid: u32) -> Result<u64> {
    Ok(compat_tests::bench::process::memory(pid)?.resident)
}
