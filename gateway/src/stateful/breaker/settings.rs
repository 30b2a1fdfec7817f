//! What `resilience4j.*` says about breakers and their time limits (CB-5, CB-6).

use std::time::Duration;

use gateway_routing::{Node, RouteError, duration, switch};

use super::window::Window;

/// Resilience4j's own limit of a call's time.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// Calls or seconds that a window may have, so that a slip of the pen takes no memory.
const WINDOW_MAX: u32 = 1_000_000;

/// Settings of one breaker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BreakerSettings {
    /// Whether the window holds seconds instead of calls.
    pub(crate) is_timed: bool,
    pub(crate) window_size: u32,
    pub(crate) calls_min: u32,
    /// Failures that open it, in percent, inclusive.
    pub(crate) failure_percent: f64,
    pub(crate) slow_percent: f64,
    pub(crate) slow_call: Duration,
    pub(crate) open_time: Duration,
    /// How much longer it stays open each time; `None`: it does not.
    pub(crate) open_factor: Option<f64>,
    pub(crate) open_time_max: Option<Duration>,
    pub(crate) half_open_calls: u32,
    /// How long it may be half open.
    pub(crate) half_open_max: Option<Duration>,
    /// Whether it shows itself half open before somebody calls.
    pub(crate) is_automatic: bool,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            is_timed: false,
            window_size: 100,
            calls_min: 100,
            failure_percent: 50.0,
            slow_percent: 100.0,
            slow_call: Duration::from_secs(60),
            open_time: Duration::from_secs(60),
            open_factor: None,
            open_time_max: None,
            half_open_calls: 10,
            half_open_max: None,
            is_automatic: false,
        }
    }
}

impl BreakerSettings {
    pub(super) fn window(&self) -> Window {
        if self.is_timed {
            Window::of_seconds(self.window_size)
        } else {
            Window::of_calls(self.window_size)
        }
    }

    /// Calls before rates count; a window of calls never has more than its size.
    pub(super) fn calls_min(&self) -> u32 {
        if self.is_timed { self.calls_min } else { self.calls_min.min(self.window_size) }
    }

    /// How long it stays open after it opened so many times before.
    pub(super) fn open_time_after(&self, opened: u32) -> Duration {
        let Some(factor) = self.open_factor else { return self.open_time };
        let seconds = self.open_time.as_secs_f64() * factor.powf(f64::from(opened));
        let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        self.open_time_max.map_or(time, |max| time.min(max))
    }
}

/// Everything below `resilience4j`, and Spring's own words about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resilience {
    tree: Node,
    has_no_limit: bool,
}

impl Resilience {
    /// `tree` is of `resilience4j`, `spring` of `spring.cloud.circuitbreaker.resilience4j`.
    pub(crate) fn new(tree: Node, spring: &Node) -> Self {
        let has_no_limit = spring.text_at("disable-time-limiter").and_then(switch) == Some(true);
        Self { tree, has_no_limit }
    }

    /// Settings of a breaker.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn breaker(&self, name: &str) -> Result<BreakerSettings, RouteError> {
        let mut own = BreakerSettings::default();
        for node in self.layers("circuitbreaker", name) {
            read(node, &mut own)?;
        }
        Ok(own)
    }

    /// How long a call may take, and whether that was said for this breaker or for all.
    ///
    /// # Errors
    /// A value that is no time.
    pub(crate) fn time_limit(&self, name: &str) -> Result<Option<TimeLimit>, RouteError> {
        if self.has_no_limit {
            return Ok(None);
        }
        let mut limit = TimeLimit { time: TIME_LIMIT, is_told: false };
        for node in self.layers("timelimiter", name) {
            if let Some(time) = value(node, "timeout-duration", "a time such as 2s", duration)? {
                limit = TimeLimit { time, is_told: true };
            }
        }
        Ok(Some(limit))
    }

    /// The places that say something about `name`, the weakest first.
    fn layers(&self, kind: &str, name: &str) -> Vec<&Node> {
        let Some(tree) = self.tree.get(kind) else { return Vec::new() };
        let entry = |map: &str, name: &str| {
            let entries = tree.get(map).map(Node::entries).unwrap_or_default();
            entries.iter().find(|(key, _)| key == name).map(|(_, node)| node)
        };
        let own = entry("instances", name).or_else(|| entry("backends", name));
        let base = own.and_then(|own| own.text_at("base-config"));
        let mut found = Vec::new();
        // Bases may have bases; more than a few are a circle.
        let mut next = Some(base.unwrap_or("default"));
        while let Some(name) = next.filter(|_| found.len() < 8) {
            let node = entry("configs", name);
            found.extend(node);
            next = node.and_then(|node| node.text_at("base-config"));
        }
        found.reverse();
        found.extend(own);
        found
    }
}

/// A limit of a call's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeLimit {
    pub(crate) time: Duration,
    /// Whether somebody wrote it.
    pub(crate) is_told: bool,
}

