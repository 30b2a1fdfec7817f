//! One request and its answer over one connection of HTTP/1.
//!
//! Sending and receiving are one task's work: an upstream may answer before it has the whole
//! request, and what is left of the request goes on while the answer is read.

use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{Method, Response, StatusCode};
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;
use tokio_util::io::poll_read_buf;

use super::gap::{Gap, STALLED};
use super::incoming::{self, Framing, Garbage, Head, Piece};
use super::io::{Io, is_reset};
use super::outgoing::{Broken, Outgoing};
use super::pool::Lease;
use super::{ErrorKind, RequestBody, UpstreamBody};

/// Provisional answers before the one that counts (SE-17).
const PROVISIONAL_MAX: u8 = 8;
/// How long a body waits for an upstream that was to ask for it (HD-15).
const CONTINUE_WAIT: Duration = Duration::from_secs(1);
/// How long a reset may take that follows the end of a connection: it answers what was sent last.
const RESET_WAIT: Duration = Duration::from_millis(10);
/// How often it is looked for.
const RESET_LOOKS: u32 = 5;
/// A reset that takes longer than this after the request may be of a machine that began anew.
const RESET_MAX: Duration = Duration::from_secs(1);
/// Room that is made for a head.
const HEAD_ROOM: usize = 4 * 1024;

/// A request until the head of its answer is there.
pub(super) struct Talk {
    pub(super) lease: Lease,
    pub(super) out: Outgoing,
    method: Method,
    is_cut: bool,
    is_reset: bool,
    /// When a request began that must not be done twice.
    begun: Option<Instant>,
    provisional: u8,
    continue_timer: Option<Pin<Box<Sleep>>>,
}

impl Talk {
    pub(super) fn new(lease: Lease, out: Outgoing, method: Method) -> Self {
        let timer = out.is_held_back.then(|| Box::pin(tokio::time::sleep(CONTINUE_WAIT)));
        let begun = (!method.is_idempotent()).then(Instant::now);
        let (is_cut, is_reset, provisional) = (false, false, 0);
        Self { lease, out, method, is_cut, is_reset, begun, provisional, continue_timer: timer }
    }

    /// Sends, and receives the head of the answer.
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<Head, ErrorKind>> {
        loop {
            if !self.is_cut && !self.out.is_done() {
                match self.out.poll_send(cx, &mut self.lease.wire.io) {
                    Poll::Ready(Ok(())) | Poll::Pending => {}
                    Poll::Ready(Err(Broken::Body)) => return Poll::Ready(Err(ErrorKind::Body)),
                    Poll::Ready(Err(Broken::Slow)) => return Poll::Ready(Err(ErrorKind::SlowBody)),
                    // It may have answered before it hung up.
                    Poll::Ready(Err(Broken::Wire)) => self.is_cut = true,
                }
            }
            if let Some(timer) = &mut self.continue_timer
                && timer.as_mut().poll(cx).is_ready()
            {
                self.go_on();
                continue;
            }
            let bytes_max = self.lease.pool.settings.head_bytes_max;
            let wire = &mut self.lease.wire;
            match incoming::head(&mut wire.read, &self.method, bytes_max) {
                Err(Garbage) => return Poll::Ready(Err(ErrorKind::Garbage)),
                Ok(Some(head)) if is_provisional(&head) => {
                    self.provisional += 1;
                    if self.provisional > PROVISIONAL_MAX {
                        return Poll::Ready(Err(ErrorKind::Garbage));
                    }
                    if head.response.status() == StatusCode::CONTINUE {
                        self.go_on();
                    }
                    continue;
                }
                Ok(Some(head)) => return Poll::Ready(Ok(head)),
                Ok(None) => {}
            }
            match ready!(read(&mut wire.io, &mut wire.read, HEAD_ROOM, cx)) {
                Ok(0) if !wire.read.is_empty() => return Poll::Ready(Err(ErrorKind::Garbage)),
                Ok(0) => return Poll::Ready(Err(ErrorKind::Closed)),
                Err(error) => {
                    self.is_reset = is_reset(&error);
                    return Poll::Ready(Err(ErrorKind::Closed));
                }
                Ok(_) => {}
            }
        }
    }

    /// The body of a request that nobody can have read, of a connection that has ended without a
    /// byte of an answer. The request was written in one piece, and the system of the other end
    /// answered it with a reset, at once or after the end of the connection: it arrived when nobody
    /// was there to read it, or was thrown away unread. Who reads a request and then goes without a
    /// word ends the connection without a reset.
    pub(super) async fn unread(&self) -> Option<RequestBody> {
        let body = self.out.kept().filter(|_| self.provisional == 0)?;
        if self.out.has_not_begun() {
            return Some(body);
        }
        if self.begun.is_some_and(|begun| begun.elapsed() > RESET_MAX) {
            return None;
        }
        if self.is_reset {
            return Some(body);
        }
        for _ in 0..RESET_LOOKS {
            if self.lease.wire.io.was_reset() {
                return Some(body);
            }
            tokio::time::sleep(RESET_WAIT / RESET_LOOKS).await;
        }
        None
    }

