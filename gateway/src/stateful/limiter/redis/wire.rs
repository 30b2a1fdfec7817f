//! Redis's protocol, version 2: a command at a time, and its reply.

use std::{fmt, io};

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};

/// Bytes of a line, of a text and items of a list in a reply.
const LINE_MAX: u64 = 4_096;
const TEXT_MAX: u64 = 64 * 1_024;
const ITEMS_MAX: usize = 64;

/// What Redis says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Text(String),
    Error(String),
    Number(i64),
    List(Vec<Self>),
    Nothing,
}

/// What bytes travel over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection. After an error it is of no use any more.
pub(super) struct Connection {
    stream: BufReader<Box<dyn Stream>>,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// Sends a command and waits for its reply.
    pub(super) async fn ask(&mut self, command: &[&str]) -> io::Result<Reply> {
        let mut out = format!("*{}\r\n", command.len());
        for part in command {
            out.push_str(&format!("${}\r\n{part}\r\n", part.len()));
        }
        self.stream.get_mut().write_all(out.as_bytes()).await?;
        self.stream.get_mut().flush().await?;
        match self.read_one().await? {
            // A list of plain values is all that is asked for.
            Head::List(count) => {
                let mut items = Vec::with_capacity(count);
                for _ in 0..count {
                    match self.read_one().await? {
                        Head::Value(reply) => items.push(reply),
                        Head::List(_) => return Err(garbage()),
                    }
                }
                Ok(Reply::List(items))
            }
            Head::Value(reply) => Ok(reply),
        }
    }

    async fn read_one(&mut self) -> io::Result<Head> {
        let mut line = Vec::new();
        (&mut self.stream).take(LINE_MAX).read_until(b'\n', &mut line).await?;
        if line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.strip_suffix(b"\r\n").ok_or_else(garbage)?;
        let line = std::str::from_utf8(line).map_err(|_error| garbage())?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(garbage)?;
        let number = || rest.parse::<i64>().map_err(|_error| garbage());
        Ok(match kind {
            "+" => Head::Value(Reply::Text(rest.to_owned())),
            "-" => Head::Value(Reply::Error(rest.to_owned())),
            ":" => Head::Value(Reply::Number(number()?)),
            "$" => match u64::try_from(number()?) {
                Err(_) => Head::Value(Reply::Nothing),
                Ok(length) => Head::Value(self.read_text(length).await?),
            },
            "*" => {
                let count = usize::try_from(number()?).unwrap_or_default();
                Head::List(Some(count).filter(|count| *count <= ITEMS_MAX).ok_or_else(garbage)?)
            }
            _ => return Err(garbage()),
        })
    }

    async fn read_text(&mut self, length: u64) -> io::Result<Reply> {
        if length > TEXT_MAX {
            return Err(garbage());
        }
        let mut text = Vec::new();
        let read = (&mut self.stream).take(length + 2).read_to_end(&mut text).await?;
        if read as u64 != length + 2 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.truncate(text.len().saturating_sub(2));
        Ok(Reply::Text(String::from_utf8_lossy(&text).into_owned()))
    }
}

enum Head {
    Value(Reply),
    List(usize),
}

fn garbage() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no reply of Redis")
}
