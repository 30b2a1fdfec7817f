//! From arguments to settings of filters that the shell runs.

use std::time::Duration;

use http::{HeaderName, Method, StatusCode};

use super::build::Scope;
use super::request_make::header_name;
use super::stateful::{
    Backoff, Bucket, CircuitBreaker, FallbackHeaders, KeyResolver, LocalResponseCache, RateLimiter,
    Retry, Stateful,
};
use super::{Made, Step};
use crate::args::Args;
use crate::suggest::nearest;
use crate::template::Template;
use crate::{RouteError, value};

type Result<T> = std::result::Result<T, RouteError>;

pub(super) const RETRY_FIELDS: &[&str] = &[
    "retries",
    "statuses",
    "methods",
    "backoff.firstBackoff",
    "backoff.maxBackoff",
    "backoff.factor",
    "backoff.basedOnPreviousValue",
    "jitter.randomFactor",
    "timeout",
];
pub(super) const RETRY_KEYS: &[&str] = &["series", "exceptions", "backoff", "jitter", "routeId"];
pub(super) const FALLBACK_KEYS: &[&str] = &[
    "executionExceptionTypeHeaderName",
    "executionExceptionMessageHeaderName",
    "rootCauseExceptionTypeHeaderName",
    "rootCauseExceptionMessageHeaderName",
];
pub(super) const RATE_LIMITER_KEYS: &[&str] = &[
    "key-resolver",
    "rate-limiter",
    "redis-rate-limiter.replenishRate",
    "redis-rate-limiter.burstCapacity",
    "redis-rate-limiter.requestedTokens",
    "bucket4j-rate-limiter.capacity",
    "bucket4j-rate-limiter.refillTokens",
    "bucket4j-rate-limiter.refillPeriod",
    "bucket4j-rate-limiter.refillStyle",
    "bucket4j-rate-limiter.requestedTokens",
    "status-code",
    "deny-empty-key",
    "empty-key-status",
    "throw-on-limit",
    "routeId",
];

fn made(shown: String, filter: Stateful) -> Made {
    Made { shown, order: None, step: Step::Stateful(filter) }
}

pub(super) fn retry(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let count = |text: &str| text.parse::<u32>().ok().filter(|count| *count > 0);
    let retries = args.parse("retries", "a whole number from 1", count)?.unwrap_or(3);
    let method = |text: &&str| {
        let parsed = Method::from_bytes(text.to_ascii_uppercase().as_bytes());
        parsed.map_err(|_error| args.wrong("methods", &format!("{text:?} is not a method")))
    };
    let methods = if args.has("methods") {
        args.list("methods").iter().map(method).collect::<Result<Vec<_>>>()?
    } else {
        vec![Method::GET]
    };
    if methods.is_empty() {
        return Err(args.wrong("methods", "it may not be empty"));
    }
    let (on_io, on_timeout) = exceptions(args, scope);
    let retry = Retry {
        retries,
        series: series(args)?,
        statuses: statuses(args, "statuses")?,
        methods,
        on_io,
        on_timeout,
        backoff: backoff(args)?,
        jitter_permille: jitter(args)?,
        timeout: duration(args, "timeout")?,
    };
    let numbers: Vec<u16> = retry.statuses.iter().map(StatusCode::as_u16).collect();
    let shown = format!(
        "retries = {retries}, series = {:?}, statuses = {numbers:?}, methods = {:?}",
        retry.series, retry.methods
    );
    Ok(made(shown, Stateful::Retry(Box::new(retry))))
}

fn series(args: &Args<'_>) -> Result<Vec<u8>> {
    const NAMES: [&str; 5] =
        ["INFORMATIONAL", "SUCCESSFUL", "REDIRECTION", "CLIENT_ERROR", "SERVER_ERROR"];
    if !args.has("series") {
        return Ok(vec![5]);
    }
    let parse = |text: &str| match value::word(text, &NAMES) {
        Some(index) => Ok(u8::try_from(index + 1).unwrap_or_default()),
        None => {
            let error = args.wrong("series", &format!("{text:?} is not a series of statuses"));
            Err(error.near(text, NAMES))
        }
    };
    args.list("series").into_iter().map(parse).collect()
}

fn statuses(args: &Args<'_>, name: &str) -> Result<Vec<StatusCode>> {
    let parse = |text: &str| {
        let names = value::status_names();
        let names = || names.iter().map(String::as_str);
        let wrong = || args.wrong(name, &format!("{text:?} is not a status")).near(text, names());
        value::status(text).ok_or_else(wrong)
    };
    args.list(name).into_iter().map(parse).collect()
}

