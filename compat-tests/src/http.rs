//! A small blocking HTTP/1.1 client that sends exactly what it is given.
//!
//! Ordinary clients add headers, normalise paths and refuse what they think is wrong. A comparison of
//! servers needs the opposite: every byte of a request is the test's, every byte of an answer is seen.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

mod answer;

/// Longest time that a request waits for the connection, for one write, and for one read.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// One request to a server on this machine.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    framed: bool,
    timeout: Duration,
}

impl Request {
    /// A request `method url` without headers or body, `url` as `http://127.0.0.1:PORT/path?query`.
    ///
    /// The path is sent as it is, without escaping.
    #[must_use]
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        let method = method.to_owned();
        let url = url.into();
        Self { method, url, headers: Vec::new(), body: None, framed: true, timeout: TIMEOUT }
    }

    /// A GET of `url`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// Adds one header line, after those added before.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body; `Content-Length` is added when the request is sent.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Sends no `Content-Length` of its own: the test adds the framing it wants, or none.
    #[must_use]
    pub fn unframed(mut self) -> Self {
        self.framed = false;
        self
    }

    /// Sets the longest time of each wait instead of [`TIMEOUT`].
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the request on a connection of its own and reads the answer.
    ///
    /// Sent are `Host`, the given headers in their order, and `Content-Length` if there is a body or
    /// the method usually has one (POST, PUT, DELETE). Nothing else.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, hangs up, is silent for the timeout, or does not speak HTTP.
    pub fn send(&self) -> Result<Response> {
        let (authority, path) = split_url(&self.url)?;
        let port = port_of(authority)?;
        let answer = exchange(port, &self.bytes(authority, path), &self.method, self.timeout);
        answer.with_context(|| format!("{} {}", self.method, self.url))
    }

    /// The request as it goes over the wire.
    fn bytes(&self, authority: &str, path: &str) -> Vec<u8> {
        let mut head = format!("{} {path} HTTP/1.1\r\nHost: {authority}\r\n", self.method);
        for (name, value) in &self.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        let length = self.body.as_ref().map(Vec::len);
        let usual = matches!(self.method.as_str(), "POST" | "PUT" | "DELETE").then_some(0);
        if let Some(length) = length.or(usual).filter(|_| self.framed) {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }
}

/// An answer: status, header lines, body without its transfer framing.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code of the status line.
    pub status: u16,
    /// Header lines in their order, names as sent.
    pub headers: Vec<(String, String)>,
    /// Body after removing chunked framing, still as `Content-Encoding` says.
    pub body: Vec<u8>,
}

impl Response {
    /// Value of the last header line of that name, whatever its case; `None` if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter().rev();
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body, unpacked if it came with `Content-Encoding: gzip`.
    ///
    /// # Errors
    ///
    /// When the body is not the gzip data it says it is.
    pub fn content(&self) -> Result<Vec<u8>> {
        if self.header("content-encoding") == Some("gzip") && !self.body.is_empty() {
            return gunzip(&self.body);
        }
        Ok(self.body.clone())
    }

    /// The unpacked body as text.
    ///
    /// # Errors
    ///
    /// When it cannot be unpacked or is not UTF-8.
    pub fn text(&self) -> Result<String> {
        String::from_utf8(self.content()?).context("the body is not UTF-8")
    }

    /// The unpacked body as a JSON document.
    ///
    /// # Errors
    ///
    /// When it cannot be unpacked or is not JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        let text = self.text()?;
        serde_json::from_str(&text).with_context(|| format!("status {}: {text:?}", self.status))
    }
}

/// Unpacks gzip data, all members of it.
///
/// # Errors
///
/// When `packed` is not gzip data or ends early.
pub fn gunzip(packed: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut bytes).context("unpacking gzip")?;
    Ok(bytes)
}

/// Connects to `port` on this machine.
///
/// # Errors
///
/// When nobody listens there.
pub fn connect(port: u16, timeout: Duration) -> Result<TcpStream> {
    let address = (Ipv4Addr::LOCALHOST, port).into();
    let stream = TcpStream::connect_timeout(&address, timeout)
        .with_context(|| format!("connecting to {address}"))?;
    stream.set_read_timeout(Some(timeout)).context("setting the read timeout")?;
    stream.set_write_timeout(Some(timeout)).context("setting the write timeout")?;
    stream.set_nodelay(true).context("setting no delay")?;
    Ok(stream)
}

/// Sends `request` byte for byte to `port` on this machine and reads one answer.
///
/// `method` says whether the answer has a body: one to HEAD has none.
///
/// # Errors
///
/// When the server cannot be reached, hangs up, is silent for `timeout`, or does not speak HTTP.
pub fn exchange(port: u16, request: &[u8], method: &str, timeout: Duration) -> Result<Response> {
    let mut stream = connect(port, timeout)?;
    // A server may answer and hang up before it read everything; its answer counts all the same.
    let sent = stream.write_all(request);
    let answer = answer::read(&mut stream, method);
    match (answer, sent) {
        (Ok(answer), _) => Ok(answer),
        (Err(_), Err(error)) => Err(error).context("sending the request"),
        (Err(error), Ok(())) => Err(error),
    }
}

/// Reads the next answer from a connection that the test holds itself, for example to keep it alive.
///
/// # Errors
///
/// When the server hangs up, is silent for the stream's timeout, or does not speak HTTP.
pub fn read_answer(stream: &mut TcpStream, method: &str) -> Result<Response> {
    answer::read(stream, method)
}

/// `http://HOST:PORT/path` as authority and path.
fn split_url(url: &str) -> Result<(&str, &str)> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!("{url} does not begin with http://");
    };
    let cut = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(cut);
    Ok((authority, if path.is_empty() { "/" } else { path }))
}

/// Port of `127.0.0.1:PORT` or `localhost:PORT`.
fn port_of(authority: &str) -> Result<u16> {
    match authority.rsplit_once(':') {
        Some(("127.0.0.1" | "localhost", port)) => {
            port.parse().with_context(|| format!("reading the port of {authority}"))
        }
        _ => bail!("{authority} is not a port of this machine"),
    }
}

#[cfg(test)]
mod tests;
