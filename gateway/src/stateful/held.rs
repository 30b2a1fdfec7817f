//! Request bodies that are counted as they pass, and kept so that they can be sent again
//! (RT-11, CB-9, FI-18).
//!
//! Nothing waits for a body to be complete: what the upstream takes is kept on the way, up to a
//! limit. Past it the body passes as any other, and is sent once.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use parking_lot::Mutex;

/// Why a request body ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyFault {
    /// The client sent no more.
    #[error("the client's body broke off")]
    Client(#[source] hyper::Error),
    /// It is longer than its route takes.
    #[error("the body is too long")]
    TooLarge,
    /// The client stopped in the middle of it (DS-2).
    #[error("the client's body stalled")]
    Stalled,
    /// The request was sent again, over another connection.
    #[error("the request is sent elsewhere")]
    Elsewhere,
}

/// How much of a body is kept and taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes kept for sending again; 0: none.
    pub(crate) keep_max: usize,
    /// Bytes that the body may have.
    pub(crate) bytes_max: Option<u64>,
}

/// Memory that the kept bodies of all requests may take (RT-11).
#[derive(Debug)]
pub(crate) struct Ceiling {
    used: AtomicUsize,
    max: usize,
}

impl Ceiling {
    pub(crate) const fn new(max: usize) -> Self {
        Self { used: AtomicUsize::new(0), max }
    }

    fn take(&self, bytes: usize) -> bool {
        let taken = self.used.fetch_add(bytes, Relaxed).saturating_add(bytes);
        if taken > self.max {
            self.give(bytes);
            return false;
        }
        true
    }

    fn give(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn used(&self) -> usize {
        self.used.load(Relaxed)
    }
}

/// One sending of a body.
#[derive(Debug)]
pub(crate) struct Held {
    source: Keeper,
    /// Which sending this is, once it began; only the latest one may read on.
    turn: Option<u64>,
    /// Kept pieces that were read.
    next: usize,
    has_trailed: bool,
}

/// What is known of a body, whatever became of its sendings.
#[derive(Clone, Debug)]
pub(crate) struct Keeper(Arc<Mutex<Source>>);

struct Source {
    incoming: Incoming,
    kept: Vec<Bytes>,
    kept_bytes: usize,
    trailers: Option<HeaderMap>,
    /// Whether everything that was read is kept.
    is_kept: bool,
    counted: u64,
    bounds: Bounds,
    state: State,
    turn: u64,
    ceiling: Arc<Ceiling>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    TooLarge,
    Broken,
}

impl Keeper {
    pub(crate) fn new(incoming: Incoming, bounds: Bounds, ceiling: &Arc<Ceiling>) -> Self {
        Self(Arc::new(Mutex::new(Source {
            incoming,
            kept: Vec::new(),
            kept_bytes: 0,
            trailers: None,
            is_kept: true,
            counted: 0,
            bounds,
            state: State::Open,
            turn: 0,
            ceiling: Arc::clone(ceiling),
        })))
    }

    /// The body from its start on; `None` if its start is gone. What was sent of it before ends.
    pub(crate) fn send(&self) -> Option<Held> {
        if !self.is_whole() {
            return None;
        }
        Some(Held { source: self.clone(), turn: None, next: 0, has_trailed: false })
    }

    fn is_whole(&self) -> bool {
        let source = self.0.lock();
        source.is_kept && matches!(source.state, State::Open | State::Ended)
    }

    /// The bytes counted, if they are more than the body may have.
    pub(crate) fn too_large(&self) -> Option<u64> {
        let source = self.0.lock();
        (source.state == State::TooLarge).then_some(source.counted)
    }
}

impl Held {
    /// Whether its start is still there, if its sending has not begun.
    pub(crate) fn is_whole(&self) -> bool {
        self.source.is_whole()
    }

    /// The body from its start on, for another sending.
    pub(crate) fn again(&self) -> Option<Self> {
        self.source.send()
    }

    fn is_done(&self, source: &Source) -> bool {
        let has_trailers = source.trailers.is_some() && !self.has_trailed;
        source.state == State::Ended && self.next >= source.kept.len() && !has_trailers
    }
}

impl Source {
    /// The next piece from the client.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let frame = match std::task::ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
            None => {
                self.state = State::Ended;
                return Poll::Ready(None);
            }
            Some(Err(error)) => {
                self.state = State::Broken;
                return Poll::Ready(Some(Err(BodyFault::Client(error))));
            }
            Some(Ok(frame)) => frame,
        };
        if let Some(data) = frame.data_ref() {
            self.counted = self.counted.saturating_add(data.len() as u64);
            if self.bounds.bytes_max.is_some_and(|max| self.counted > max) {
                self.state = State::TooLarge;
                return Poll::Ready(Some(Err(BodyFault::TooLarge)));
            }
            self.keep(data);
        } else if let Some(trailers) = frame.trailers_ref() {
            self.trailers = Some(trailers.clone());
        }
        if self.incoming.is_end_stream() {
            self.state = State::Ended;
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn keep(&mut self, data: &Bytes) {
        if !self.is_kept {
            return;
        }
        let total = self.kept_bytes.saturating_add(data.len());
        if total <= self.bounds.keep_max && self.ceiling.take(data.len()) {
            self.kept_bytes = total;
            self.kept.push(data.clone());
        } else {
            self.is_kept = false;
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.kept = Vec::new();
        self.ceiling.give(self.kept_bytes);
        self.kept_bytes = 0;
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.forget();
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("state", &self.state)
            .field("kept_bytes", &self.kept_bytes)
            .finish_non_exhaustive()
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        let mut source = this.source.0.lock();
        let is_first = this.turn.is_none();
        if is_first {
            source.turn = source.turn.wrapping_add(1);
            this.turn = Some(source.turn);
        }
        let is_gone = is_first && !source.is_kept;
        if is_gone || this.turn != Some(source.turn) {
            return Poll::Ready(Some(Err(BodyFault::Elsewhere)));
        }
        let polled = if let Some(kept) = source.kept.get(this.next) {
            this.next += 1;
            Poll::Ready(Some(Ok(Frame::data(kept.clone()))))
        } else {
            match source.state {
                State::Open => {
                    let polled = source.read(cx);
                    this.next = source.kept.len();
                    let has_trailers =
                        matches!(&polled, Poll::Ready(Some(Ok(f))) if f.is_trailers());
                    this.has_trailed |= has_trailers;
                    polled
                }
                State::TooLarge => Poll::Ready(Some(Err(BodyFault::TooLarge))),
                State::Broken => Poll::Ready(Some(Err(BodyFault::Elsewhere))),
                State::Ended => {
                    let trailers = source.trailers.clone().filter(|_| !this.has_trailed);
                    this.has_trailed = true;
                    Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
                }
            }
        };
        polled
    }

    fn is_end_stream(&self) -> bool {
        let source = self.source.0.lock();
        let is_open_end = source.state == State::Open
            && self.next >= source.kept.len()
            && source.incoming.is_end_stream();
        self.is_done(&source) || is_open_end
    }

    fn size_hint(&self) -> SizeHint {
        let source = self.source.0.lock();
        let left = source.kept.iter().skip(self.next).map(Bytes::len).sum::<usize>() as u64;
        if source.state != State::Open {
            return SizeHint::with_exact(left);
        }
        let coming = source.incoming.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = coming.upper() {
            hint.set_upper(upper.saturating_add(left));
        }
        hint.set_lower(coming.lower().saturating_add(left));
        hint
    }
}
