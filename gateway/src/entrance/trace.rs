//! Traces: continued or begun, and passed on to upstreams and logs (MT-8, MT-9).
//!
//! Source: W3C Trace Context level 1, sections 3.2, 3.3; B3 propagation.

use http::{HeaderMap, HeaderName, HeaderValue};
use service_kit::config::{Config, ConfigError};
use service_kit::{random, traceparent};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
const B3: HeaderName = HeaderName::from_static("b3");
const B3_TRACE: HeaderName = HeaderName::from_static("x-b3-traceid");
const B3_SPAN: HeaderName = HeaderName::from_static("x-b3-spanid");
const B3_PARENT: HeaderName = HeaderName::from_static("x-b3-parentspanid");
const B3_SAMPLED: HeaderName = HeaderName::from_static("x-b3-sampled");
const B3_FLAGS: HeaderName = HeaderName::from_static("x-b3-flags");
/// Bytes of baggage that are passed on.
const BAGGAGE_BYTES_MAX: usize = 8192;

/// How a trace travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    W3c,
    B3,
    B3Multi,
}

/// What is done with traces.
#[derive(Clone, Debug)]
pub(crate) struct Tracing {
    /// Of 2^32 new traces, as many are sampled.
    sampled_of_2_32: u64,
    consume: Vec<Form>,
    produce: Vec<Form>,
}

/// The trace that a request belongs to, and the gateway's own span in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    trace: u128,
    span: u64,
    is_sampled: bool,
}

impl Tracing {
    /// Reads `management.tracing.*`; `None` unless it is enabled.
    ///
    /// # Errors
    /// A form of propagation that does not exist.
    pub(crate) fn read(config: &Config) -> Result<Option<Self>, ConfigError> {
        let probability: f64 = config.get("management.tracing.sampling.probability")?;
        let forms = |name: &str| {
            let both = "management.tracing.propagation.type";
            let key = format!("management.tracing.propagation.{name}");
            let key = if config.is_set(both) { both } else { &key };
            let words: Vec<String> = config.find(key)?.unwrap_or_default();
            words.iter().map(|word| form(config, key, word)).collect::<Result<Vec<_>, _>>()
        };
        let (consume, produce) = (forms("consume")?, forms("produce")?);
        if !config.get::<bool>("management.tracing.enabled")? {
            return Ok(None);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 2^32, checked when it was read"
        )]
        let sampled_of_2_32 = (probability * 4_294_967_296.0) as u64;
        Ok(Some(Self { sampled_of_2_32, consume, produce }))
    }

    /// The trace of a request, which goes on in a span of the gateway's own; its headers become
    /// those that the upstream gets. What is not valid begins a new trace.
    pub(crate) fn begin(&self, headers: &mut HeaderMap, is_trusted: bool) -> Trace {
        let told = self.consume.iter().find_map(|form| match form {
            Form::W3c => w3c(headers),
            Form::B3 => b3(headers),
            Form::B3Multi => b3_multi(headers),
        });
        let span = random::next().max(1);
        let trace = match told {
            Some((trace, is_sampled)) => Trace { trace, span, is_sampled },
            None => {
                // Says nothing without the trace it belongs to.
                headers.remove(TRACESTATE);
                let low = random::next().max(1);
                let trace = (u128::from(random::next()) << 64) | u128::from(low);
                Trace { trace, span, is_sampled: low >> 32 < self.sampled_of_2_32 }
            }
        };
        let is_too_long = |value: &HeaderValue| value.len() > BAGGAGE_BYTES_MAX;
        if !is_trusted || headers.get(BAGGAGE).is_some_and(is_too_long) {
            headers.remove(BAGGAGE);
        }
        for name in [TRACEPARENT, B3, B3_TRACE, B3_SPAN, B3_PARENT, B3_SAMPLED, B3_FLAGS] {
            headers.remove(name);
        }
        self.produce.iter().for_each(|form| trace.write(*form, headers));
        trace
    }
}

fn form(config: &Config, key: &str, word: &str) -> Result<Form, ConfigError> {
    match word.to_ascii_uppercase().as_str() {
        "W3C" => Ok(Form::W3c),
        "B3" => Ok(Form::B3),
        "B3_MULTI" | "B3-MULTI" | "B3MULTI" => Ok(Form::B3Multi),
        _ => Err(ConfigError {
            origin: config.origin(key).cloned(),
            problem: format!("{key}: {word:?} is not one of W3C, B3, B3_MULTI"),
            suggestion: None,
        }),
    }
}

impl Trace {
    fn write(&self, form: Form, headers: &mut HeaderMap) {
        let Self { trace, span, is_sampled } = *self;
        let sampled = u8::from(is_sampled);
        let mut put = |name: HeaderName, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        };
        match form {
            Form::W3c => put(TRACEPARENT, format!("00-{trace:032x}-{span:016x}-{sampled:02x}")),
            Form::B3 => put(B3, format!("{trace:032x}-{span:016x}-{sampled}")),
            Form::B3Multi => {
                put(B3_TRACE, format!("{trace:032x}"));
                put(B3_SPAN, format!("{span:016x}"));
                put(B3_SAMPLED, sampled.to_string());
            }
        }
    }

    /// 32 hexadecimal digits.
    pub(crate) fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// A span for the log lines of the request.
    pub(crate) fn span(&self) -> tracing::Span {
        let (trace, span) = (self.trace_id(), format!("{:016x}", self.span));
        tracing::error_span!("request", traceId = trace, spanId = span)
    }
}

