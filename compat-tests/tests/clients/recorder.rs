//! A relay between a client and a server that notes what passes, and changes no byte of it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result};
use parking_lot::Mutex;

/// One request and how it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) request: Vec<(String, String)>,
    pub(crate) status: u16,
    pub(crate) answer: Vec<(String, String)>,
}

impl Exchange {
    /// The request's header of that name.
    pub(crate) fn sent(&self, name: &str) -> Option<&str> {
        header(&self.request, name)
    }

    /// The answer's header of that name.
    pub(crate) fn answered(&self, name: &str) -> Option<&str> {
        header(&self.answer, name)
    }

    /// The path without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// A running relay. Dropping it takes no more connections.
#[derive(Debug)]
pub(crate) struct Recorder {
    port: u16,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    closed: Arc<AtomicBool>,
}

impl Recorder {
    /// Relays a free port of this machine to `upstream`, another one.
    pub(crate) fn before(upstream: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("binding the relay")?;
        let port = listener.local_addr()?.port();
        let exchanges = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(AtomicBool::new(false));
        let recorder =
            Self { port, exchanges: Arc::clone(&exchanges), closed: Arc::clone(&closed) };
        thread::spawn(move || {
            for client in listener.incoming() {
                if closed.load(Ordering::Relaxed) {
                    return;
                }
                let exchanges = Arc::clone(&exchanges);
                if let Ok(client) = client {
                    // What ends badly here ends badly for the client, which is what the test sees.
                    thread::spawn(move || relay(&client, upstream, &exchanges));
                }
            }
        });
        Ok(recorder)
    }

    /// The port to give to the client.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// What was answered so far, oldest first.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().clone()
    }

    /// What was answered so far with that method, to paths that end like that.
    pub(crate) fn of(&self, method: &str, path_end: &str) -> Vec<Exchange> {
        let mut found = self.exchanges();
        found.retain(|it| it.method == method && it.path().ends_with(path_end));
        found
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        let wake = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
        if wake.is_err() {
            // The thread that accepts is gone already.
        }
    }
}

/// Passes requests and answers in turn until one side hangs up.
fn relay(client: &TcpStream, upstream: u16, exchanges: &Mutex<Vec<Exchange>>) -> io::Result<()> {
    let outcome = relay_between(client, upstream, exchanges);
    client.shutdown(Shutdown::Both)?;
    outcome
}

fn relay_between(
    client: &TcpStream,
    upstream: u16,
    exchanges: &Mutex<Vec<Exchange>>,
) -> io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream))?;
    let mut requests = BufReader::new(client);
    let mut answers = BufReader::new(&server);
    loop {
        let head = pass_head(&mut requests, &mut &server)?;
        let mut words = head.start.split(' ').map(str::to_owned);
        let method = words.next().unwrap_or_default();
        let target = words.next().unwrap_or_default();
        pass_body(&mut requests, &mut &server, &head.headers, false)?;

        let answer = pass_head(&mut answers, &mut &*client)?;
        let status = answer.start.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        // Noted before its body reaches the client: a test that saw the effect finds the cause.
        exchanges.lock().push(Exchange {
            method: method.clone(),
            target,
            request: head.headers,
            status,
            answer: answer.headers.clone(),
        });
        if method != "HEAD" && status != 204 && status != 304 {
            pass_body(&mut answers, &mut &*client, &answer.headers, true)?;
        }
    }
}

/// Start line and headers of a message.
struct Head {
    start: String,
    headers: Vec<(String, String)>,
}

fn pass_head(from: &mut BufReader<&TcpStream>, to: &mut impl Write) -> io::Result<Head> {
    let start = pass_line(from, to)?;
    let mut headers = Vec::new();
    loop {
        let line = pass_line(from, to)?;
        if line.is_empty() {
            return Ok(Head { start, headers });
        }
        let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// Passes a body by its framing; without framing an answer goes on `until_closed`.
fn pass_body(
    from: &mut BufReader<&TcpStream>,
    to: &mut impl Write,
    headers: &[(String, String)],
    until_closed: bool,
) -> io::Result<()> {
    if header(headers, "transfer-encoding").is_some() {
        loop {
            let size = pass_line(from, to)?;
            let size = u64::from_str_radix(&size, 16).map_err(io::Error::other)?;
            pass_bytes(from, to, size)?;
            pass_line(from, to)?;
            if size == 0 {
                return Ok(());
            }
        }
    }
    match header(headers, "content-length") {
        Some(length) => pass_bytes(from, to, length.parse().map_err(io::Error::other)?),
        None if until_closed => io::copy(from, to).map(|_| ()),
        None => Ok(()),
    }
}

fn pass_bytes(
    from: &mut BufReader<&TcpStream>,
    to: &mut impl Write,
    length: u64,
) -> io::Result<()> {
    let passed = io::copy(&mut from.take(length), to)?;
    if passed == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Passes one line; gives it without its end.
fn pass_line(from: &mut BufReader<&TcpStream>, to: &mut impl Write) -> io::Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    to.write_all(&line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
