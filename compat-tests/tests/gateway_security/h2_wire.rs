//! HTTP/2 frame by frame, as no client would send it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use compat_tests::http;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;
pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
/// Longest wait for something to come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// A frame as it came.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// What became of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Answered with this status; 0 if it is a rare one.
    Answered(u16),
    Reset,
    /// The connection ended, politely or not.
    Closed,
    Nothing,
}

/// A connection without TLS, its preface sent.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(port: u16) -> Result<Self> {
        let mut connection = Self { stream: http::connect(port, PATIENCE)?, read: Vec::new() };
        connection.stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")?;
        connection.send(SETTINGS, 0, 0, &[])?;
        Ok(connection)
    }

    /// Sends a frame; an error says that the gateway has had enough.
    pub(crate) fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Result<()> {
        self.stream.write_all(&frame(kind, flags, stream, payload)).context("sending a frame")
    }

    pub(crate) fn send_all(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).context("sending frames")
    }

    /// The next frame; `None` when the connection has ended, or nothing came for `patience`.
    pub(crate) fn next(&mut self, patience: Duration) -> Result<Option<Frame>> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(frame) = self.take() {
                return Ok(Some(frame));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            ensure!(!left.is_zero(), "silence");
            self.stream.set_read_timeout(Some(left))?;
            let mut buffer = [0; 16 * 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(count) => self.read.extend(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error).context("reading a frame"),
            }
        }
    }

    fn take(&mut self) -> Option<Frame> {
        let head: [u8; 9] = self.read.get(..9)?.try_into().ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let payload = self.read.get(9..9 + length)?.to_vec();
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        self.read.drain(..9 + length);
        Some(Frame { kind: head[3], stream, payload })
    }

    /// What becomes of a stream.
    pub(crate) fn fate(&mut self, stream: u32) -> Fate {
        loop {
            match self.next(PATIENCE) {
                Ok(Some(frame)) if frame.kind == GOAWAY => return Fate::Closed,
                Ok(Some(frame)) if frame.stream == stream && frame.kind == RST_STREAM => {
                    return Fate::Reset;
                }
                Ok(Some(frame)) if frame.stream == stream && frame.kind == HEADERS => {
                    return Fate::Answered(status(&frame.payload));
                }
                Ok(Some(_)) => {}
                Ok(None) => return Fate::Closed,
                Err(_) => return Fate::Nothing,
            }
        }
    }
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or_default().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A block of header fields, each written out (RFC 7541, 6.2.2).
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.push(0);
        for text in [name, value] {
            length(&mut bytes, text.len());
            bytes.extend(text.bytes());
        }
    }
    bytes
}

/// A number with a prefix of seven bits (RFC 7541, 5.1).
#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn length(bytes: &mut Vec<u8>, mut number: usize) {
    if number < 127 {
        bytes.push(number as u8);
        return;
    }
    bytes.push(127);
    number -= 127;
    while number >= 128 {
        bytes.push((number & 127) as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The status that a block begins with, if it is one of those that have a number of their own.
fn status(block: &[u8]) -> u16 {
    match block.first() {
        Some(0x88) => 200,
        Some(0x8c) => 400,
        Some(0x8d) => 404,
        Some(0x8e) => 500,
        _ => 0,
    }
}