fn value<T>(
    node: &Node,
    key: &str,
    what: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, RouteError> {
    let Some(place) = node.get(key) else { return Ok(None) };
    let Some(text) = place.text() else { return Ok(None) };
    match read(text) {
        Some(value) => Ok(Some(value)),
        None => Err(RouteError {
            origin: place.origin.clone(),
            problem: format!("{key}: {text:?} is not {what}"),
            ..RouteError::default()
        }),
    }
}

fn read(node: &Node, own: &mut BreakerSettings) -> Result<(), RouteError> {
    let count = |key| {
        let read = |text: &str| text.parse().ok().filter(|n| (1..=WINDOW_MAX).contains(n));
        value(node, key, "a whole number from 1 to 1000000", read)
    };
    let percent = |key| {
        let read = |text: &str| text.parse().ok().filter(|n| *n > 0.0 && *n <= 100.0);
        value(node, key, "a number above 0 and up to 100", read)
    };
    let time = |key| value(node, key, "a time such as 30s", duration);
    let on = |key| value(node, key, "true or false", switch);
    let kind = |text: &str| match text.to_ascii_uppercase().replace('-', "_").as_str() {
        "COUNT_BASED" => Some(false),
        "TIME_BASED" => Some(true),
        _ => None,
    };
    macro_rules! set {
        ($($field:ident = $value:expr;)*) => {
            $(if let Some(value) = $value? { own.$field = value; })*
        };
    }
    set! {
        is_timed = value(node, "sliding-window-type", "COUNT_BASED or TIME_BASED", kind);
        window_size = count("sliding-window-size");
        calls_min = count("minimum-number-of-calls");
        failure_percent = percent("failure-rate-threshold");
        slow_percent = percent("slow-call-rate-threshold");
        slow_call = time("slow-call-duration-threshold");
        open_time = time("wait-duration-in-open-state");
        half_open_calls = count("permitted-number-of-calls-in-half-open-state");
        is_automatic = on("automatic-transition-from-open-to-half-open-enabled");
    }
    if let Some(max) = time("max-wait-duration-in-half-open-state")? {
        own.half_open_max = Some(max).filter(|max| !max.is_zero());
    }
    if on("enable-exponential-backoff")? == Some(true) {
        let factor = |text: &str| text.parse().ok().filter(|n| *n >= 1.0);
        let key = "exponential-backoff-multiplier";
        own.open_factor = Some(value(node, key, "a number from 1", factor)?.unwrap_or(1.5));
    }
    if let Some(max) = time("exponential-max-wait-duration-in-open-state")? {
        own.open_time_max = Some(max);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use gateway_routing::{Origin, Property};

    use super::*;

    fn resilience(lines: &[(&str, &str)]) -> Resilience {
        let properties = lines.iter().map(|(path, value)| Property {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::new("application.yml:7"),
        });
        Resilience::new(Node::from_properties(properties), &Node::default())
    }

    #[test]
    fn an_instance_comes_before_its_base_and_that_before_the_defaults_cb_5() {
        let told = resilience(&[
            ("circuitbreaker.configs.default.slidingWindowSize", "20"),
            ("circuitbreaker.configs.strict.failureRateThreshold", "10"),
            ("circuitbreaker.configs.strict.baseConfig", "default"),
            ("circuitbreaker.instances.cb.base-config", "strict"),
            ("circuitbreaker.instances.cb.wait-duration-in-open-state", "5s"),
            ("circuitbreaker.instances.cb.sliding-window-type", "time_based"),
        ]);
        let cb = told.breaker("cb").unwrap();
        assert_eq!((cb.window_size, cb.is_timed), (20, true));
        assert!((cb.failure_percent - 10.0).abs() < 1e-9);
        assert_eq!(cb.open_time, Duration::from_secs(5));
        let other = told.breaker("other").unwrap();
        assert_eq!((other.window_size, other.calls_min), (20, 100));
        assert_eq!(other.calls_min(), 20, "a window of 20 calls never has 100");
    }

    #[test]
    fn a_call_may_take_a_second_unless_somebody_says_otherwise_cb_6() {
        let none = resilience(&[]).time_limit("cb").unwrap().unwrap();
        assert_eq!((none.time, none.is_told), (Duration::from_secs(1), false));
        let told = resilience(&[("timelimiter.instances.cb.timeoutDuration", "3s")]);
        assert_eq!(told.time_limit("cb").unwrap().unwrap().time, Duration::from_secs(3));
        assert!(!told.time_limit("x").unwrap().unwrap().is_told);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        let error =
            resilience(&[("circuitbreaker.instances.cb.slidingWindowSize", "0")]).breaker("cb");
        assert!(error.unwrap_err().to_string().contains("application.yml:7"));
    }

    #[test]
    fn each_opening_may_last_longer_than_the_one_before() {
        let settings = BreakerSettings {
            open_time: Duration::from_secs(1),
            open_factor: Some(2.0),
            open_time_max: Some(Duration::from_secs(3)),
            ..BreakerSettings::default()
        };
        let times: Vec<u64> = (0..3).map(|n| settings.open_time_after(n).as_secs()).collect();
        assert_eq!(times, [1, 2, 3]);
    }
}
