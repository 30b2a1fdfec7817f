//! Body of any answer: of the REST interface, or of a page.

use std::pin::Pin;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

use crate::http::reply::ReplyBody;
use crate::pieces::Pieces;

/// Body of any answer.
#[derive(Debug)]
pub enum AnswerBody {
    /// Of the REST interface.
    Eureka(ReplyBody),
    /// Of a page or a management resource.
    Page(axum::body::Body),
}

impl Default for AnswerBody {
    fn default() -> Self {
        Self::Eureka(ReplyBody::default())
    }
}

impl Body for AnswerBody {
    type Data = Pieces;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Pieces>, axum::Error>>> {
        match self.get_mut() {
            Self::Eureka(body) => {
                Pin::new(body).poll_frame(cx).map(|frame| frame.map(|f| f.map_err(|e| match e {})))
            }
            Self::Page(body) => Pin::new(body)
                .poll_frame(cx)
                .map(|frame| frame.map(|f| f.map(|f| f.map_data(Pieces::from)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Eureka(body) => body.is_end_stream(),
            Self::Page(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Eureka(body) => body.size_hint(),
            Self::Page(body) => body.size_hint(),
        }
    }
}
