//! HTTP/2 to upstreams: one connection carries many requests (PT-12, PT-13).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Response, Uri, header};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::connect::drive;
use super::io::Io;
use super::{ErrorKind, RequestBody};
use crate::stateful::BodyFault;

/// Bytes that an upstream may send ahead: of one answer, and of all.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;
/// Bytes of a request that wait in memory for an upstream to take them.
const SEND_BYTES_MAX: usize = 64 * 1024;
/// Bytes of all headers of an answer.
const HEAD_BYTES_MAX: u32 = 64 * 1024;
/// Streams that an upstream may take back, by its own errors and by ours.
const RESETS_MAX: usize = 1024;
/// Requests that one connection gets before another one is opened.
const STREAMS_MAX: usize = 100;
/// A silent connection is asked for a sign of life so often, and given so long for it.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections of one thread to one place.
#[derive(Debug, Default)]
pub(super) struct Shared(Vec<Line>);

/// A connection and how many requests are on it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    sender: http2::SendRequest<RequestBody>,
    load: Arc<AtomicUsize>,
    used: Instant,
}

/// A request on a connection.
#[derive(Debug)]
pub(crate) struct Load(Arc<AtomicUsize>);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Shared {
    /// The connection with the fewest requests, if it takes another one.
    pub(super) fn take(&mut self) -> Option<Line> {
        self.0.retain(|line| !line.sender.is_closed());
        let least = self.0.iter_mut().min_by_key(|line| line.load.load(Relaxed))?;
        if least.load.load(Relaxed) >= STREAMS_MAX {
            return None;
        }
        least.used = Instant::now();
        Some(least.clone())
    }

    pub(super) fn add(&mut self, line: &Line) {
        self.0.push(line.clone());
    }

    /// Ends what nobody has used for `idle_max`; true if something is left.
    pub(super) fn sweep(&mut self, now: Instant, idle_max: Duration) -> bool {
        self.0.retain(|line| {
            let is_used = line.load.load(Relaxed) > 0;
            !line.sender.is_closed()
                && (is_used || now.saturating_duration_since(line.used) <= idle_max)
        });
        !self.0.is_empty()
    }
}

/// Begins to speak HTTP/2.
pub(super) async fn begin(io: Io) -> Result<Line, ErrorKind> {
    let handshake = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BYTES_MAX)
        .max_header_list_size(HEAD_BYTES_MAX)
        .max_concurrent_reset_streams(RESETS_MAX)
        .max_local_error_reset_streams(RESETS_MAX)
        .max_pending_accept_reset_streams(RESETS_MAX)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .handshake(TokioIo::new(io))
        .await;
    let (sender, connection) = handshake.map_err(|_| ErrorKind::Closed)?;
    drive(async move {
        // What goes wrong is told to whoever waits for an answer.
        let _ = connection.await;
    });
    Ok(Line { sender, load: Arc::default(), used: Instant::now() })
}

/// Whether the client sent the body too slowly.
fn is_slow(error: &hyper::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(BodyFault::Stalled))
}

/// Why there is no answer, and the request if nothing of it was sent.
pub(super) type Unanswered = (ErrorKind, Option<Request<RequestBody>>);

impl Line {
    /// Sends `request` to `host`.
    pub(super) async fn send(
        mut self,
        mut request: Request<RequestBody>,
        host: &HeaderValue,
        is_secure: bool,
    ) -> Result<(Response<Incoming>, Load), Unanswered> {
        self.load.fetch_add(1, Relaxed);
        let load = Load(Arc::clone(&self.load));
        let authority = Authority::try_from(host.as_bytes());
        let mut target = std::mem::take(request.uri_mut()).into_parts();
        target.scheme = Some(if is_secure { Scheme::HTTPS } else { Scheme::HTTP });
        target.authority = authority.ok();
        let Ok(uri) = Uri::from_parts(target) else {
            return Err((ErrorKind::UnknownHost, None));
        };
        *request.uri_mut() = uri;
        for name in [header::HOST, header::EXPECT] {
            request.headers_mut().remove(name);
        }
        match self.sender.try_send_request(request).await {
            Ok(response) => Ok((response, load)),
            Err(mut failed) => {
                let unsent = failed.take_message();
                let kind = match failed.error() {
                    error if error.is_parse() => ErrorKind::Garbage,
                    error if is_slow(error) => ErrorKind::SlowBody,
                    error if error.is_user() => ErrorKind::Body,
                    _ => ErrorKind::Closed,
                };
                Err((kind, unsent))
            }
        }
    }
}
