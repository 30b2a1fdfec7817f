//! One request and its answer.

use std::time::Duration;

use http::{HeaderValue, Request, Response, header};

use super::connect::connect;
use super::pool::Pool;
use super::{ErrorKind, Place, RequestBody, SendError, UpstreamBody};

/// How a request is sent.
#[derive(Clone, Debug)]
pub(crate) struct Exchange<'a> {
    /// Where to.
    pub(crate) place: Place<'a>,
    /// For connecting (TO-1).
    pub(crate) connect_limit: Duration,
    /// Until the head of the answer is there (TO-2); none waits for ever.
    pub(crate) response_limit: Option<Duration>,
    /// What to send as `Host` instead of the place's own.
    pub(crate) host: Option<HeaderValue>,
}

/// Sends `request` over a connection that waits, or a new one.
///
/// # Errors
/// See [`SendError`]; it has the request again where nothing of its body was taken.
pub(crate) async fn send(
    exchange: &Exchange<'_>,
    mut request: Request<RequestBody>,
) -> Result<Response<UpstreamBody>, SendError> {
    let pool = Pool::of(exchange.place);
    let host = exchange.host.clone().unwrap_or_else(|| pool.authority().clone());
    request.headers_mut().insert(header::HOST, host);
    let failed = |kind, is_reused, request| SendError { kind, is_reused, request };
    loop {
        let (mut lease, is_reused) = match pool.take() {
            Some(lease) => (lease, true),
            None => match connect(&pool, exchange.connect_limit).await {
                Ok(lease) => (lease, false),
                Err(kind) => return Err(failed(kind, false, Some(Box::new(request)))),
            },
        };
        // One that was given back a moment ago may still be putting its last answer away.
        if lease.sender.ready().await.is_err() {
            continue;
        }
        lease.taken = request.body().taken();
        let answering = lease.sender.try_send_request(request);
        let answered = match exchange.response_limit {
            None => answering.await,
            Some(limit) => match tokio::time::timeout(limit, answering).await {
                Ok(answered) => answered,
                Err(_) => return Err(failed(ErrorKind::ResponseTimeout, is_reused, None)),
            },
        };
        match answered {
            Ok(response) => {
                return Ok(response.map(|incoming| UpstreamBody::new(incoming, lease)));
            }
            Err(mut error) => match error.take_message() {
                // It was closed before a byte of this was written.
                Some(unsent) if is_reused => request = unsent,
                unsent => {
                    let kind = match error.error() {
                        error if error.is_parse() => ErrorKind::Garbage,
                        error if error.is_user() => ErrorKind::Body,
                        _ => ErrorKind::Closed,
                    };
                    return Err(failed(kind, is_reused, unsent.map(Box::new)));
                }
            },
        }
    }
}
