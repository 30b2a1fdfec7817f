//! A closed loop over kept connections: every connection has exactly one request under way.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;

use super::answer::AnswerReader;
use super::script::{Answered, Script};
use crate::http;

/// Threads of the generator.
pub const THREADS: usize = 2;
/// Kept connections of a load, over all threads.
pub const CONNECTIONS: usize = 64;
/// Longest silence of a server that has requests to answer.
const PATIENCE: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };
/// Bytes read at once.
const BUFFER: usize = 256 * 1024;
/// Events taken at once.
const EVENTS: usize = 64;

/// What a run saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests answered, each with the right status.
    pub answers: u64,
    /// Bytes of all bodies, without transfer framing.
    pub body_bytes: u64,
    /// Connections that the server ended in good order and that were opened again.
    pub reopened: u64,
}

impl Tally {
    const fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.body_bytes += other.body_bytes;
        self.reopened += other.reopened;
    }
}

/// Connections to one server, open and idle.
#[derive(Debug)]
pub struct Load<'a> {
    lanes: Vec<Lane<'a>>,
}

impl<'a> Load<'a> {
    /// Opens one connection to `port` for each script.
    ///
    /// # Errors
    ///
    /// When nobody listens there.
    pub fn open(port: u16, scripts: &'a mut [Box<dyn Script>]) -> Result<Self> {
        let part = scripts.len().div_ceil(THREADS).max(1);
        let lanes = scripts.chunks_mut(part).map(|scripts| Lane::open(port, scripts));
        Ok(Self { lanes: lanes.collect::<Result<_>>()? })
    }

    /// Asks until `length` is over or no script has a request left, and waits for all answers.
    ///
    /// # Errors
    ///
    /// When an answer has another status than the script says, is no HTTP, or does not come.
    pub fn run(self, length: Duration) -> Result<Tally> {
        let deadline = Instant::now() + length;
        thread::scope(|scope| {
            let lanes: Vec<_> = self
                .lanes
                .into_iter()
                .map(|lane| scope.spawn(move || lane.run(deadline)))
                .collect();
            let mut total = Tally::default();
            for lane in lanes {
                total.add(lane.join().map_err(|_| anyhow!("a thread of the load panicked"))??);
            }
            Ok(total)
        })
    }
}

/// The connections of one thread.
#[derive(Debug)]
struct Lane<'a> {
    port: u16,
    epoll: OwnedFd,
    connections: Vec<Connection<'a>>,
    tally: Tally,
}

/// One connection and what it asks.
struct Connection<'a> {
    script: &'a mut dyn Script,
    stream: TcpStream,
    reader: AnswerReader,
    expected: u16,
}

impl std::fmt::Debug for Connection<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl<'a> Lane<'a> {
    fn open(port: u16, scripts: &'a mut [Box<dyn Script>]) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).context("making an epoll")?;
        let mut connections = Vec::with_capacity(scripts.len());
        for (index, script) in scripts.iter_mut().enumerate() {
            let (script, stream) = (script.as_mut(), connect(port, &epoll, index)?);
            connections.push(Connection {
                script,
                stream,
                reader: AnswerReader::new(),
                expected: 0,
            });
        }
        Ok(Self { port, epoll, connections, tally: Tally::default() })
    }

    fn run(mut self, deadline: Instant) -> Result<Tally> {
        let mut active = 0_usize;
        for connection in &mut self.connections {
            active += usize::from(connection.ask()?);
        }
        let mut events = Vec::with_capacity(EVENTS);
        let mut buffer = vec![0; BUFFER];
        while active > 0 {
            match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&PATIENCE)) {
                Ok(0) => bail!("{active} answers did not come in {} s", PATIENCE.tv_sec),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error).context("waiting for answers"),
            }
            let over = Instant::now() >= deadline;
            for event in events.drain(..) {
                let index = usize::try_from(event.data.u64()).unwrap_or(usize::MAX);
                if self.serve(index, &mut buffer)? && (over || !self.ask_again(index)?) {
                    active -= 1;
                }
            }
        }
        Ok(self.tally)
    }

    /// Reads what arrived on one connection; true when its answer is complete.
    fn serve(&mut self, index: usize, buffer: &mut [u8]) -> Result<bool> {
        let connection = self.connections.get_mut(index).context("an event of no connection")?;
        let Some(answer) = connection.read(buffer)? else { return Ok(false) };
        self.tally.answers += 1;
        self.tally.body_bytes += u64::try_from(answer.body_bytes)?;
        connection.script.answered(answer)?;
        if connection.reader.closes() {
            // Closing the old stream takes it out of the epoll.
            connection.stream = connect(self.port, &self.epoll, index)?;
            self.tally.reopened += 1;
        }
        Ok(true)
    }

    fn ask_again(&mut self, index: usize) -> Result<bool> {
        self.connections.get_mut(index).context("an event of no connection")?.ask()
    }
}

impl Connection<'_> {
    /// Sends the next request; false when the script has none.
    fn ask(&mut self) -> Result<bool> {
        let Some(step) = self.script.next() else { return Ok(false) };
        // A request fits into the empty buffer of an idle connection, so this does not block.
        (&self.stream).write_all(step.request).context("sending a request")?;
        self.reader.restart(step.keep_body);
        self.expected = step.status;
        Ok(true)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<Answered>> {
        let count = match (&self.stream).read(buffer) {
            Ok(0) => bail!("the server hung up in the middle of an answer"),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error).context("reading an answer"),
        };
        if !self.reader.feed(buffer.get(..count).unwrap_or_default())? {
            return Ok(None);
        }
        if self.reader.status() != self.expected {
            bail!("answered {} instead of {}", self.reader.status(), self.expected);
        }
        let body_bytes = self.reader.body_bytes();
        Ok(Some(Answered { body_bytes, body: self.reader.take_body() }))
    }
}

/// Opens a connection whose events carry `index`.
fn connect(port: u16, epoll: &OwnedFd, index: usize) -> Result<TcpStream> {
    let stream = http::connect(port, http::TIMEOUT)?;
    stream.set_nonblocking(true).context("making a connection non-blocking")?;
    let data = epoll::EventData::new_u64(u64::try_from(index)?);
    epoll::add(epoll, &stream, data, epoll::EventFlags::IN).context("watching a connection")?;
    Ok(stream)
}

#[cfg(test)]
mod tests;