/// Which kinds of errors the Java classes stand for (RT-5).
fn exceptions(args: &Args<'_>, scope: &mut Scope<'_>) -> (bool, bool) {
    if !args.has("exceptions") {
        return (true, true);
    }
    let (mut on_io, mut on_timeout) = (false, false);
    for class in args.list("exceptions") {
        match class.rsplit('.').next().unwrap_or_default() {
            "IOException" | "ConnectException" | "SocketException" | "PrematureCloseException" => {
                on_io = true;
            }
            "TimeoutException" | "ReadTimeoutException" | "ConnectTimeoutException" => {
                on_timeout = true;
            }
            "Exception" | "Throwable" => (on_io, on_timeout) = (true, true),
            _ => scope.warnings.push(format!(
                "{}: route {}: Retry: {class} names no error that happens here",
                args.origin("exceptions"),
                scope.route_id
            )),
        }
    }
    (on_io, on_timeout)
}

fn duration(args: &Args<'_>, name: &str) -> Result<Option<Duration>> {
    args.parse(name, "a time such as 500ms, 10s or PT10S", value::duration)
}

fn backoff(args: &Args<'_>) -> Result<Option<Backoff>> {
    let keys = ["firstBackoff", "maxBackoff", "factor", "basedOnPreviousValue"];
    if !keys.iter().any(|key| args.has(&format!("backoff.{key}"))) {
        return Ok(None);
    }
    let factor = |text: &str| text.parse::<u32>().ok().filter(|factor| *factor >= 1);
    let first = duration(args, "backoff.firstBackoff")?.unwrap_or(Duration::from_millis(5));
    let max = duration(args, "backoff.maxBackoff")?;
    if max.is_some_and(|max| max < first) {
        return Err(args.wrong("backoff.maxBackoff", "it is less than firstBackoff"));
    }
    Ok(Some(Backoff {
        first,
        max,
        factor: args.parse("backoff.factor", "a whole number from 1", factor)?.unwrap_or(2),
        based_on_previous: args.switch("backoff.basedOnPreviousValue", true)?,
    }))
}

fn jitter(args: &Args<'_>) -> Result<u16> {
    let share = |text: &str| text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    let share = args.parse("jitter.randomFactor", "a number from 0 to 1", share)?;
    // From 0 to 1000 by the check above.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    Ok(share.map_or(0, |share| (share * 1_000.0).round() as u16))
}

pub(super) fn circuit_breaker(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let name = args.text("name").unwrap_or(scope.route_id).to_owned();
    let fallback = args.convert("fallbackUri", |text| {
        let Some(path) = text.strip_prefix("forward:") else {
            return Err(format!("{text:?} is not forward:/path"));
        };
        let path = path.strip_prefix("//").unwrap_or(path);
        if !path.starts_with('/') {
            return Err(format!("{text:?} is not forward:/path"));
        }
        Template::parse(path, scope.names)
    })?;
    let breaker = CircuitBreaker {
        name: name.clone(),
        statuses: statuses(args, "statusCodes")?,
        resume_without_error: args.switch("resumeWithoutError", false)?,
        fallback,
    };
    let shown =
        format!("name = '{name}', fallback = {}", args.text("fallbackUri").unwrap_or("null"));
    Ok(made(shown, Stateful::CircuitBreaker(Box::new(breaker))))
}

pub(super) fn rate_limiter(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let defaults = &scope.settings.rate_limiter;
    let key = args.convert("key-resolver", key_resolver)?.unwrap_or(KeyResolver::Principal);
    let status = |name: &str| args.parse(name, "a status", value::status);
    let denies = args.switch("deny-empty-key", defaults.deny_empty_key)?;
    let empty_status = status("empty-key-status")?.unwrap_or(defaults.empty_key_status);
    let limiter = RateLimiter {
        key,
        bucket: bucket(args)?,
        status: status("status-code")?.unwrap_or(StatusCode::TOO_MANY_REQUESTS),
        empty_key: denies.then_some(empty_status),
        throw_on_limit: args.switch("throw-on-limit", defaults.throw_on_limit)?,
        headers: defaults.headers.clone(),
    };
    Ok(made(String::new(), Stateful::RateLimiter(Box::new(limiter))))
}

