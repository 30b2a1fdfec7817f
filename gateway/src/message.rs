//! Bodies of answers.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::proxy::Recorder;
use crate::upstream::UpstreamBody;

/// Body of an answer.
#[derive(Debug, Default)]
pub(crate) enum Body {
    /// None.
    #[default]
    Empty,
    /// What the gateway says itself.
    Full(Bytes),
    /// What the upstream says, handed on as it comes.
    Upstream(UpstreamBody),
    /// Of the actuator.
    Own(axum::body::Body),
    /// Another one, kept as it passes.
    Kept(Box<Recorder>),
}

/// A body that broke off.
#[derive(Debug)]
pub(crate) struct BodyError(Box<dyn StdError + Send + Sync>);

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for BodyError {}

fn broken<E: StdError + Send + Sync + 'static>(error: E) -> BodyError {
    BodyError(Box::new(error))
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match this {
            Self::Empty => Poll::Ready(None),
            Self::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = Self::Empty;
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Self::Upstream(body) => {
                Pin::new(body).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(broken)))
            }
            Self::Kept(body) => Pin::new(&mut **body).poll_frame(cx),
            Self::Own(body) => {
                Pin::new(body).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(broken)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Full(bytes) => bytes.is_empty(),
            Self::Upstream(body) => body.is_end_stream(),
            Self::Own(body) => body.is_end_stream(),
            Self::Kept(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Full(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Self::Upstream(body) => body.size_hint(),
            Self::Own(body) => body.size_hint(),
            Self::Kept(body) => body.size_hint(),
        }
    }
}
