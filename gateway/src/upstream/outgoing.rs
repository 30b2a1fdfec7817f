//! A request on its way out: its head, its body, and how the other end knows where it ends.

use std::fmt::Write as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, Request, header};
use http_body::Body as _;
use tokio::io::AsyncWrite as _;

use super::RequestBody;
use super::io::Io;
use crate::stateful::BodyFault;

/// Pieces of a body up to this size are copied behind what is written anyway.
const COPIED_MAX: usize = 4 * 1024;

/// Why a request could not be sent whole.
#[derive(Debug)]
pub(super) enum Broken {
    /// The upstream takes no more; it may have answered all the same.
    Wire,
    /// The body ended before its end.
    Body,
    /// The client sent it too slowly.
    Slow,
}

/// What is left to send.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// What is written first.
    first: BytesMut,
    /// A piece of the body behind it.
    piece: Bytes,
    /// Whether the piece ends with a line end.
    is_chunk: bool,
    body: RequestBody,
    length: Length,
    /// Whether the body waits for the upstream to ask for it (HD-15).
    pub(super) is_held_back: bool,
    /// Whether the head waits for the body, which is small: together they are one write.
    waits_for_body: bool,
    is_complete: bool,
    /// Whether bytes have been taken by the system.
    has_begun: bool,
    /// Whether something of the body was taken.
    has_taken: bool,
    /// The body as far as it was taken, while that is one small piece and nothing was written
    /// before it.
    kept: Option<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    /// Bytes that are left of a body whose length was told.
    Told(u64),
    Chunks,
}

impl Outgoing {
    /// Sends `request` to `host`. Its body is taken out of it.
    pub(super) fn new(request: &mut Request<RequestBody>, host: &HeaderValue) -> Self {
        let body = std::mem::take(request.body_mut());
        let hint = body.size_hint().exact();
        let is_empty = body.is_end_stream();
        let length = match hint {
            Some(length) => Length::Told(length),
            None if is_empty => Length::Told(0),
            None => Length::Chunks,
        };
        let mut first = BytesMut::with_capacity(1024);
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        first.extend_from_slice(request.method().as_str().as_bytes());
        first.extend_from_slice(b" ");
        first.extend_from_slice(target.as_bytes());
        first.extend_from_slice(b" HTTP/1.1\r\n");
        line(&mut first, header::HOST.as_str(), host);
        let headers = request.headers();
        for (name, value) in headers {
            let is_ours = name == header::HOST
                || name == header::CONTENT_LENGTH
                || name == header::TRANSFER_ENCODING;
            if !is_ours {
                line(&mut first, name.as_str(), value);
            }
        }
        match length {
            Length::Chunks => first.extend_from_slice(b"transfer-encoding: chunked\r\n"),
            // Methods that usually have a body say so when they have none.
            Length::Told(0) => {
                if is_told_empty(request.method(), headers) {
                    first.extend_from_slice(b"content-length: 0\r\n");
                }
            }
            Length::Told(length) => {
                first.extend_from_slice(b"content-length: ");
                first.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
                first.extend_from_slice(b"\r\n");
            }
        }
        first.extend_from_slice(b"\r\n");
        let is_held_back = !is_empty && headers.contains_key(header::EXPECT);
        let is_small = matches!(length, Length::Told(bytes) if bytes <= COPIED_MAX as u64);
        Self {
            first,
            piece: Bytes::new(),
            is_chunk: false,
            body,
            length,
            is_held_back,
            is_complete: is_empty,
            waits_for_body: is_small && !is_empty && !is_held_back,
            has_begun: false,
            has_taken: false,
            kept: Some(Bytes::new()),
        }
    }

    /// Whether everything has been sent.
    pub(super) fn is_done(&self) -> bool {
        self.is_complete && self.first.is_empty() && self.piece.is_empty() && !self.is_chunk
    }

    /// Whether the system has taken no byte.
    pub(super) const fn has_not_begun(&self) -> bool {
        !self.has_begun
    }

    /// Whether neither the upstream nor the body noticed anything.
    pub(super) const fn is_untouched(&self) -> bool {
        !self.has_begun && !self.has_taken
    }

    /// The body again, for a request of which nothing was sent.
    pub(super) fn into_body(self) -> RequestBody {
        self.body
    }

    /// The body of a request that was handed to the system in one piece, or not at all.
    pub(super) fn kept(&self) -> Option<RequestBody> {
        let kept = self.kept.clone().filter(|_| self.is_complete)?;
        Some(if kept.is_empty() { RequestBody::Empty } else { RequestBody::Full(kept) })
    }