fn key_resolver(text: &str) -> std::result::Result<KeyResolver, String> {
    const NAMES: [&str; 7] = [
        "principalNameKeyResolver",
        "remoteAddrKeyResolver",
        "pathKeyResolver",
        "hostKeyResolver",
        "headerKeyResolver",
        "queryKeyResolver",
        "claimKeyResolver",
    ];
    let bean = text.strip_prefix("#{@").and_then(|rest| rest.strip_suffix('}'));
    if bean.is_none() && text.contains("#{") {
        return Err("expressions are not supported".to_owned());
    }
    let bean = bean.unwrap_or(text);
    let (name, of) = bean.split_once(':').unwrap_or((bean, ""));
    match (name, of) {
        ("principalNameKeyResolver", "") => Ok(KeyResolver::Principal),
        ("remoteAddrKeyResolver", "") => Ok(KeyResolver::RemoteAddr),
        ("pathKeyResolver", "") => Ok(KeyResolver::Path),
        ("hostKeyResolver", "") => Ok(KeyResolver::Host),
        ("headerKeyResolver", of) if !of.is_empty() => {
            let name = of.parse().map_err(|_error| format!("{of:?} is not a header name"))?;
            Ok(KeyResolver::Header(name))
        }
        ("queryKeyResolver", of) if !of.is_empty() => Ok(KeyResolver::Query(of.to_owned())),
        ("claimKeyResolver", of) if !of.is_empty() => Ok(KeyResolver::Claim(of.to_owned())),
        _ => {
            let hint = nearest(name, NAMES).map(|near| format!("; did you mean {near}?"));
            Err(format!("{text:?} is not a key resolver{}", hint.unwrap_or_default()))
        }
    }
}

fn bucket(args: &Args<'_>) -> Result<Option<Bucket>> {
    let number = |name: &str, min: u64| {
        let read = move |text: &str| text.parse::<u64>().ok().filter(|n| *n >= min);
        args.parse(name, if min == 0 { "a whole number" } else { "a whole number from 1" }, read)
    };
    let own = |key: &str| format!("redis-rate-limiter.{key}");
    if let Some(replenish) = number(&own("replenishRate"), 1)? {
        let capacity = number(&own("burstCapacity"), 0)?.unwrap_or(1);
        let requested = number(&own("requestedTokens"), 1)?.unwrap_or(1);
        // 0 refuses everything on purpose.
        if capacity != 0 && capacity < replenish {
            return Err(args.wrong(&own("burstCapacity"), "it is less than replenishRate"));
        }
        let period = Duration::from_secs(1);
        return Ok(Some(Bucket { replenish, period, capacity, requested, in_intervals: false }));
    }
    let own = |key: &str| format!("bucket4j-rate-limiter.{key}");
    let Some(capacity) = number(&own("capacity"), 1)? else { return Ok(None) };
    const STYLES: [&str; 3] = ["GREEDY", "INTERVALLY", "INTERVALLY_ALIGNED"];
    let style =
        args.parse(&own("refillStyle"), "GREEDY, INTERVALLY or INTERVALLY_ALIGNED", |text| {
            value::word(text, &STYLES)
        })?;
    Ok(Some(Bucket {
        replenish: number(&own("refillTokens"), 1)?.unwrap_or(capacity),
        period: duration(args, &own("refillPeriod"))?.unwrap_or(Duration::from_secs(1)),
        capacity,
        requested: number(&own("requestedTokens"), 1)?.unwrap_or(1),
        in_intervals: style.is_some_and(|style| style > 0),
    }))
}

pub(super) fn local_response_cache(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let cache = LocalResponseCache {
        time_to_live: duration(args, "timeToLive")?,
        bytes_max: args.parse("size", "a size such as 64MB", value::bytes)?,
    };
    let shown = format!(
        "size = {}, timeToLive = {}",
        args.text("size").unwrap_or("null"),
        args.text("timeToLive").unwrap_or("null")
    );
    Ok(Made { shown, order: Some(-3), step: Step::Stateful(Stateful::LocalResponseCache(cache)) })
}

pub(super) fn token_relay(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    Ok(made(String::new(), Stateful::TokenRelay(args.text("name").map(str::to_owned))))
}

pub(super) fn cache_request_body(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    match args.required("bodyClass")? {
        "java.lang.String" | "String" | "byte[]" | "[B" => {
            Ok(made(super::request_make::one(args, "bodyClass"), Stateful::CacheRequestBody))
        }
        other => {
            Err(args.wrong("bodyClass", &format!("{other} is neither java.lang.String nor byte[]")))
        }
    }
}

pub(super) fn fallback_headers(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let name = |key: &str, default: &'static str| match args.text(key) {
        Some(_) => header_name(args, key),
        None => Ok(HeaderName::from_static(default)),
    };
    let headers = FallbackHeaders {
        execution_exception_type: name(
            "executionExceptionTypeHeaderName",
            "execution-exception-type",
        )?,
        execution_exception_message: name(
            "executionExceptionMessageHeaderName",
            "execution-exception-message",
        )?,
        root_cause_exception_type: name(
            "rootCauseExceptionTypeHeaderName",
            "root-cause-exception-type",
        )?,
        root_cause_exception_message: name(
            "rootCauseExceptionMessageHeaderName",
            "root-cause-exception-message",
        )?,
    };
    Ok(made(String::new(), Stateful::FallbackHeaders(Box::new(headers))))
}
