//! HTTP/1 on a connection.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use http::{HeaderValue, Response, StatusCode, header};
use hyper::server::conn::http1;
use hyper::service::service_fn;

use super::framing::is_clear;
use super::guard::{Activity, Guarded};
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
    let service = service_fn(|request| {
        activity.handling();
        let clear = is_clear(&request) && !activity.is_unclear();
        let (handler, connection) = (Arc::clone(&shared.handler), Arc::clone(connection));
        async move {
            // Apart: a connection that waits keeps no room for a request.
            let mut answer =
                if clear { Box::pin(handler.handle(request, connection)).await } else { unclear() };
            if shared.stopping.load(Relaxed) && answer.status() != StatusCode::SWITCHING_PROTOCOLS {
                answer.headers_mut().insert(header::CONNECTION, CLOSE);
            }
            activity.answered(&shared.now);
            Ok::<_, Infallible>(answer)
        }
    });
    let serving = http1::Builder::new()
        .half_close(false)
        .max_buf_size(shared.limits.head_bytes_max)
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

/// Nobody knows what follows on the connection: it ends with this answer.
fn unclear<B: Default>() -> Response<B> {
    let mut answer = Response::new(B::default());
    *answer.status_mut() = StatusCode::BAD_REQUEST;
    answer.headers_mut().insert(header::CONNECTION, CLOSE);
    answer
}
