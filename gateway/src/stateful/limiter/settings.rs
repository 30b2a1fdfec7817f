//! Where is counted, and what happens when that fails.

use std::time::Duration;

use gateway_routing::{Bucket, Node, RouteError};
use service_kit::config::Config;

use super::redis::RedisSettings;
use crate::config::SettingsError;
use crate::stateful::settings::fault;

/// What happens to requests that the store does not count (RL-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailure {
    /// This process counts them by itself.
    Local,
    /// All pass.
    Open,
    /// None passes.
    Closed,
}

/// Settings of all rate limiters.
#[derive(Clone, Debug)]
pub(crate) struct LimiterSettings {
    pub(crate) redis: Option<RedisSettings>,
    /// How long the store may take (RL-8).
    pub(crate) deadline: Duration,
    pub(crate) on_failure: OnFailure,
    /// Keys that are remembered (RL-12).
    pub(crate) keys_max: usize,
    /// `redis-rate-limiter.config`, by route, and `default-config`.
    buckets: Node,
}

impl LimiterSettings {
    /// `redis` is what the newer and the older keys say.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn read(
        config: &Config,
        gateway: &Node,
        redis: (&Node, &Node),
    ) -> Result<Self, SettingsError> {
        let on_failure = match config.get::<String>("gateway.ratelimit.on-store-failure")?.as_str()
        {
            "open" => OnFailure::Open,
            "closed" => OnFailure::Closed,
            _ => OnFailure::Local,
        };
        let deadline = config.get("gateway.ratelimit.store-timeout")?;
        let keys_max: u64 = config.get("gateway.ratelimit.keys-max")?;
        let keys_max = usize::try_from(keys_max).unwrap_or(usize::MAX);
        let redis = match RedisSettings::read(redis.0, "spring.data.redis", config)? {
            Some(redis) => Some(redis),
            None => RedisSettings::read(redis.1, "spring.redis", config)?,
        };
        let buckets = gateway.get("redis-rate-limiter").cloned().unwrap_or_default();
        Ok(Self { redis, deadline, on_failure, keys_max, buckets })
    }

    /// The bucket that the configuration has for a route, else that of all routes.
    ///
    /// # Errors
    /// Numbers that cannot be.
    pub(crate) fn bucket_of(&self, route_id: &str) -> Result<Option<Bucket>, RouteError> {
        let routes = self.buckets.get("config").map(Node::entries).unwrap_or_default();
        let own = routes.iter().find(|(id, _)| id == route_id).map(|(_, node)| node);
        let Some(node) = own.or_else(|| self.buckets.get("default-config")) else {
            return Ok(None);
        };
        let number = |key: &str, min: u64| match node.get(key) {
            None => Ok(None),
            Some(place) => {
                let read = place.text().and_then(|text| text.parse().ok());
                let read = read.filter(|number| *number >= min);
                read.map(Some).ok_or_else(|| fault(place, &format!("{key} is no such number")))
            }
        };
        let Some(replenish) = number("replenish-rate", 1)? else { return Ok(None) };
        let capacity = number("burst-capacity", 0)?.unwrap_or(1);
        if capacity != 0 && capacity < replenish {
            return Err(fault(node, "burst-capacity is less than replenish-rate"));
        }
        let requested = number("requested-tokens", 1)?.unwrap_or(1);
        let period = Duration::from_secs(1);
        Ok(Some(Bucket { replenish, period, capacity, requested, in_intervals: false }))
    }
}
