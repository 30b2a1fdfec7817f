//! One request and its answer.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;

use super::connect::{Connected, connect};
use super::gap::Gap;
use super::h2::Load;
use super::outgoing::Outgoing;
use super::pool::{Lease, Pool};
use super::settings::ClientSettings;
use super::talk::Talk;
use super::{ErrorKind, Place, RequestBody, SendError, UpstreamBody};
use crate::config::edge::Edge;

/// How a request is sent.
#[derive(Clone, Debug)]
pub(crate) struct Exchange<'a> {
    /// Where to.
    pub(crate) place: Place<'a>,
    /// What connections are made by.
    pub(crate) settings: &'a Arc<ClientSettings>,
    /// What is spoken.
    pub(crate) protocol: Protocol,
    /// For connecting (TO-1).
    pub(crate) connect_limit: Duration,
    /// Until the head of the answer is there (TO-2); none waits for ever.
    pub(crate) response_limit: Option<Duration>,
    /// What to send as `Host` instead of the place's own.
    pub(crate) host: Option<HeaderValue>,
}

/// What is spoken to an upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// What TLS agrees on; in the clear HTTP/1, but HTTP/2 for gRPC, which has no other.
    #[default]
    Usual,
    /// HTTP/1.
    H1,
    /// HTTP/2, in the clear with prior knowledge.
    H2,
}

impl Protocol {
    /// As metadata of routes and instances names it (PT-12): `h2c` and the like.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        let is_one_of = |words: &[&str]| words.iter().any(|word| name.eq_ignore_ascii_case(word));
        if is_one_of(&["h2c", "h2", "http2", "grpc"]) {
            return Some(Self::H2);
        }
        is_one_of(&["http", "http1", "http/1.1"]).then_some(Self::H1)
    }

    /// Whether a connection may carry many requests.
    const fn may_be_h2(self, is_secure: bool) -> bool {
        match self {
            Self::H1 => false,
            Self::H2 => true,
            Self::Usual => is_secure,
        }
    }

    fn of(self, request: &Request<RequestBody>) -> Self {
        // Only HTTP/1 is upgraded; only a request with a body is gRPC.
        if request.headers().contains_key(header::UPGRADE) {
            return Self::H1;
        }
        if self != Self::Usual || matches!(request.body(), RequestBody::Empty) {
            return self;
        }
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")) {
            return Self::H2;
        }
        self
    }
}

/// Sends `request` over a connection that waits, or a new one. A request with `Upgrade` may be
/// answered with 101.
///
/// # Errors
/// See [`SendError`]; it has the request again where nothing of it was sent.
pub(crate) async fn send(
    exchange: &Exchange<'_>,
    mut request: Box<Request<RequestBody>>,
) -> Result<Response<UpstreamBody>, SendError> {
    let pool = Pool::of(exchange.place, exchange.settings);
    let host = exchange.host.clone().unwrap_or_else(|| pool.authority().clone());
    let protocol = exchange.protocol.of(&request);
    let may_be_h2 = protocol.may_be_h2(exchange.place.is_secure);
    let (limit, late) = (exchange.response_limit, ErrorKind::ResponseTimeout);
    loop {
        let shared = if may_be_h2 { pool.h2.lock().take() } else { None };
        let is_shared = shared.is_some();
        let connected = match shared {
            Some(line) => Connected::Line(line),
            None => {
                let permit = pool.permit().await;
                let permit = match permit {
                    Ok(permit) => permit,
                    Err(kind) => return Err(failed(kind, false, Some(request))),
                };
                let waiting = if protocol == Protocol::H2 { None } else { pool.take() };
                let is_reused = waiting.is_some();
                let connected = match waiting {
                    Some(wire) => Ok(Connected::Wire(wire)),
                    // Rare, and large: a request does not carry the room for it.
                    None => Box::pin(connect(&pool, exchange.connect_limit, protocol)).await,
                };
                match connected {
                    Ok(Connected::Wire(wire)) => {
                        let lease = Lease { wire, pool: Arc::clone(&pool), permit };
                        let mut body = request.body().again();
                        let way = (&mut *request, &mut body, &host, is_reused);
                        let talked = match limit {
                            // Made where it is awaited: a future that is moved has room twice.
                            None => Ok(talk(lease, way).await),
                            Some(limit) => {
                                let talking = talk(lease, way);
                                within(Some(limit), Box::pin(talking)).await
                            }
                        };
                        match talked {
                            Ok(Err(Unanswered::Unsent)) => continue,
                            Ok(Err(Unanswered::Unread)) => {
                                return Err(failed(ErrorKind::Closed, is_reused, Some(request)));
                            }
                            Ok(Err(Unanswered::Failed(kind))) => {
                                return Err(sent(kind, is_reused, request, body));
                            }
                            Ok(Ok(response)) => return Ok(response),
                            Err(TooLate) => return Err(sent(late, is_reused, request, body)),
                        }
                    }
                    Ok(line @ Connected::Line(_)) => line,
                    Err(kind) => return Err(failed(kind, false, Some(request))),
                }
            }
        };
        let Connected::Line(line) = connected else { continue };
        let again = again(&request);
        let sending = line.send(*request, &host, exchange.place.is_secure);
        match Box::pin(within(limit, sending)).await {
            Err(TooLate) => return Err(SendError { again, ..failed(late, is_shared, None) }),
            Ok(Ok(answered)) => return Ok(carried(answered, &exchange.settings.edge)),
            // It was closed before a byte of this was written.
            Ok(Err((_, Some(unsent)))) if is_shared => request = Box::new(unsent),
            Ok(Err((kind, unsent))) => {
                return Err(SendError { again, ..failed(kind, is_shared, unsent.map(Box::new)) });
            }
        }
    }
}

