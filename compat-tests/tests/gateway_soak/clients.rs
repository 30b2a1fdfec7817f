//! Clients of every kind. Only those that behave may expect anything.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{http, wait};
use parking_lot::Mutex;

/// Failures that are kept.
const KEPT: usize = 8;
/// Connections that send a byte now and then.
const DAWDLERS: usize = 30;
/// Time between two of their bytes.
const DAWDLING: Duration = Duration::from_millis(300);
/// Bytes of one message through a tunnel.
const MESSAGE: usize = 3_000;
/// Messages of one tunnel.
const MESSAGES: u8 = 50;

/// What a client does until it is over, at the gateway on a port.
pub(crate) type Client = fn(u16, &AtomicBool, &Tally) -> Result<()>;

/// What clients did.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    asked: AtomicU64,
    hung_up: AtomicU64,
    dawdled: AtomicU64,
    tunnels: AtomicU64,
    failures: Mutex<Vec<String>>,
}

impl Tally {
    /// Everybody did something, and nothing failed.
    pub(crate) fn is_good(&self) -> Result<()> {
        let failures = self.failures.lock();
        ensure!(
            failures.is_empty(),
            "{} and more failed:\n{}",
            failures.len(),
            failures.join("\n")
        );
        let did = [&self.asked, &self.hung_up, &self.dawdled, &self.tunnels];
        ensure!(did.iter().all(|count| count.load(Relaxed) > 20), "{self:?}");
        Ok(())
    }

    fn failed(&self, what: String) {
        let mut failures = self.failures.lock();
        if failures.len() < KEPT {
            failures.push(what);
        }
    }
}

/// Asks for one thing after another on a kept connection.
pub(crate) fn asks(port: u16, over: &AtomicBool, tally: &Tally) -> Result<()> {
    let body = "x".repeat(20_000);
    let requests = [
        "GET /svc/a HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "POST /svc/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc".to_owned(),
        format!("PUT /svc/c HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        "GET /svc/big/300000 HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "GET /svc/chunks HTTP/1.1\r\nHost: h\r\n\r\n".to_owned(),
        "POST /svc/d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            .to_owned(),
    ];
    let mut kept: Option<TcpStream> = None;
    for request in requests.iter().cycle() {
        if over.load(Relaxed) {
            break;
        }
        let mut stream = kept.take().map_or_else(|| http::connect(port, http::TIMEOUT), Ok)?;
        let answer = stream.write_all(request.as_bytes()).context("sending").and_then(|()| {
            let method = request.split(' ').next().unwrap_or_default();
            http::read_answer(&mut stream, method)
        });
        match answer {
            Ok(answer) if answer.status == 200 => {
                let closes = answer.header("connection").is_some_and(|it| it == "close");
                kept = (!closes).then_some(stream);
            }
            Ok(answer) => tally.failed(format!("{}: {request:.40}", answer.status)),
            Err(error) => tally.failed(format!("{error:#}: {request:.40}")),
        }
        tally.asked.fetch_add(1, Relaxed);
    }
    Ok(())
}

/// Hangs up in the middle of a request, before its answer, or in the middle of that.
pub(crate) fn hangs_up(port: u16, over: &AtomicBool, tally: &Tally) -> Result<()> {
    let starts = [
        "GET /svc/a HTTP/1.1\r\nHo",
        "POST /svc/b HTTP/1.1\r\nHost: h\r\nContent-Length: 30000\r\n\r\nabc",
        "GET /svc/slow/100 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /svc/big/3000000 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /svc/sse HTTP/1.1\r\nHost: h\r\n\r\n",
    ];
    for (turn, start) in starts.iter().cycle().enumerate() {
        if over.load(Relaxed) {
            break;
        }
        let mut stream = http::connect(port, http::TIMEOUT)?;
        stream.write_all(start.as_bytes())?;
        if turn % 2 == 0 {
            stream.set_read_timeout(Some(Duration::from_millis(20)))?;
            // Whatever came so far, or nothing.
            let _some = stream.read(&mut [0; 1000]);
        }
        drop(stream);
        tally.hung_up.fetch_add(1, Relaxed);
        wait::pause(Duration::from_millis(10));
    }
    Ok(())
}

/// Sends heads and bodies byte by byte, on many connections.
pub(crate) fn dawdles(port: u16, over: &AtomicBool, tally: &Tally) -> Result<()> {
    let starts: [&[u8]; 2] = [
        b"GET /svc/a HTTP/1.1\r\nHost: h\r\nX-Slow: ",
        b"POST /svc/b HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n",
    ];
    let mut slow: Vec<Option<TcpStream>> = (0..DAWDLERS).map(|_| None).collect();
    while !over.load(Relaxed) {
        for (stream, start) in slow.iter_mut().zip(starts.iter().cycle()) {
            let Some(open) = stream else {
                let mut new = http::connect(port, http::TIMEOUT)?;
                new.write_all(start)?;
                *stream = Some(new);
                continue;
            };
            // Once the gateway has had enough, another one begins.
            if open.write_all(b"a").is_err() {
                *stream = None;
            }
            tally.dawdled.fetch_add(1, Relaxed);
        }
        wait::pause(DAWDLING);
    }
    Ok(())
}

/// Opens a tunnel, has a conversation, and leaves, not always politely.
pub(crate) fn tunnels(port: u16, over: &AtomicBool, tally: &Tally) -> Result<()> {
    let head = "GET /tunnel HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    while !over.load(Relaxed) {
        let mut stream = http::connect(port, http::TIMEOUT)?;
        stream.write_all(head.as_bytes())?;
        if let Err(error) = converse(&mut stream) {
            tally.failed(format!("a tunnel: {error:#}"));
        }
        tally.tunnels.fetch_add(1, Relaxed);
    }
    Ok(())
}

fn converse(stream: &mut TcpStream) -> Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).context("reading the head")?;
        head.extend(byte);
    }
    let text = String::from_utf8_lossy(&head);
    ensure!(text.starts_with("HTTP/1.1 101 "), "{text}");
    for number in 0..MESSAGES {
        let message = [number; MESSAGE];
        stream.write_all(&message)?;
        let mut back = [0; MESSAGE];
        stream.read_exact(&mut back).context("reading what was said")?;
        ensure!(back == message, "something else came back");
    }
    Ok(())
}