/// A number of exactly `digits` lower-case digits that is not zero.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_fine = text.len() == digits && text.bytes().all(is_digit);
    u128::from_str_radix(text, 16).ok().filter(|number| is_fine && *number != 0)
}

/// The one value of a header; two contradict each other.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    if all.next().is_some() { None } else { first.to_str().ok().map(str::trim) }
}

fn w3c(headers: &HeaderMap) -> Option<(u128, bool)> {
    let (trace, flags) = traceparent::parse(single(headers, &TRACEPARENT)?)?;
    Some((trace, flags & 1 == 1))
}

/// Trace ids of B3 have 16 or 32 digits.
fn b3_id(text: &str) -> Option<u128> {
    hex(text, 32).or_else(|| hex(text, 16))
}

fn b3(headers: &HeaderMap) -> Option<(u128, bool)> {
    let mut parts = single(headers, &B3)?.split('-');
    let (trace, span) = (b3_id(parts.next()?)?, parts.next()?);
    hex(span, 16)?;
    Some((trace, matches!(parts.next(), Some("1" | "d"))))
}

fn b3_multi(headers: &HeaderMap) -> Option<(u128, bool)> {
    let trace = b3_id(single(headers, &B3_TRACE)?)?;
    hex(single(headers, &B3_SPAN)?, 16)?;
    let is_debug = single(headers, &B3_FLAGS) == Some("1");
    let is_sampled = matches!(single(headers, &B3_SAMPLED), Some("1" | "true"));
    Some((trace, is_debug || is_sampled))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn tracing(sampled_of_2_32: u64) -> Tracing {
        let all = vec![Form::W3c, Form::B3, Form::B3Multi];
        Tracing { sampled_of_2_32, consume: all.clone(), produce: all }
    }

    fn begun(list: &[(&'static str, &str)], is_trusted: bool) -> (Trace, HeaderMap) {
        let pairs = list.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        let mut headers: HeaderMap = pairs.collect();
        (tracing(0).begin(&mut headers, is_trusted), headers)
    }

    #[test]
    fn a_callers_trace_goes_on_in_a_span_of_its_own() {
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let (trace, headers) = begun(&[("traceparent", &parent), ("tracestate", "a=b")], false);
        assert_eq!((trace.trace_id().as_str(), trace.is_sampled), (TRACE, true));
        let sent = headers["traceparent"].to_str().unwrap();
        assert_eq!(sent, format!("00-{TRACE}-{:016x}-01", trace.span));
        assert!(trace.span != 0x00f0_67aa_0ba9_02b7);
        assert_eq!(
            (&headers["tracestate"], &headers["x-b3-traceid"]),
            (&"a=b".parse().unwrap(), &TRACE.parse().unwrap())
        );
    }

    #[test]
    fn b3_is_read_in_both_forms() {
        let (trace, _) = begun(&[("b3", &format!("{TRACE}-00f067aa0ba902b7-1"))], false);
        assert_eq!((trace.trace_id().as_str(), trace.is_sampled), (TRACE, true));
        let many = [("x-b3-traceid", "a3ce929d0e0e4736"), ("x-b3-spanid", "00f067aa0ba902b7")];
        let (trace, headers) = begun(&many, false);
        assert_eq!(trace.trace, 0xa3ce_929d_0e0e_4736);
        assert_eq!(headers["x-b3-sampled"], "0");
    }

    #[test]
    fn what_is_not_valid_begins_a_new_trace_without_its_state() {
        let span = "00f067aa0ba902b7";
        for bad in [
            String::new(),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("ff-{TRACE}-{span}-01"),
            format!("00-{}-{span}-01", TRACE.to_uppercase()),
            format!("00-{TRACE}-{span}-01-x"),
            format!("00-{TRACE}-{span}-0"),
        ] {
            let (trace, headers) = begun(&[("traceparent", &bad), ("tracestate", "a=b")], true);
            assert!(trace.trace_id() != TRACE && !headers.contains_key("tracestate"), "{bad}");
        }
        let later = format!("01-{TRACE}-{span}-01-x");
        assert_eq!(begun(&[("traceparent", &later)], true).0.trace_id(), TRACE);
    }

    #[test]
    fn as_many_are_sampled_as_asked_for() {
        let sampled = |of: u64| tracing(of).begin(&mut HeaderMap::new(), true).is_sampled;
        assert!((0..100).all(|_| sampled(1 << 32)) && !(0..100).any(|_| sampled(0)));
    }

    #[test]
    fn strangers_bring_no_baggage_mt_9() {
        assert!(begun(&[("baggage", "a=b")], true).1.contains_key("baggage"));
        assert!(!begun(&[("baggage", "a=b")], false).1.contains_key("baggage"));
        assert!(!begun(&[("baggage", &"a".repeat(9000))], true).1.contains_key("baggage"));
    }
}