    fn go_on(&mut self) {
        self.out.is_held_back = false;
        self.continue_timer = None;
    }

    /// The answer with this head. `is_upgradable` is whether the request asked for an upgrade.
    pub(super) fn answer(
        self,
        head: Head,
        is_upgradable: bool,
    ) -> Result<Response<UpstreamBody>, ErrorKind> {
        let Head { response, framing, is_kept } = head;
        let Self { mut lease, out, is_cut, .. } = self;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            if !is_upgradable || !out.is_done() {
                return Err(ErrorKind::Garbage);
            }
            return Ok(response.map(|()| UpstreamBody::Upgraded(Box::new(lease))));
        }
        let is_done = out.is_done();
        if is_done
            && !is_cut
            && let Framing::Told(length) = framing
            && let Ok(length) = usize::try_from(length)
            && lease.wire.read.len() >= length
        {
            let body = lease.wire.read.split_to(length).freeze();
            if is_kept {
                lease.give_back();
            }
            return Ok(response.map(|()| UpstreamBody::Full(body)));
        }
        let gap = lease.pool.settings.edge.answer_gap(response.headers());
        let rest = Rest {
            lease: Some(lease),
            out: (!is_done && !is_cut).then_some(out),
            framing,
            is_kept: is_kept && !is_cut,
            gap: Gap::new(gap),
        };
        Ok(response.map(|()| UpstreamBody::Rest(Box::new(rest))))
    }
}

fn is_provisional(head: &Head) -> bool {
    let status = head.response.status();
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

fn read(
    io: &mut Io,
    read: &mut BytesMut,
    room: usize,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    if read.capacity() - read.len() < room / 4 {
        read.reserve(room);
    }
    poll_read_buf(Pin::new(io), cx, read)
}

/// Why an answer ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cut {
    /// The connection ended.
    #[error("the service closed the connection in the middle of its answer")]
    Closed,
    /// It is no HTTP.
    #[error("the service's answer is malformed")]
    Garbage,
    /// Nothing came for too long (TO-9).
    #[error("the service stopped in the middle of its answer")]
    Stalled,
    /// HTTP/2.
    #[error(transparent)]
    Stream(#[from] hyper::Error),
}

/// The rest of an answer. Its connection goes back to the pool once everything was read and sent;
/// dropped before, it ends the connection, so that the upstream notices (PT-10).
#[derive(Debug)]
pub(crate) struct Rest {
    lease: Option<Lease>,
    /// What is left of the request.
    out: Option<Outgoing>,
    framing: Framing,
    is_kept: bool,
    gap: Gap,
}

impl Rest {
    pub(super) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let polled = self.poll(cx);
        if let Poll::Ready(Some(Err(_))) = &polled {
            self.lease = None;
        }
        polled
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let Some(lease) = &mut self.lease else { return Poll::Ready(None) };
        let wire = &mut lease.wire;
        if let Some(out) = &mut self.out {
            match out.poll_send(cx, &mut wire.io) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.out = None,
                Poll::Ready(Err(_)) => {
                    self.out = None;
                    self.is_kept = false;
                }
            }
        }
        loop {
            match self.framing.next(&mut wire.read) {
                Err(Garbage) => return Poll::Ready(Some(Err(Cut::Garbage))),
                Ok(Some(Piece::Data(data))) => {
                    self.gap.moved();
                    if self.framing.is_complete() {
                        self.finish();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Ok(Some(Piece::Trailers(trailers))) => {
                    self.finish();
                    return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
                }
                Ok(Some(Piece::End)) => {
                    self.finish();
                    return Poll::Ready(None);
                }
                Ok(None) => {}
            }
            let room = self.framing.wanted();
            match read(&mut wire.io, &mut wire.read, room, cx) {
                Poll::Pending => {
                    ready!(self.gap.poll(cx));
                    STALLED.fetch_add(1, Relaxed);
                    return Poll::Ready(Some(Err(Cut::Stalled)));
                }
                Poll::Ready(Ok(0)) if self.framing == Framing::Close => {
                    self.finish();
                    return Poll::Ready(None);
                }
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Some(Err(Cut::Closed))),
                Poll::Ready(Ok(_)) => {}
            }
        }
    }

    /// Everything was read. A connection that still has to send something ends: nobody may take
    /// the rest for another request (SE-12).
    fn finish(&mut self) {
        if let Some(lease) = self.lease.take()
            && self.is_kept
            && self.out.take().is_none()
        {
            lease.give_back();
        }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.lease.is_none() || self.framing.is_complete()
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        match self.framing {
            Framing::Told(left) => SizeHint::with_exact(left),
            Framing::Chunks(_) | Framing::Close => SizeHint::default(),
        }
    }
}
