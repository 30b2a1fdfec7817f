//! Answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};

use super::accept::Choice;
use crate::list;

/// Body of an answer: one piece, or the shared pieces of a list.
#[derive(Debug, Default)]
pub struct ReplyBody {
    first: Bytes,
    chunks: Option<Arc<[Bytes]>>,
    next: usize,
    left: usize,
}

/// An answer.
pub type Reply = Response<ReplyBody>;

impl ReplyBody {
    /// Bytes that are left to send.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.left
    }
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self { left: bytes.len(), first: bytes, chunks: None, next: 0 }
    }
}

impl From<list::Body> for ReplyBody {
    fn from(body: list::Body) -> Self {
        Self { first: Bytes::new(), left: body.length, chunks: Some(body.chunks), next: 0 }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        let piece = match &this.chunks {
            None => std::mem::take(&mut this.first),
            Some(chunks) => match chunks.get(this.next) {
                Some(chunk) => chunk.clone(),
                None => return Poll::Ready(None),
            },
        };
        this.next += 1;
        this.left = this.left.saturating_sub(piece.len());
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.left).unwrap_or(u64::MAX))
    }
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(ReplyBody::default());
    *reply.status_mut() = status;
    reply
}

/// An answer with `body`, labelled as `choice` says.
pub(super) fn with_body(status: StatusCode, choice: &Choice, body: impl Into<ReplyBody>) -> Reply {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    let label = match &choice.media_type {
        std::borrow::Cow::Borrowed(name) => HeaderValue::from_static(name),
        std::borrow::Cow::Owned(name) => HeaderValue::from_str(name)
            .unwrap_or_else(|_| HeaderValue::from_static(choice.format.media_type())),
    };
    reply.headers_mut().insert(header::CONTENT_TYPE, label);
    reply
}

/// 405 with the methods there are (RT-9).
pub(super) fn wrong_method(allow: &'static str) -> Reply {
    let mut reply = empty(StatusCode::METHOD_NOT_ALLOWED);
    reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    reply
}