/// An answer that shares its connection.
fn carried((response, load): (Response<Incoming>, Load), edge: &Edge) -> Response<UpstreamBody> {
    let gap = Gap::new(edge.answer_gap(response.headers()));
    response.map(|incoming| UpstreamBody::Stream { incoming, gap, load })
}

struct TooLate;

/// What `work` gives, if it does within `limit`.
async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Result<T, TooLate> {
    match limit {
        None => Ok(work.await),
        Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_| TooLate),
    }
}

fn failed(
    kind: ErrorKind,
    is_reused: bool,
    request: Option<Box<Request<RequestBody>>>,
) -> SendError {
    SendError { kind, is_reused, request, again: None }
}

/// Of a request that may have been read; with its `body` it could be sent once more.
fn sent(
    kind: ErrorKind,
    is_reused: bool,
    mut request: Box<Request<RequestBody>>,
    body: Option<RequestBody>,
) -> SendError {
    let body = body.filter(|body| may_again(&request, Some(body)));
    let again = body.map(|body| {
        *request.body_mut() = body;
        request
    });
    SendError { again, ..failed(kind, is_reused, None) }
}

fn may_again(request: &Request<RequestBody>, body: Option<&RequestBody>) -> bool {
    body.is_some() && request.method().is_idempotent()
}

/// The same request again, if its body is no stream and sending it twice does no harm.
fn again(request: &Request<RequestBody>) -> Option<Box<Request<RequestBody>>> {
    if !request.method().is_idempotent() {
        return None;
    }
    let mut again = Request::new(request.body().again()?);
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.headers_mut() = request.headers().clone();
    Some(Box::new(again))
}

enum Unanswered {
    /// The connection had been closed before a byte of the request was taken.
    Unsent,
    /// The connection ended, and nobody has read the request.
    Unread,
    Failed(ErrorKind),
}

/// A request, what its body is if it is sent once more, its `Host`, and whether its connection has
/// been used before.
type Way<'w> = (&'w mut Request<RequestBody>, &'w mut Option<RequestBody>, &'w HeaderValue, bool);

async fn talk(
    lease: Lease,
    (request, body, host, is_reused): Way<'_>,
) -> Result<Response<UpstreamBody>, Unanswered> {
    let is_upgradable = request.headers().contains_key(header::UPGRADE);
    let out = Outgoing::new(request, host);
    let mut talk = Talk::new(lease, out, request.method().clone());
    match std::future::poll_fn(|cx| talk.poll_head(cx)).await {
        Ok(head) => talk.answer(head, is_upgradable).map_err(Unanswered::Failed),
        Err(ErrorKind::Closed) if is_reused && talk.out.is_untouched() => {
            *request.body_mut() = talk.out.into_body();
            Err(Unanswered::Unsent)
        }
        // What may be sent twice anyway needs no proof.
        Err(ErrorKind::Closed) if is_reused && !may_again(request, body.as_ref()) => {
            if let Some(own) = Box::pin(talk.unread()).await {
                *request.body_mut() = own;
                return Err(Unanswered::Unread);
            }
            *body = body.take().or_else(|| talk.out.kept());
            Err(Unanswered::Failed(ErrorKind::Closed))
        }
        Err(kind) => Err(Unanswered::Failed(kind)),
    }
}
