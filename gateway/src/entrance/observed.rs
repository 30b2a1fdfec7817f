//! Answers whose end is noted: when the last byte went, or the client did.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::entrance::journal::Entry;
use crate::in_flight::Held;
use crate::message::{Body, BodyError};
use crate::meters::{Counted, Meters};

/// A body that says when it ended.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    body: Body,
    bytes: u64,
    watch: Option<Watch>,
}

/// What is to be noted at the end.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) meters: Meters,
    pub(crate) counted: Option<Counted>,
    pub(crate) begun: Instant,
    pub(crate) status: StatusCode,
    pub(crate) entry: Option<Box<Entry>>,
    /// What the request counts for until then.
    pub(crate) held: Option<Box<Held>>,
}

impl Observed {
    /// `body`, of which `watch` is told the end.
    pub(crate) const fn new(body: Body, watch: Option<Watch>) -> Self {
        Self { body, bytes: 0, watch }
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let Some(watch) = self.watch.take() else { return };
        drop(watch.held);
        let time = watch.begun.elapsed();
        if let Some(counted) = watch.counted {
            watch.meters.end(counted, watch.status, time);
        }
        if let Some(entry) = watch.entry {
            entry.write(watch.status, self.bytes, time);
        }
    }
}

impl HttpBody for Observed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            this.bytes = this.bytes.saturating_add(data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
