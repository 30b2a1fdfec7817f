//! Answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{HeaderValue, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};

use super::accept::Choice;
use crate::list;
use crate::pieces::Pieces;

/// Body of an answer, handed over at once.
#[derive(Debug, Default)]
pub struct ReplyBody(Pieces);

/// An answer.
pub type Reply = Response<ReplyBody>;

impl ReplyBody {
    /// Bytes that are left to send.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.remaining()
    }
}

impl From<Bytes> for ReplyBody {
    fn from(bytes: Bytes) -> Self {
        Self(bytes.into())
    }
}

impl From<list::Body> for ReplyBody {
    fn from(body: list::Body) -> Self {
        Self(body.into())
    }
}

impl Body for ReplyBody {
    type Data = Pieces;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Pieces>, Infallible>>> {
        let pieces = std::mem::take(&mut self.0);
        Poll::Ready(pieces.has_remaining().then(|| Ok(Frame::data(pieces))))
    }

    fn is_end_stream(&self) -> bool {
        !self.0.has_remaining()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.length()).unwrap_or(u64::MAX))
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
