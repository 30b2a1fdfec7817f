//! The access log: a line for every request, or for some (MT-11).
//!
//! Lines are made by the thread that served the request and written by another: a reader who is
//! slow costs lines, which are counted, and never a request.

mod line;

use std::io::{BufWriter, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use http::{HeaderValue, Request, StatusCode, header};
use service_kit::clock::Clock;
use service_kit::config::{Config, ConfigError};
use service_kit::metrics::{Counter, Registry};
use service_kit::random;

use super::seen::About;
use super::trace::Trace;

/// Lines that wait to be written.
const WAITING_MAX: usize = 8_192;

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Common,
}

/// Takes lines. Clones are the same log.
#[derive(Clone, Debug)]
pub(crate) struct Journal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    form: Form,
    /// Of 2^32 successful requests, as many are lines.
    sampled_of_2_32: u64,
    sender: SyncSender<String>,
    dropped: Counter,
    clock: Clock,
}

/// A request that will be a line.
#[derive(Debug)]
pub(crate) struct Entry {
    journal: Journal,
    request: line::Facts,
    /// What became of it on its way.
    pub(crate) about: About,
}

impl Journal {
    /// The log that the settings ask for, and the thread that writes it, which ends with the log.
    ///
    /// # Errors
    /// A key is not declared.
    pub(crate) fn read(
        config: &Config,
        clock: &Clock,
        registry: &Registry,
        out: impl Write + Send + 'static,
    ) -> Result<Option<(Self, JoinHandle<()>)>, ConfigError> {
        let mode: String = config.get("myerp.gateway.access-log.mode")?;
        let format: String = config.get("myerp.gateway.access-log.format")?;
        let share: f64 = config.get("myerp.gateway.access-log.sample")?;
        let is_reactor: bool = config.get("reactor.netty.http.server.access-log-enabled")?;
        let own =
            (mode != "off").then_some(if format == "common" { Form::Common } else { Form::Json });
        let Some(form) = own.or_else(|| is_reactor.then_some(Form::Common)) else {
            return Ok(None);
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 2^32, checked when it was read"
        )]
        let sampled_of_2_32 =
            if mode == "sampled" { (share * 4_294_967_296.0) as u64 } else { 1 << 32 };
        let (sender, lines) = sync_channel(WAITING_MAX);
        let writer = std::thread::Builder::new().name("access-log".to_owned());
        let writer = writer.spawn(move || write(&lines, out));
        let writer = writer.map_err(|error| ConfigError {
            origin: None,
            problem: format!("the access log has no thread: {error}"),
            suggestion: None,
        })?;
        let dropped = registry.counter(
            "gateway.access.log.dropped",
            "Lines of the access log that nobody took in time.",
            &[],
        );
        let inner = Inner { form, sampled_of_2_32, sender, dropped, clock: clock.clone() };
        Ok(Some((Self(Arc::new(inner)), writer)))
    }

    /// Notes what a request asks for, before it goes on its way.
    pub(crate) fn begin<B>(
        &self,
        request: &Request<B>,
        peer: SocketAddr,
        id: Option<&HeaderValue>,
        trace: Option<&Trace>,
    ) -> Box<Entry> {
        let text = |value: Option<&HeaderValue>| {
            value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = request.headers();
        let facts = line::Facts {
            wall_ms: self.0.clock.wall_ms(),
            peer: peer.ip().to_canonical(),
            method: request.method().as_str().to_owned(),
            target: line::target(request.uri()),
            version: line::version(request.version()),
            host: text(headers.get(header::HOST)),
            agent: text(headers.get(header::USER_AGENT)),
            id: text(id),
            trace: trace.map(Trace::trace_id),
        };
        Box::new(Entry { journal: self.clone(), request: facts, about: About::default() })
    }
}

impl Entry {
    /// Hands the line over.
    pub(crate) fn write(&self, status: StatusCode, bytes: u64, time: Duration) {
        let log = &self.journal.0;
        let is_failure = status.is_client_error() || status.is_server_error();
        if !is_failure && random::next() >> 32 >= log.sampled_of_2_32 {
            return;
        }
        let line = match log.form {
            Form::Json => line::json(&self.request, &self.about, status, bytes, time),
            Form::Common => line::common(&self.request, &self.about, status, bytes, time),
        };
        if log.sender.try_send(line).is_err() {
            log.dropped.increment();
        }
    }
}

/// Writes lines until nobody sends any more; what is there is flushed before it waits.
fn write(lines: &Receiver<String>, out: impl Write) {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    while let Ok(line) = lines.recv() {
        let _ = out.write_all(line.as_bytes());
        while let Ok(line) = lines.try_recv() {
            let _ = out.write_all(line.as_bytes());
        }
        // A reader that went away must not take the process with it.
        let _ = out.flush();
    }
}
