//! Reading small answers as a whole, while there still is another instance to ask.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_TYPE;
use http_body::Frame;
use reqwest::{Body, Response, ResponseBuilderExt as _};

/// Most bytes that are read before an answer is handed out.
const BYTES_MAX: usize = 64 * 1024;

/// The same answer, its body read if it is small, or a JSON document of untold length that turns
/// out to be. Other bodies come as they come: they may be endless.
pub(super) async fn read_if_small(mut response: Response) -> reqwest::Result<Response> {
    let is_small = match response.content_length() {
        Some(length) => usize::try_from(length).is_ok_and(|length| length <= BYTES_MAX),
        None => is_document(&response),
    };
    if !is_small {
        return Ok(response);
    }
    let mut read = BytesMut::new();
    while let Some(piece) = response.chunk().await? {
        read.extend_from_slice(&piece);
        if read.len() > BYTES_MAX {
            let rest = Joined { first: Some(read.freeze()), rest: None };
            return Ok(with_body(response, |body| Body::wrap(Joined { rest: Some(body), ..rest })));
        }
    }
    Ok(with_body(response, |_| read.freeze().into()))
}

fn is_document(response: &Response) -> bool {
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
}

/// The answer with another body; everything else stays.
fn with_body(response: Response, body: impl FnOnce(Body) -> Body) -> Response {
    let url = response.url().clone();
    let (mut parts, rest) = http::Response::from(response).into_parts();
    // The one way to tell an answer where it came from.
    if let Ok(told) = http::Response::builder().url(url).body(()) {
        parts.extensions.extend(told.into_parts().0.extensions);
    }
    http::Response::from_parts(parts, body(rest)).into()
}

/// A body whose beginning was read already.
struct Joined {
    first: Option<Bytes>,
    rest: Option<Body>,
}

impl http_body::Body for Joined {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of untold length, in two pieces.
    fn pieces(first: usize, second: usize) -> Body {
        let rest = Body::from(vec![b'b'; second]);
        Body::wrap(Joined { first: Some(vec![b'a'; first].into()), rest: Some(rest) })
    }

    fn answer(media_type: &str, body: Body) -> Response {
        let answer = http::Response::builder().header(CONTENT_TYPE, media_type);
        answer.url("http://h/x".parse().unwrap()).body(body).unwrap().into()
    }

    async fn read(media_type: &str, first: usize, second: usize) -> (Option<u64>, usize, String) {
        let response = read_if_small(answer(media_type, pieces(first, second))).await.unwrap();
        let (length, url) = (response.content_length(), response.url().to_string());
        (length, response.bytes().await.unwrap().len(), url)
    }

    #[tokio::test]
    async fn a_small_document_is_read_and_a_large_one_is_whole() {
        let url = || "http://h/x".to_owned();
        assert_eq!(read("application/json", 10, 20).await, (Some(30), 30, url()));
        assert_eq!(read("application/hal+json; x=y", 10, 20).await, (Some(30), 30, url()));
        assert_eq!(read("application/json", BYTES_MAX, 20).await.1, BYTES_MAX + 20);
        assert_eq!(read("text/event-stream", 10, 20).await, (None, 30, url()));
    }
}
