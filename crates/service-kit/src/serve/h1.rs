//! HTTP/1 on a connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::server::conn::http1;
use hyper::service::service_fn;

use super::framing::is_clear;
use super::guard::{Activity, Guarded};
use super::size::too_long;
use super::worker::Shared;
use super::{Connection, Handler};

/// Ends a connection with the answer that has it.
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// How long a connection may keep a request back once no other connection is accepted.
const LAST_REQUEST: Duration = Duration::from_millis(250);

/// Serves until the peer or a stop ends it.
pub(super) async fn serve<H: Handler>(
    shared: &Shared<H>,
    stream: Guarded,
    activity: &Arc<Activity>,
    connection: &Arc<Connection>,
) -> hyper::Result<()> {
    let limits = &shared.limits;
    let served = AtomicU32::new(0);
    let service = service_fn(|request| {
        activity.handling();
        let refused = refusal(&request, activity, limits.line_bytes_max);
        let is_last = limits.requests_max > 0
            && served.fetch_add(1, Relaxed).saturating_add(1) >= limits.requests_max;
        let (handler, connection) = (Arc::clone(&shared.handler), Arc::clone(connection));
        async move {
            // Apart: a connection that waits keeps no room for a request.
            let mut answer = match refused {
                None => Box::pin(handler.handle(request, connection)).await,
                Some(status) => last(status),
            };
            let is_last = is_last || shared.stopping.load(Relaxed);
            if is_last && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
                answer.headers_mut().insert(header::CONNECTION, CLOSE);
            }
            activity.answered(&shared.now);
            Ok::<_, Infallible>(answer)
        }
    });
    let serving = http1::Builder::new()
        .half_close(false)
        .max_buf_size(limits.head_bytes_max.saturating_add(limits.line_bytes_max))
        .serve_connection(stream, service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => return ended,
        () = shared.stop.closed.cancelled() => {}
    }
    // Who was let in during the linger may be about to ask; hyper would not wait for it.
    let last = shared.limits.linger.min(LAST_REQUEST);
    if let Ok(ended) = tokio::time::timeout(last, serving.as_mut()).await {
        return ended;
    }
    serving.as_mut().graceful_shutdown();
    serving.await
}

/// The status of a request that is answered without a look at it.
fn refusal<B>(request: &Request<B>, activity: &Activity, line_max: usize) -> Option<StatusCode> {
    if let Some(status) = too_long(request.method(), request.uri(), line_max) {
        return Some(status);
    }
    if activity.is_too_large() {
        return Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    (!is_clear(request) || activity.is_unclear()).then_some(StatusCode::BAD_REQUEST)
}

/// Nobody knows what follows on the connection: it ends with this answer.
fn last<B: Default>(status: StatusCode) -> Response<B> {
    let mut answer = Response::new(B::default());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONNECTION, CLOSE);
    answer
}
