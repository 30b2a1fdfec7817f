//! Answers from memory, and answers that go there (RC-1 to RC-7).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use gateway_routing::RequestHead;
use http::{HeaderName, HeaderValue};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::walk::{Outcome, Passed, Trip, Walk};
use crate::message::{Body, BodyError};
use crate::stateful::{Cache, Found, Recording, may_answer};
use crate::upstream::RequestBody;

/// How long a request waits for another one that asks for the same.
const WAIT: Duration = Duration::from_secs(5);

impl<'w> Walk<'w> {
    pub(super) async fn cached(
        &self,
        next: (usize, usize),
        cache: &Arc<Cache>,
        trip: &mut Trip,
        head: RequestHead<'w>,
        body: RequestBody,
    ) -> Outcome {
        let incident = self.incident;
        let has_body = !matches!(body, RequestBody::Empty);
        let Some(is_forced) = may_answer(incident.method, &head.headers, has_body) else {
            return self.step(next.0, next.1, trip, head, body).await;
        };
        let target = (incident.path, incident.query);
        let asking = cache.asking(incident.host, target, &head.headers);
        let mut found = cache.find(asking.clone(), is_forced);
        if let Some(Found::Wait(other)) = &mut found {
            // It has come or not: look once more, and then go by oneself.
            let _ = tokio::time::timeout(WAIT, other.changed()).await;
            found = cache.find(asking, is_forced);
        }
        let flight = match found {
            Some(Found::Answer(response)) => {
                return Ok(Passed::Upstream(response.map(Body::Full)));
            }
            Some(Found::Ask(flight)) => Some(flight),
            Some(Found::Wait(_)) | None => None,
        };
        let outcome = self.step(next.0, next.1, trip, head, body).await;
        match (flight, outcome) {
            (Some(flight), Ok(Passed::Upstream(mut response))) => {
                let status = response.status();
                let recording = flight.record(status, response.headers_mut());
                let Some(recording) = recording else { return Ok(Passed::Upstream(response)) };
                let told = HeaderValue::from_static("gateway; fwd=miss; stored");
                response.headers_mut().insert(HeaderName::from_static("cache-status"), told);
                Ok(Passed::Upstream(response.map(|body| Recorder::body(body, recording))))
            }
            (_, outcome) => outcome,
        }
    }
}

/// A body that is kept as it passes. It is kept only if it came to its end.
#[derive(Debug)]
pub(crate) struct Recorder {
    inner: Body,
    recording: Option<Recording>,
}

impl Recorder {
    fn body(inner: Body, recording: Recording) -> Body {
        if inner.is_end_stream() {
            recording.finish();
            return inner;
        }
        Body::Kept(Box::new(Self { inner, recording: Some(recording) }))
    }

    fn finish(&mut self) {
        if let Some(recording) = self.recording.take() {
            recording.finish();
        }
    }
}

impl HttpBody for Recorder {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(None) => this.finish(),
            Poll::Ready(Some(Ok(frame))) => {
                let data = frame.data_ref();
                let fits = match (&mut this.recording, data) {
                    (Some(recording), Some(data)) => recording.add(data),
                    // Trailers are not kept, and an answer without them is another one.
                    (Some(_), None) => false,
                    (None, _) => true,
                };
                if !fits {
                    this.recording = None;
                } else if this.inner.is_end_stream() {
                    this.finish();
                }
            }
            Poll::Ready(Some(Err(_))) => this.recording = None,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
