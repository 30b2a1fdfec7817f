//! A backend that tells what it received, and misbehaves on purpose where a path asks for it.
//!
//! | path contains | it answers |
//! |---|---|
//! | `status/N` | with status N |
//! | `slow/MS` | after so many milliseconds |
//! | `flaky/KEY/N` | 503 the first N times, then 200 |
//! | `location/P` | 302 to `/P` of the `Host` it was called by |
//! | `dup`, `secret`, `cookie` | with doubled, with telling headers, with two cookies |
//! | `big/N` | N letters |
//! | `chunks` | in chunks, without a `Content-Length` |
//! | `sse` | three events, each some time after the other |
//! | `drop` | by hanging up |

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use serde_json::json;

use crate::wait;

/// Time between two events of a stream.
pub const EVENT_GAP: Duration = Duration::from_millis(200);
/// Most of a body that is told again.
const TOLD_BYTES: usize = 4000;

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Method.
    pub method: String,
    /// Path and query, raw.
    pub target: String,
    /// Header lines in their order.
    pub headers: Vec<(String, String)>,
    /// Body without its framing.
    pub body: Vec<u8>,
}

impl Seen {
    /// Value of the first line of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter();
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The words of the path after `word`.
    fn after(&self, word: &str) -> Option<Vec<&str>> {
        let path = self.target.split('?').next().unwrap_or_default();
        let mut parts = path.trim_matches('/').split('/').skip_while(|part| *part != word);
        parts.next().map(|_| parts.collect())
    }

    fn number(&self, word: &str) -> Option<usize> {
        self.after(word)?.first()?.parse().ok()
    }
}

/// A running backend; it ends with the value, its connections with it.
#[derive(Debug)]
pub struct Backend {
    /// The port it listens on.
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    flaky: Mutex<HashMap<String, usize>>,
    seen: Mutex<Vec<Seen>>,
    /// Those that are open, by their number.
    connections: Mutex<HashMap<usize, TcpStream>>,
    accepted: AtomicUsize,
    ended: AtomicBool,
}

impl Backend {
    /// Starts one that calls itself `name`, on a free port.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn start(name: &str) -> Result<Self> {
        Self::start_on(name, 0)
    }

    /// As [`Self::start`], on a given port.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn start_on(name: &str, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context("listening")?;
        let port = listener.local_addr().context("reading the port")?.port();
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            flaky: Mutex::default(),
            seen: Mutex::default(),
            connections: Mutex::default(),
            accepted: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { port, shared })
    }

    /// Its address as the `uri` of a route.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it received since this was asked last.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.seen.lock())
    }

    /// Connections that were made to it so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Relaxed)
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.shared.ended.store(true, Relaxed);
        for stream in self.shared.connections.lock().values() {
            // One that is gone is gone.
            let _gone = stream.shutdown(std::net::Shutdown::Both);
        }
        // Wakes the thread that accepts.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ended.load(Relaxed) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(second) = stream.try_clone() else { continue };
        let number = shared.accepted.fetch_add(1, Relaxed);
        shared.connections.lock().insert(number, second);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // A gateway that hangs up in the middle is for its test to notice.
            drop(serve(&stream, &shared));
            shared.connections.lock().remove(&number);
        });
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true).context("setting no delay")?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader)? {
        shared.seen.lock().push(request.clone());
        if request.after("drop").is_some() {
            stream.shutdown(std::net::Shutdown::Both).context("hanging up")?;
            return Ok(());
        }
        if let Some(millis) = request.number("slow") {
            wait::pause(Duration::from_millis(u64::try_from(millis)?));
        }
        let mut out = stream;
        if request.after("sse").is_some() {
            events(&mut out)?;
        } else {
            out.write_all(&answer(&request, shared)?).context("answering")?;
        }
        if request.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
            return Ok(());
        }
    }
    Ok(())
}

fn events(out: &mut impl Write) -> Result<()> {
    out.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    )
    .context("beginning a stream")?;
    for number in 0..3 {
        let event = format!("data: {number}\n\n");
        write!(out, "{:x}\r\n{event}\r\n", event.len()).context("sending an event")?;
        wait::pause(EVENT_GAP);
    }
    out.write_all(b"0\r\n\r\n").context("ending a stream")
}

