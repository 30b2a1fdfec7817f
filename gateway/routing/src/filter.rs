//! Filters of a route: what changes on the way in and out (LC-6, LC-10 to LC-13).

mod build;
mod json;
mod location;
mod path;
mod query;
mod request;
mod request_make;
mod response;
mod response_make;
mod secure;
mod stateful;
mod stateful_make;

use std::ops::Range;

pub(crate) use build::{FILTERS, Scope, chain};
pub use json::JSON_DEPTH_MAX;
pub(crate) use json::JsonAttributes;
pub(crate) use request::RequestFilter;
pub use request::body_refusal;
pub(crate) use response::ResponseFilter;
pub use secure::SecureHeaders;
pub use stateful::{
    Backoff, Bucket, CircuitBreaker, FallbackHeaders, KeyResolver, LocalResponseCache, RateLimiter,
    RateLimiterHeaders, Retry, Stateful,
};

use crate::head::{Flow, RequestHead, ResponseHead};
use crate::template::Context;

/// A filter as it was made, before filters are put in order.
pub(crate) struct Made {
    /// Arguments for showing, e.g. `parts = 1`; empty for none.
    pub(crate) shown: String,
    /// The order it insists on; else its position counts (LC-11).
    pub(crate) order: Option<i32>,
    pub(crate) step: Step,
}

/// What a filter does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Request(RequestFilter),
    Response(ResponseFilter),
    Stateful(Stateful),
    /// Accepted, without effect.
    Nothing,
}

/// One filter of a route, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterText {
    /// As the actuator shows it, e.g. `[StripPrefix parts = 1]`.
    pub text: String,
    /// Lower comes earlier on the way in and later on the way out.
    pub order: i32,
}

/// A filter that the shell runs, and where it stands among the others.
#[derive(Clone, Debug)]
pub struct Placed {
    /// How many filters stand before it; see [`Chain::run_request`].
    pub position: usize,
    /// What it is.
    pub filter: Stateful,
}

/// All filters of a route in order, default filters included.
///
/// The way in runs from the first to the last, the way out back. Where the shell has filters of its
/// own in between, it runs the parts before and after them by position.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    pub(crate) texts: Vec<FilterText>,
    pub(crate) request: Box<[(usize, RequestFilter)]>,
    /// In the order of the way in.
    pub(crate) response: Box<[(usize, ResponseFilter)]>,
    pub(crate) stateful: Box<[Placed]>,
    pub(crate) json: Option<Box<JsonAttributes>>,
    pub(crate) body_bytes_max: Option<u64>,
}

impl Chain {
    /// Runs all filters of the way in.
    pub fn run_all_requests(&self, head: &mut RequestHead<'_>, context: &Context<'_>) -> Flow {
        Self::run_requests(&self.request, head, context)
    }

    /// Runs the filters of the way in at these positions.
    pub fn run_request(
        &self,
        positions: Range<usize>,
        head: &mut RequestHead<'_>,
        context: &Context<'_>,
    ) -> Flow {
        Self::run_requests(within(&self.request, &positions), head, context)
    }

    fn run_requests(
        filters: &[(usize, RequestFilter)],
        head: &mut RequestHead<'_>,
        context: &Context<'_>,
    ) -> Flow {
        for (_, filter) in filters {
            if let Some(answer) = filter.apply(head, context) {
                return Flow::Answer(answer);
            }
        }
        Flow::Continue
    }

    /// Runs all filters of the way out.
    pub fn run_all_responses(&self, head: &mut ResponseHead, context: &Context<'_>) {
        for (_, filter) in self.response.iter().rev() {
            filter.apply(head, context);
        }
    }

    /// Runs the filters of the way out at these positions, the last first.
    pub fn run_response(
        &self,
        positions: Range<usize>,
        head: &mut ResponseHead,
        context: &Context<'_>,
    ) {
        for (_, filter) in within(&self.response, &positions).iter().rev() {
            filter.apply(head, context);
        }
    }

    /// Filters that the shell runs, in order.
    #[must_use]
    pub const fn stateful(&self) -> &[Placed] {
        &self.stateful
    }

    /// All filters for showing, in order.
    #[must_use]
    pub fn texts(&self) -> &[FilterText] {
        &self.texts
    }

    /// Bytes a request body may have; the shell counts what streams by (FI-18).
    #[must_use]
    pub const fn body_bytes_max(&self) -> Option<u64> {
        self.body_bytes_max
    }

    /// Whether there is no filter at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.request.is_empty()
            && self.response.is_empty()
            && self.stateful.is_empty()
            && self.json.is_none()
    }

    /// Whether bodies of answers are changed at all.
    #[must_use]
    pub const fn edits_body(&self) -> bool {
        self.json.is_some()
    }

    /// Whether the body of this answer has to be held as a whole for
    /// [`edit_body`](Self::edit_body) (FO-9).
    #[must_use]
    pub fn buffers_response(&self, head: &ResponseHead) -> bool {
        self.json.as_ref().is_some_and(|_| json::is_json(&head.headers))
    }

    /// The body without the attributes a filter removes; `None` if it stays as it is.
    ///
    /// Takes the body decoded. The shell then drops `Content-Length`, `ETag` and
    /// `Content-Encoding`.
    #[must_use]
    pub fn edit_body(&self, body: &[u8]) -> Option<Vec<u8>> {
        self.json.as_ref()?.remove_from(body)
    }
}

fn within<'c, T>(filters: &'c [(usize, T)], positions: &Range<usize>) -> &'c [(usize, T)] {
    let from = filters.partition_point(|(at, _)| *at < positions.start);
    let to = filters.partition_point(|(at, _)| *at < positions.end);
    filters.get(from..to).unwrap_or_default()
}
