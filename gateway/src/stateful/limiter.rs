//! How many requests pass (RL-1 to RL-12).

mod bucket;
mod keys;
mod redis;
mod settings;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use gateway_routing::{Bucket, RateLimiter, Route, RouteError};
use service_kit::clock::Clock;

use super::tally::Tally;
use bucket::Tokens;
use keys::Keys;
use redis::Redis;
pub(crate) use settings::{LimiterSettings, OnFailure};

/// How long a store that failed is left alone.
const STORE_REST: Duration = Duration::from_secs(1);

/// Counts for all routes: in memory, or in Redis where several gateways count together.
#[derive(Debug)]
pub(crate) struct Limiter {
    keys: Keys,
    redis: Option<Redis>,
    deadline: Duration,
    on_failure: OnFailure,
    clock: Clock,
    /// Monotonic ms until which the store is not asked.
    rests_until_ms: AtomicU64,
    /// Times that the store did not count a request.
    pub(crate) store_failures: Tally,
}

/// The limit of a route.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) rule: RateLimiter,
    pub(crate) bucket: Bucket,
    route_id: Box<str>,
    /// Whether it is counted in Redis if there is one.
    is_shared: bool,
    /// Requests by what was said of them.
    pub(crate) allowed: Tally,
    pub(crate) denied: Tally,
}

/// Whether a request passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) is_allowed: bool,
    /// Tokens left; −1 if nobody knows (RL-8).
    pub(crate) left: i64,
    /// Seconds after which a refused request would pass; `None`: never.
    pub(crate) retry_after_s: Option<u64>,
}

impl Limiter {
    pub(crate) fn new(settings: &LimiterSettings, clock: Clock) -> Self {
        Self {
            keys: Keys::new(settings.keys_max),
            redis: settings.redis.clone().map(Redis::new),
            deadline: settings.deadline,
            on_failure: settings.on_failure,
            clock,
            rests_until_ms: AtomicU64::new(0),
            store_failures: Tally::default(),
        }
    }

    /// The limit of a route.
    ///
    /// # Errors
    /// Nothing says how many requests may pass.
    pub(crate) fn limit(
        &self,
        route: &Route,
        rule: &RateLimiter,
        settings: &LimiterSettings,
    ) -> Result<Limit, RouteError> {
        let bucket = match rule.bucket {
            Some(bucket) => bucket,
            None => settings.bucket_of(route.id())?.ok_or_else(|| {
                let words = "RequestRateLimiter: redis-rate-limiter.replenishRate is missing";
                super::plan::problem(route, words)
            })?,
        };
        let is_shared = bucket.period == Duration::from_secs(1) && !bucket.in_intervals;
        let (allowed, denied) = (Tally::default(), Tally::default());
        let route_id = route.id().into();
        Ok(Limit { rule: rule.clone(), bucket, route_id, is_shared, allowed, denied })
    }

    /// Takes the tokens of a request.
    pub(crate) async fn take(&self, limit: &Limit, key: &str) -> Verdict {
        let verdict = self.count(limit, key).await;
        if verdict.is_allowed { &limit.allowed } else { &limit.denied }.add();
        verdict
    }

    async fn count(&self, limit: &Limit, key: &str) -> Verdict {
        let Some(redis) = self.redis.as_ref().filter(|_| limit.is_shared) else {
            return self.take_here(limit, key);
        };
        let now_ms = u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX);
        if now_ms >= self.rests_until_ms.load(Relaxed) {
            let name = format!("{}.{key}", limit.route_id);
            let asked = tokio::time::timeout(self.deadline, redis.take(&name, &limit.bucket)).await;
            let problem = match asked {
                Ok(Ok((is_allowed, left))) => {
                    let missing = limit.bucket.requested.saturating_sub(left);
                    let retry_after_s = Some(missing.div_ceil(limit.bucket.replenish.max(1)));
                    let left = i64::try_from(left).unwrap_or(i64::MAX);
                    return Verdict { is_allowed, left, retry_after_s };
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            let rest = u64::try_from(STORE_REST.as_millis()).unwrap_or(0);
            self.rests_until_ms.store(now_ms.saturating_add(rest), Relaxed);
            self.store_failures.add();
            tracing::error!(%problem, "Redis does not count requests");
        }
        match self.on_failure {
            OnFailure::Local => self.take_here(limit, key),
            OnFailure::Open => Verdict { is_allowed: true, left: -1, retry_after_s: None },
            OnFailure::Closed => Verdict { is_allowed: false, left: -1, retry_after_s: Some(1) },
        }
    }

    fn take_here(&self, limit: &Limit, key: &str) -> Verdict {
        let now = self.clock.monotonic();
        self.keys.with(
            (&limit.route_id, key),
            || Tokens::full(&limit.bucket, now),
            |tokens| tokens.take(&limit.bucket, now),
        )
    }
}