/// The next request; `None` when the connection ends between two.
fn read(reader: &mut impl std::io::BufRead) -> Result<Option<Seen>> {
    let Some(first) = line(reader)? else { return Ok(None) };
    let mut words = first.splitn(3, ' ');
    let mut next = || words.next().unwrap_or_default().to_owned();
    let mut request = Seen { method: next(), target: next(), ..Seen::default() };
    while let Some(text) = line(reader)?.filter(|text| !text.is_empty()) {
        let (name, value) = text.split_once(':').with_context(|| format!("header {text:?}"))?;
        request.headers.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }
    if request.header("transfer-encoding").is_some_and(|it| it.contains("chunked")) {
        loop {
            let size = line(reader)?.context("the body ends early")?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).context("reading the size of a chunk")?;
            reader.take(size).read_to_end(&mut request.body).context("reading a chunk")?;
            if size == 0 {
                while line(reader)?.is_some_and(|text| !text.is_empty()) {}
                break;
            }
            line(reader)?;
        }
    } else if let Some(length) = request.header("content-length") {
        let length: usize = length.parse().context("reading a length")?;
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body).context("reading a body")?;
    }
    Ok(Some(request))
}

/// Reads the head of a request, for backends of a test's own; `None` when none came.
#[must_use]
pub fn read_head(stream: &TcpStream) -> Option<Seen> {
    read(&mut BufReader::new(stream)).ok().flatten()
}

/// One line without its end, bytes as the letters of Latin 1.
fn line(reader: &mut impl std::io::BufRead) -> Result<Option<String>> {
    let mut bytes = Vec::new();
    match reader.read_until(b'\n', &mut bytes) {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
        Err(error) => return Err(error).context("reading a line"),
    }
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn answer(request: &Seen, shared: &Shared) -> Result<Vec<u8>> {
    let mut status = request.number("status").unwrap_or(200);
    let mut body = told(request, &shared.name);
    if let Some([key, times, ..]) = request.after("flaky").as_deref() {
        let mut flaky = shared.flaky.lock();
        let tries = flaky.entry((*key).to_owned()).or_default();
        *tries += 1;
        if *tries <= times.parse().unwrap_or_default() {
            status = 503;
        } else {
            let text = String::from_utf8_lossy(&request.body);
            body = json!({"service": shared.name, "tries": *tries, "body": text}).to_string();
        }
    }
    let mut head = format!("HTTP/1.1 {status} X\r\nX-Echo: {}\r\n", shared.name);
    let mut media_type = "application/json";
    if let Some(count) = request.number("big") {
        (body, media_type) = ("x".repeat(count), "text/plain");
    }
    write!(head, "Content-Type: {media_type}\r\n")?;
    if let Some(rest) = request.after("location") {
        let host = request.header("host").unwrap_or_default();
        head = head.replacen(&format!(" {status} "), " 302 ", 1);
        write!(head, "Location: http://{host}/{}\r\n", rest.join("/"))?;
    }
    head.push_str(special(request));
    if status == 204 || status == 304 {
        return Ok(format!("{head}\r\n").into_bytes());
    }
    if request.after("chunks").is_some() {
        head.push_str("Transfer-Encoding: chunked\r\n\r\n");
        body = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    } else {
        write!(head, "Content-Length: {}\r\n\r\n", body.len())?;
    }
    if request.method != "HEAD" {
        head.push_str(&body);
    }
    Ok(head.into_bytes())
}

fn special(request: &Seen) -> &'static str {
    if request.after("dup").is_some() {
        "Access-Control-Allow-Origin: https://app.example.com\r\nAccess-Control-Allow-Credentials: true\r\n\
         X-Dup: 1\r\nX-Dup: 2\r\nX-Dup: 1\r\n"
    } else if request.after("secret").is_some() {
        "X-Secret: s3cr3t\r\nX-Link: https://inside.local/a?password=abc&x=1\r\nServer: echo/1\r\n"
    } else if request.after("cookie").is_some() {
        "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; HttpOnly\r\n"
    } else {
        ""
    }
}

fn told(request: &Seen, name: &str) -> String {
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    headers.sort();
    let body = request.body.get(..TOLD_BYTES).unwrap_or(&request.body);
    json!({
        "service": name, "method": request.method, "path": request.target, "headers": headers,
        "body": String::from_utf8_lossy(body), "length": request.body.len(),
    })
    .to_string()
}
