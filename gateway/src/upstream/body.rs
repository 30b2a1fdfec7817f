//! Bodies on their way through: frames are handed on as they come, none is kept.

use std::pin::Pin;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::io::{AsyncRead, AsyncWrite};

use super::gap::{Gap, STALLED};
use super::h2::Load;
use super::pace::{Pace, PaceRule};
use super::pool::{Lease, Wire};
use super::talk::{Cut, Rest};
use super::trailers::cleaned;
use crate::stateful::{BodyFault, Held};

/// Body of a request to an upstream.
#[derive(Debug, Default)]
pub(crate) enum RequestBody {
    /// None.
    #[default]
    Empty,
    /// What is known already, for a request that may be sent again.
    Full(Bytes),
    /// What the client sends.
    Streamed(Streamed),
    /// The same, counted and kept on its way.
    Held(Held),
}

/// A body that is handed on as it comes.
#[derive(Debug)]
pub(crate) struct Streamed {
    incoming: Incoming,
    pace: Pace,
}

impl Streamed {
    /// The next piece; a client that sends too slowly has given up.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Pending => {
                ready!(self.pace.poll(cx));
                Poll::Ready(Some(Err(BodyFault::Stalled)))
            }
            Poll::Ready(frame) => {
                let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
                self.pace.moved(data.map_or(0, Bytes::len));
                Poll::Ready(frame.map(|frame| frame.map(cleaned).map_err(BodyFault::Client)))
            }
        }
    }

    /// Whether the last piece was the last.
    pub(crate) fn is_over(&self) -> bool {
        self.incoming.is_end_stream()
    }

    /// How much is to come.
    pub(crate) fn left(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl RequestBody {
    /// The body of a client's request, which has to come as fast as the rule says.
    #[must_use]
    pub(crate) fn of(incoming: Incoming, rule: impl FnOnce() -> PaceRule) -> Self {
        if incoming.is_end_stream() {
            return Self::Empty;
        }
        Self::Streamed(Streamed { incoming, pace: Pace::new(rule()) })
    }

    /// Whether all of it is there to be sent.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Empty | Self::Full(_) | Self::Streamed(_) => true,
            Self::Held(held) => held.is_whole(),
        }
    }

    /// Another one like it, if it is not a stream.
    #[must_use]
    pub(crate) fn again(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Full(bytes) => Some(Self::Full(bytes.clone())),
            Self::Held(held) => held.again().map(Self::Held),
            Self::Streamed(_) => None,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        match this {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = Self::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Streamed(streamed) => streamed.poll(cx),
            Self::Held(held) => Pin::new(held).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Streamed(streamed) => streamed.incoming.is_end_stream(),
            Self::Held(held) => held.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Self::Streamed(streamed) => streamed.incoming.size_hint(),
            Self::Held(held) => held.size_hint(),
        }
    }
}

/// Body of an upstream's answer.
#[derive(Debug)]
pub(crate) enum UpstreamBody {
    /// What came together with the head.
    Full(Bytes),
    /// What is read as it comes.
    Rest(Box<Rest>),
    /// Of a connection that carries others as well.
    Stream {
        /// What comes.
        incoming: Incoming,
        /// How long it may say nothing.
        gap: Gap,
        /// That the connection is used.
        #[expect(dead_code, reason = "it counts for as long as it lives")]
        load: Load,
    },
    /// Not a body: the connection belongs to those at its two ends (PT-5).
    Upgraded(Box<Lease>),
}

impl UpstreamBody {
    /// The connection of an answer with 101, and what the upstream has sent behind its head.
    pub(crate) fn upgraded(self) -> Option<(impl AsyncRead + AsyncWrite + Unpin + Send, Bytes)> {
        match self {
            Self::Upgraded(lease) => {
                let Wire { io, read, .. } = lease.wire;
                Some((io, read.freeze()))
            }
            Self::Full(_) | Self::Rest(_) | Self::Stream { .. } => None,
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match self.get_mut() {
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Rest(rest) => rest.poll_frame(cx),
            Self::Stream { incoming, gap, .. } => match Pin::new(incoming).poll_frame(cx) {
                Poll::Pending => {
                    ready!(gap.poll(cx));
                    STALLED.fetch_add(1, Relaxed);
                    Poll::Ready(Some(Err(Cut::Stalled)))
                }
                Poll::Ready(frame) => {
                    gap.moved();
                    Poll::Ready(frame.map(|frame| frame.map(cleaned).map_err(Cut::Stream)))
                }
            },
            Self::Upgraded(_) => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_empty(),
            Self::Rest(rest) => rest.is_over(),
            Self::Stream { incoming, .. } => incoming.is_end_stream(),
            Self::Upgraded(_) => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Self::Rest(rest) => rest.size_hint(),
            Self::Stream { incoming, .. } => incoming.size_hint(),
            Self::Upgraded(_) => SizeHint::with_exact(0),
        }
    }
}
