//! Settings of filters that the shell runs: they wait, count or remember.

use std::time::Duration;

use http::{HeaderName, Method, StatusCode};

use crate::head::Answer;
use crate::template::{Context, Template, Writing};

/// A filter that the shell runs.
#[derive(Clone, Debug)]
pub enum Stateful {
    /// Sends again what failed.
    Retry(Box<Retry>),
    /// Stops sending to what keeps failing.
    CircuitBreaker(Box<CircuitBreaker>),
    /// Lets through so many per second.
    RateLimiter(Box<RateLimiter>),
    /// Answers from memory.
    LocalResponseCache(LocalResponseCache),
    /// Sends the caller's or an own token; the registration to take it from, if any (FI-20).
    TokenRelay(Option<String>),
    /// Holds the request body for filters and retries (FI-21).
    CacheRequestBody,
    /// Tells the fallback why it is asked.
    FallbackHeaders(Box<FallbackHeaders>),
}

/// Which requests are sent again, and when (RT-1 to RT-8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts after the first; at least 1.
    pub retries: u32,
    /// First digits of statuses that are retried, e.g. 5.
    pub series: Vec<u8>,
    /// Further statuses that are retried.
    pub statuses: Vec<StatusCode>,
    /// Methods that are retried.
    pub methods: Vec<Method>,
    /// Whether a connection that failed or broke is retried.
    pub on_io: bool,
    /// Whether a time-out is retried.
    pub on_timeout: bool,
    /// Waiting between attempts; none without it.
    pub backoff: Option<Backoff>,
    /// Share by which a wait is made longer or shorter at random, in thousandths; 0 without jitter.
    pub jitter_permille: u16,
    /// No attempt starts later than this after the first.
    pub timeout: Option<Duration>,
}

/// Waiting between attempts (RT-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Wait before the first retry.
    pub first: Duration,
    /// Longest wait.
    pub max: Option<Duration>,
    /// How much longer each wait is than the one before it.
    pub factor: u32,
    /// Whether the factor applies to the actual previous wait, jitter included.
    pub based_on_previous: bool,
}

impl Retry {
    /// Whether an answer of this status to this method is retried.
    #[must_use]
    pub fn wants(&self, method: &Method, status: StatusCode) -> bool {
        let series = u8::try_from(status.as_u16() / 100).unwrap_or_default();
        self.methods.contains(method)
            && (self.series.contains(&series) || self.statuses.contains(&status))
    }

    /// The wait before a retry, counted from 0. `random` is from 0 up to 1, for the jitter.
    #[must_use]
    pub fn wait(&self, retry: u32, previous: Duration, random: f64) -> Duration {
        let Some(backoff) = self.backoff else { return Duration::ZERO };
        let capped = |wait: Duration| backoff.max.map_or(wait, |max| wait.min(max));
        let plain = if retry == 0 {
            backoff.first
        } else if backoff.based_on_previous {
            previous.saturating_mul(backoff.factor)
        } else {
            backoff.first.saturating_mul(backoff.factor.saturating_pow(retry))
        };
        let share = f64::from(self.jitter_permille) / 1_000.0;
        let plain = capped(plain);
        plain.mul_f64((1.0 + share * (2.0 * random - 1.0)).max(0.0))
    }
}

/// When sending stops, and what answers then (CB-1 to CB-4).
#[derive(Clone, Debug)]
pub struct CircuitBreaker {
    /// Its name; breakers with one name are one.
    pub name: String,
    /// Statuses of the upstream that count as failures and call the fallback.
    pub statuses: Vec<StatusCode>,
    /// Whether a failure without fallback is answered with an empty 200.
    pub resume_without_error: bool,
    pub(crate) fallback: Option<Template>,
}

impl CircuitBreaker {
    /// Whether there is a fallback.
    #[must_use]
    pub const fn has_fallback(&self) -> bool {
        self.fallback.is_some()
    }

    /// Path of the fallback for a request; `None` if there is none.
    ///
    /// # Errors
    /// The answer to give if the path has a variable without value.
    pub fn fallback_path(&self, context: &Context<'_>) -> Result<Option<String>, Box<Answer>> {
        let Some(template) = &self.fallback else { return Ok(None) };
        match template.expand(context, Writing::Path) {
            Ok(path) => Ok(Some(path.into_owned())),
            Err(unfit) => Err(Box::new(unfit.into())),
        }
    }
}