    /// Sends as much as the upstream takes and the client has given.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut Io,
    ) -> Poll<Result<(), Broken>> {
        loop {
            self.take_ready(cx)?;
            if self.waits_for_body && !self.is_complete {
                ready!(self.poll_body(cx))?;
                continue;
            }
            let written = ready!(self.poll_write(cx, io));
            if written.is_err() {
                return Poll::Ready(Err(Broken::Wire));
            }
            if self.is_complete {
                return Pin::new(io).poll_flush(cx).map_err(|_| Broken::Wire);
            }
            // What is written so far is not kept back for what comes.
            ready!(Pin::new(&mut *io).poll_flush(cx)).map_err(|_| Broken::Wire)?;
            if self.is_held_back {
                return Poll::Pending;
            }
            ready!(self.poll_body(cx))?;
        }
    }

    /// Takes pieces that are there already, so that small requests are one write.
    fn take_ready(&mut self, cx: &mut Context<'_>) -> Result<(), Broken> {
        while !self.is_complete
            && !self.is_held_back
            && self.piece.is_empty()
            && self.first.len() < COPIED_MAX
        {
            match self.poll_body(cx) {
                Poll::Ready(result) => result?,
                Poll::Pending => return Ok(()),
            }
        }
        Ok(())
    }

    /// Takes the next piece of the body.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        let polled = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.has_taken = true;
        match polled {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => Poll::Ready(self.add(data)),
                Err(frame) => {
                    if let (Length::Chunks, Ok(trailers)) = (self.length, frame.into_trailers()) {
                        self.end(&trailers);
                    }
                    Poll::Ready(Ok(()))
                }
            },
            Some(Err(BodyFault::Stalled)) => Poll::Ready(Err(Broken::Slow)),
            Some(Err(_)) => Poll::Ready(Err(Broken::Body)),
            None if self.is_complete => Poll::Ready(Ok(())),
            None => match self.length {
                Length::Told(0) => {
                    self.is_complete = true;
                    Poll::Ready(Ok(()))
                }
                Length::Told(_) => Poll::Ready(Err(Broken::Body)),
                Length::Chunks => {
                    self.end(&HeaderMap::new());
                    Poll::Ready(Ok(()))
                }
            },
        }
    }

    fn add(&mut self, data: Bytes) -> Result<(), Broken> {
        if data.is_empty() {
            return Ok(());
        }
        let count = u64::try_from(data.len()).unwrap_or(u64::MAX);
        match &mut self.length {
            Length::Told(left) => {
                *left = left.checked_sub(count).ok_or(Broken::Body)?;
                self.is_complete = *left == 0;
            }
            Length::Chunks => {
                // Writing to memory cannot fail.
                let _ = write!(self.first, "{count:x}\r\n");
                self.is_chunk = true;
            }
        }
        let is_first = !self.has_begun && self.kept.as_ref().is_some_and(Bytes::is_empty);
        self.kept = None;
        if data.len() <= COPIED_MAX {
            self.first.extend_from_slice(&data);
            self.end_chunk();
            self.kept = is_first.then_some(data);
        } else {
            self.piece = data;
        }
        Ok(())
    }

    fn end_chunk(&mut self) {
        if std::mem::take(&mut self.is_chunk) {
            self.first.extend_from_slice(b"\r\n");
        }
    }

    fn end(&mut self, trailers: &HeaderMap) {
        self.is_complete = true;
        if self.has_begun || !trailers.is_empty() {
            self.kept = None;
        }
        self.first.extend_from_slice(b"0\r\n");
        for (name, value) in trailers {
            if may_trail(name) {
                line(&mut self.first, name.as_str(), value);
            }
        }
        self.first.extend_from_slice(b"\r\n");
    }

    /// Writes what is there.
    fn poll_write(&mut self, cx: &mut Context<'_>, io: &mut Io) -> Poll<io::Result<()>> {
        while !self.first.is_empty() || !self.piece.is_empty() {
            let io = Pin::new(&mut *io);
            let written = if self.piece.is_empty() {
                io.poll_write(cx, &self.first)
            } else {
                io.poll_write_vectored(cx, &[IoSlice::new(&self.first), IoSlice::new(&self.piece)])
            };
            let written = ready!(written)?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.has_begun = true;
            let of_first = written.min(self.first.len());
            if of_first < self.first.len() {
                self.kept = None;
            }
            self.first.advance(of_first);
            if !self.piece.is_empty() {
                self.piece.advance(written - of_first);
                if self.piece.is_empty() {
                    self.end_chunk();
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn line(to: &mut BytesMut, name: &str, value: &HeaderValue) {
    to.extend_from_slice(name.as_bytes());
    to.extend_from_slice(b": ");
    to.extend_from_slice(value.as_bytes());
    to.extend_from_slice(b"\r\n");
}

fn is_told_empty(method: &Method, headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH)
        || matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

/// Names that would mean something else in a head (SE-10).
pub(super) fn may_trail(name: &http::HeaderName) -> bool {
    const NOT: [http::HeaderName; 9] = [
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::HOST,
        header::AUTHORIZATION,
        header::COOKIE,
        header::SET_COOKIE,
        header::CONNECTION,
        header::TRAILER,
        header::UPGRADE,
    ];
    !NOT.contains(name) && !name.as_str().starts_with("x-forwarded-")
}
