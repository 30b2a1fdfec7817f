//! W3C trace context: taken over from the caller, passed on to whoever is called.

use std::future::Future;

use http::{HeaderMap, HeaderValue};

use crate::{random, traceparent};

/// Where a request belongs in a distributed trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    flags: u8,
}

tokio::task_local! {
    static CURRENT: TraceContext;
}

impl TraceContext {
    /// The context of a request: the caller's trace with a span of its own, or a new trace.
    /// A header that is not valid is ignored, as the standard wants it.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let span = random::next() | 1;
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        match parent.and_then(traceparent::parse) {
            Some((trace, flags)) => Self { trace, span, flags },
            None => {
                let trace = u128::from(random::next()) << 64 | u128::from(random::next() | 1);
                Self { trace, span, flags: 0 }
            }
        }
    }

    /// The context of the request that the current task answers.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// Runs `future` in this context.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, future)
    }

    /// Id of the trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// Value of the header for a request made on behalf of this one.
    #[must_use]
    pub fn traceparent(&self) -> HeaderValue {
        let text = format!("00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags);
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &'static str) -> TraceContext {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static("traceparent"),
            HeaderValue::from_static(value),
        )]);
        TraceContext::of(&headers)
    }

    #[test]
    fn a_callers_trace_goes_on_in_a_new_span() {
        let own = of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(own.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let out = own.traceparent();
        let out = out.to_str().unwrap();
        assert!(out.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && out.ends_with("-01"));
        assert!(!out.contains("00f067aa0ba902b7"));
    }

    #[test]
    fn what_is_not_valid_begins_a_new_trace() {
        for bad in [
            "",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert_ne!(of(bad).trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736", "{bad}");
        }
    }

    #[tokio::test]
    async fn the_current_context_is_that_of_the_task() {
        let own = of("");
        assert_eq!(TraceContext::current(), None);
        assert_eq!(own.scope(async { TraceContext::current() }).await, Some(own));
    }
}