/// How many requests pass (RL-1, RL-2, RL-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimiter {
    /// Who is counted.
    pub key: KeyResolver,
    /// How is counted; `None`: the defaults of the gateway.
    pub bucket: Option<Bucket>,
    /// Status of a refusal.
    pub status: StatusCode,
    /// Whether a request without key is refused, and with which status.
    pub empty_key: Option<StatusCode>,
    /// Whether a refusal is handled as an error of the gateway, with its error body.
    pub throw_on_limit: bool,
    /// Headers that tell what is left; none if they are switched off.
    pub headers: Option<RateLimiterHeaders>,
}

/// Names of the headers of RL-7.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimiterHeaders {
    /// Tokens left.
    pub remaining: HeaderName,
    /// Tokens per second.
    pub replenish_rate: HeaderName,
    /// Most tokens at once.
    pub burst_capacity: HeaderName,
    /// Tokens per request.
    pub requested_tokens: HeaderName,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Tokens that are added per period.
    pub replenish: u64,
    /// Time in which they are added.
    pub period: Duration,
    /// Most tokens at once.
    pub capacity: u64,
    /// Tokens a request takes.
    pub requested: u64,
    /// Whether a period's tokens come all at its end instead of one by one.
    pub in_intervals: bool,
}

/// Who is counted: a closed list, never an expression (CF-19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyResolver {
    /// Name of who logged in.
    Principal,
    /// Address of the client.
    RemoteAddr,
    /// Path of the request.
    Path,
    /// Host of the request.
    Host,
    /// A header.
    Header(HeaderName),
    /// A parameter of the query.
    Query(String),
    /// A claim of the token.
    Claim(String),
}

/// What is kept for how long (RC-1 to RC-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalResponseCache {
    /// How long an answer is kept; the gateway's default if none.
    pub time_to_live: Option<Duration>,
    /// Bytes that all answers of the route may take.
    pub bytes_max: Option<u64>,
}

/// Names of the headers that tell a fallback why it is asked (FO-13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallbackHeaders {
    /// Class of the error, in Java's words.
    pub execution_exception_type: HeaderName,
    /// Its message.
    pub execution_exception_message: HeaderName,
    /// Class of what caused it.
    pub root_cause_exception_type: HeaderName,
    /// Its message.
    pub root_cause_exception_message: HeaderName,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(based_on_previous: bool) -> Retry {
        let backoff = Backoff {
            first: Duration::from_millis(10),
            max: Some(Duration::from_millis(50)),
            factor: 2,
            based_on_previous,
        };
        Retry {
            retries: 3,
            series: vec![5],
            statuses: vec![StatusCode::NOT_FOUND],
            methods: vec![Method::GET],
            on_io: true,
            on_timeout: true,
            backoff: Some(backoff),
            jitter_permille: 500,
            timeout: None,
        }
    }

    #[test]
    fn waits_grow_up_to_their_limit_rt_6_rt_7() {
        let waits = |retry: &Retry, random| -> Vec<u128> {
            let mut previous = Duration::ZERO;
            let next = |n| {
                previous = retry.wait(n, previous, random);
                previous.as_millis()
            };
            (0..4).map(next).collect()
        };
        assert_eq!(waits(&retry(false), 0.5), [10, 20, 40, 50]);
        assert_eq!(waits(&retry(true), 0.5), [10, 20, 40, 50]);
        assert_eq!(waits(&retry(false), 0.0), [5, 10, 20, 25]);
        assert_eq!(retry(false).wait(u32::MAX, Duration::MAX, 0.5).as_millis(), 50);
    }

    #[test]
    fn method_and_status_decide_rt_2_to_rt_4() {
        let retry = retry(false);
        assert!(retry.wants(&Method::GET, StatusCode::BAD_GATEWAY));
        assert!(retry.wants(&Method::GET, StatusCode::NOT_FOUND));
        assert!(!retry.wants(&Method::GET, StatusCode::CONFLICT));
        assert!(!retry.wants(&Method::POST, StatusCode::BAD_GATEWAY));
    }
}
