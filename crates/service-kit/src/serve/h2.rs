//! HTTP/2 on a connection.
//!
//! Limits are those of the connection and of each stream; every one is set, none left to defaults
//! (DS-8, DS-9). Source: RFC 9113.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use tokio_util::task::TaskTracker;

use super::guard::{Activity, Guarded, Ticks};
use super::size::too_long;
use super::worker::Shared;
use super::{Connection, Handler};

/// Requests at a time.
const STREAMS_MAX: u32 = 100;
/// Streams that a peer may take back before they were looked at.
const RESETS_PENDING_MAX: usize = 20;
/// Streams that may end for errors of the peer.
const RESETS_LOCAL_MAX: usize = 1024;
/// Bytes that a peer may send ahead: of one stream, and of all.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Bytes of an answer that wait in memory for a peer to take them.
const SEND_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the largest frame.
const FRAME_BYTES_MAX: u32 = 16 * 1024;

/// Runs the streams of a connection where its worker waits for them.
#[derive(Clone, Debug)]
struct Tracked(TaskTracker);

impl<F> Executor<F> for Tracked
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, stream: F) {
        self.0.spawn(stream);
    }
}

/// Serves until the peer or a stop ends it.
pub(super) async fn serve<H: Handler>(
    shared: &Arc<Shared<H>>,
    stream: Guarded,
    activity: &Arc<Activity>,
    connection: &Arc<Connection>,
    tasks: TaskTracker,
) -> hyper::Result<()> {
    let service = service_fn(|mut request: Request<Incoming>| {
        let stream = Open::new(Arc::clone(activity), Arc::clone(&shared.now));
        let status = refusal(&mut request, shared.limits.line_bytes_max);
        let handler = Arc::clone(&shared.handler);
        let connection = Arc::clone(connection);
        async move {
            let answer = match status {
                None => handler.handle(request, connection).await,
                Some(status) => {
                    let mut answer = Response::new(H::Body::default());
                    *answer.status_mut() = status;
                    answer
                }
            };
            Ok::<_, Infallible>(answer.map(|body| Watched::new(body, stream)))
        }
    });
    let limits = &shared.limits;
    let head_bytes_max = limits.head_bytes_max.saturating_add(limits.line_bytes_max);
    let head_bytes_max = u32::try_from(head_bytes_max).unwrap_or(u32::MAX);
    let serving = http2::Builder::new(Tracked(tasks))
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(RESETS_PENDING_MAX)
        .max_local_error_reset_streams(RESETS_LOCAL_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_send_buf_size(SEND_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .max_header_list_size(head_bytes_max)
        .enable_connect_protocol()
        .serve_connection(stream, service);
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => return ended,
        // A peer that is told opens another connection; the streams it has are finished.
        () = shared.stop.asked.cancelled() => {}
    }
    serving.as_mut().graceful_shutdown();
    serving.await
}

/// The status of a request that is answered without a look at it.
fn refusal<B>(request: &mut Request<B>, line_max: usize) -> Option<StatusCode> {
    let long = too_long(request.method(), request.uri(), line_max);
    long.or_else(|| (!restore(request)).then_some(StatusCode::BAD_REQUEST))
}

/// Makes the head one that is read like any other: `Host` from the authority, one `Cookie`
/// (RFC 9113, sections 8.2.3 and 8.3.1). False if it has two hosts or none.
fn restore<B>(request: &mut Request<B>) -> bool {
    let authority = request.uri().authority().map(|name| HeaderValue::from_str(name.as_str()));
    let headers = request.headers_mut();
    if headers.get_all(header::HOST).iter().nth(1).is_some() {
        return false;
    }
    match authority {
        Some(Ok(authority)) => {
            headers.entry(header::HOST).or_insert(authority);
        }
        Some(Err(_)) => return false,
        None if !headers.contains_key(header::HOST) => return false,
        None => {}
    }
    let mut crumbs = headers.get_all(header::COOKIE).iter();
    if let (Some(first), Some(_)) = (crumbs.next(), crumbs.next()) {
        let mut whole = first.as_bytes().to_vec();
        for crumb in headers.get_all(header::COOKIE).iter().skip(1) {
            whole.extend_from_slice(b"; ");
            whole.extend_from_slice(crumb.as_bytes());
        }
        match HeaderValue::from_maybe_shared(bytes::Bytes::from(whole)) {
            Ok(whole) => headers.insert(header::COOKIE, whole),
            Err(_) => return false,
        };
    }
    true
}

/// A stream from its head until its answer has been handed over.
#[derive(Debug)]
struct Open {
    activity: Arc<Activity>,
    now: Arc<Ticks>,
    /// Whether a piece was handed over that the peer may not have taken.
    is_given: bool,
    is_finished: bool,
}

impl Open {
    fn new(activity: Arc<Activity>, now: Arc<Ticks>) -> Self {
        activity.stream_opened();
        Self { activity, now, is_given: false, is_finished: false }
    }

    fn taken(&mut self) {
        if std::mem::take(&mut self.is_given) {
            self.activity.piece_taken(&self.now);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.taken();
        self.activity.stream_closed(self.is_finished, &self.now);
    }
}

/// An answer's body that tells how far its stream is.
#[derive(Debug)]
struct Watched<B> {
    body: B,
    stream: Open,
}

impl<B: Body> Watched<B> {
    fn new(body: B, mut stream: Open) -> Self {
        stream.is_finished = body.is_end_stream();
        Self { body, stream }
    }
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.get_mut();
        // It is asked for more only when there is room again.
        this.stream.taken();
        let frame = ready!(Pin::new(&mut this.body).poll_frame(cx));
        match &frame {
            Some(Ok(_)) => {
                this.stream.is_given = true;
                this.stream.activity.piece_given(&this.stream.now);
                this.stream.is_finished = this.body.is_end_stream();
            }
            None => this.stream.is_finished = true,
            Some(Err(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crumbs_of_a_cookie_are_one_and_the_authority_is_the_host() {
        let mut request = Request::builder()
            .uri("http://shop.example/x")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .body(())
            .unwrap();
        assert!(restore(&mut request));
        let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
        assert_eq!(cookies, ["a=1; b=2"]);
        assert_eq!(request.headers()["host"], "shop.example");
        let mut two = Request::builder().uri("/x").header("host", "a").header("host", "b");
        two.headers_mut().unwrap();
        assert!(!restore(&mut two.body(()).unwrap()));
        assert!(!restore(&mut Request::builder().uri("/x").body(()).unwrap()));
    }
}
