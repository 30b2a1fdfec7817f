//! W3C trace context: taken over from the caller, passed on to whoever is called.

use std::cell::Cell;
use std::future::Future;

use http::{HeaderMap, HeaderValue};
use uuid::Uuid;

/// Where a request belongs in a distributed trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    flags: u8,
}

thread_local! {
    /// Where the numbers of this thread begin: nowhere that another thread or process does.
    static STATE: Cell<u64> = Cell::new(Uuid::new_v4().as_u64_pair().1);
}

tokio::task_local! {
    static CURRENT: TraceContext;
}

impl TraceContext {
    /// The context of a request: the caller's trace with a span of its own, or a new trace.
    /// A header that is not valid is ignored, as the standard wants it.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let span = random() | 1;
        let parent = headers.get("traceparent").and_then(|value| value.to_str().ok());
        match parent.and_then(parse) {
            Some((trace, flags)) => Self { trace, span, flags },
            None => {
                let trace = u128::from(random()) << 64 | u128::from(random() | 1);
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

/// The next number, by `SplitMix64`. Ids of traces are told apart, not kept secret: asking the system
/// for each costs more than all else here.
fn random() -> u64 {
    let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    STATE.set(state);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Trace id and flags of a `traceparent`; what a later version appends is allowed.
fn parse(text: &str) -> Option<(u128, u8)> {
    let hex = |text: &str, length: usize| {
        let valid = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        text.len() == length && text.bytes().all(valid)
    };
    let mut parts = text.trim().split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    if !well_formed || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16).ok().filter(|&trace| trace != 0)?;
    let span = u64::from_str_radix(span, 16).ok()?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (span != 0).then_some((trace, flags))
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
