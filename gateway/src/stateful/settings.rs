//! What the configuration says about filters that remember, about balancing and about retries.

use gateway_routing::{Node, Origin, Property, RouteError};
use service_kit::config::{Config, ConfigError, KeySpec};

use super::balance::BalancingTree;
use super::breaker::Resilience;
use super::budget::BudgetRule;
use super::cache::CacheTree;
use super::limiter::LimiterSettings;
use super::relay::Registrations;
use crate::config::SettingsError;

/// Keys of other programs that are read here.
pub(crate) const KEYS: &[KeySpec] = &[
    KeySpec::tree(
        RESILIENCE,
        "Circuit breakers and their time limits, as Resilience4j names them.",
    ),
    KeySpec::tree(BREAKER, "Whether circuit breakers have a time limit."),
    KeySpec::tree(BALANCER, "How instances are chosen."),
    KeySpec::tree(REDIS, "The Redis that rate limiters count in."),
    KeySpec::tree(OLD_REDIS, "The same, as it was named before Spring Boot 3."),
    KeySpec::tree(
        CLIENT,
        "Who the gateway is at authorization servers: registrations that TokenRelay names, and \
         their providers.",
    ),
];
/// Keys of the gateway's own that are read here.
pub(crate) const OWN_KEYS: &[KeySpec] = &[
    KeySpec::choice(
        "gateway.lb.algorithm",
        &["least-request", "round-robin", "random", "weighted", "p2c-ewma", "ring-hash"],
        "least-request",
        "How one of several instances is chosen: of two the one with fewer requests under way; \
         one after the other; any; by the weight in their metadata; of two the one expected to \
         answer sooner; or the same one for requests with the same hash-on.",
    ),
    KeySpec::text(
        HASH_ON,
        "What of requests decides with ring-hash: ip, header:NAME or cookie:NAME.",
    )
    .default("ip"),
    KeySpec::seconds(
        "gateway.lb.slow-start",
        "0s",
        "How long an instance that was registered anew gets less than its share; 0 is not at all.",
    ),
    KeySpec::bool(
        "gateway.retry.transparent",
        "true",
        "Whether a request that nobody can have seen, or a safe one, is sent to another instance.",
    ),
    KeySpec::integer(
        "gateway.retry.budget-percent",
        (0, 1_000),
        "20",
        "Retries for a hundred requests of a service in ten seconds.",
    ),
    KeySpec::integer(
        "gateway.retry.budget-per-second",
        (0, 1_000_000),
        "10",
        "Retries per second that a service has besides.",
    ),
    KeySpec::bytes(
        "gateway.retry.body-max",
        "64KB",
        "Bytes of a request body that are kept for sending it again; a longer one is sent once.",
    ),
    KeySpec::bytes(
        "gateway.retry.bodies-max",
        "64MB",
        "Bytes that the kept bodies of all requests may take.",
    ),
    KeySpec::bytes(
        "gateway.edit.body-max",
        "256KB",
        "Bytes of an answer whose JSON a filter changes; a longer one is answered with 502.",
    ),
    KeySpec::bytes("gateway.cache.bytes-max", "64MB", "Bytes of all kept answers."),
    KeySpec::choice(
        "gateway.ratelimit.on-store-failure",
        &["local", "open", "closed"],
        "local",
        "Without Redis's answer: this process counts by itself, all requests pass, or none.",
    ),
    KeySpec::millis(
        "gateway.ratelimit.store-timeout",
        "50ms",
        "How long Redis may take to count a request.",
    ),
    KeySpec::integer(
        "gateway.ratelimit.keys-max",
        (1, 100_000_000),
        "1000000",
        "Keys that are remembered in memory.",
    ),
];
const HASH_ON: &str = "gateway.lb.hash-on";
const RESILIENCE: &str = "resilience4j.*";
const BREAKER: &str = "spring.cloud.circuitbreaker.resilience4j.*";
const BALANCER: &str = "spring.cloud.loadbalancer.*";
const REDIS: &str = "spring.data.redis.*";
const OLD_REDIS: &str = "spring.redis.*";
const CLIENT: &str = "spring.security.oauth2.client.*";

/// Settings of filters that remember, and of sending.
#[derive(Clone, Debug)]
pub(crate) struct StatefulSettings {
    pub(crate) resilience: Resilience,
    pub(crate) balancing: BalancingTree,
    pub(crate) limiter: LimiterSettings,
    pub(crate) registrations: Registrations,
    /// PEM texts of further certificates that authorization servers are trusted by.
    pub(crate) issuer_roots: Vec<Vec<u8>>,
    /// Whether what nobody can have noticed is sent again (RT-10).
    pub(crate) retries_unseen: bool,
    pub(crate) budget: BudgetRule,
    /// Bytes of a request body that are kept for sending it again (RT-11).
    pub(crate) keep_max: usize,
    pub(crate) keep_all_max: usize,
    /// Bytes of an answer that a filter has to see as a whole (UC-7).
    pub(crate) edit_max: usize,
    pub(crate) cache: CacheTree,
    /// Everything as it was written, to see whether it changed.
    pub(crate) written: Vec<(String, String)>,
}

impl StatefulSettings {
    /// `gateway` is the tree of Spring's gateway.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn read(config: &Config, gateway: &Node) -> Result<Self, SettingsError> {
        let mut written = Vec::new();
        let mut tree = |name: &str| {
            let properties: Vec<Property> = properties(config, name).collect();
            let path = |path: &str| format!("{name} {path}");
            written.extend(properties.iter().map(|one| (path(&one.path), one.value.clone())));
            Node::from_properties(properties)
        };
        let resilience = Resilience::new(tree(RESILIENCE), &tree(BREAKER));
        let balancer = tree(BALANCER);
        let redis = (tree(REDIS), tree(OLD_REDIS));
        let registrations = Registrations::read(tree(CLIENT))?;
        let algorithm: String = config.get("gateway.lb.algorithm")?;
        let hash_on: String = config.get(HASH_ON)?;
        let slow_start = config.get("gateway.lb.slow-start")?;
        let balancing = BalancingTree::new(balancer, &algorithm, &hash_on, slow_start);
        let balancing = balancing.ok_or_else(|| ConfigError {
            origin: config.origin(HASH_ON).cloned(),
            problem: format!("{HASH_ON}: {hash_on:?} is none of ip, header:NAME and cookie:NAME"),
            suggestion: None,
        })?;
        written.push(("gateway.lb".to_owned(), format!("{algorithm} {hash_on} {slow_start:?}")));
        let size = |key: &str| -> Result<usize, ConfigError> {
            Ok(usize::try_from(config.get::<u64>(key)?).unwrap_or(usize::MAX))
        };
        let mut own = Self {
            retries_unseen: config.get("gateway.retry.transparent")?,
            budget: BudgetRule {
                percent: size("gateway.retry.budget-percent")?,
                floor_per_s: size("gateway.retry.budget-per-second")?,
            },
            keep_max: size("gateway.retry.body-max")?,
            keep_all_max: size("gateway.retry.bodies-max")?,
            edit_max: size("gateway.edit.body-max")?,
            cache: CacheTree::read(gateway, size("gateway.cache.bytes-max")?)?,
            balancing,
            limiter: LimiterSettings::read(config, gateway, (&redis.0, &redis.1))?,
            issuer_roots: issuer_roots(config, &registrations)?,
            registrations,
            resilience,
            written: Vec::new(),
        };
        // Keys that have a type are told as they were understood.
        written.push(("gateway".to_owned(), format!("{:?}", own.numbers())));
        own.written = written;
        Ok(own)
    }

    const fn numbers(&self) -> [usize; 5] {
        let Self { budget, keep_max, keep_all_max, edit_max, .. } = self;
        [budget.percent, budget.floor_per_s, *keep_max, *keep_all_max, *edit_max]
    }
}

/// What `gateway.security.trusted-certificates` names, if there is somebody to be trusted by it.
fn issuer_roots(
    config: &Config,
    registrations: &Registrations,
) -> Result<Vec<Vec<u8>>, ConfigError> {
    const KEY: &str = "myerp.security.trusted-certificates";
    let Some(place) = config.find::<String>(KEY)?.filter(|_| !registrations.is_empty()) else {
        return Ok(Vec::new());
    };
    let path = place.strip_prefix("file:").unwrap_or(&place);
    let read = std::fs::read(path).map(|pem| vec![pem]);
    read.map_err(|error| ConfigError {
        origin: config.origin(KEY).cloned(),
        problem: format!("{KEY}: cannot read {path}: {error}"),
        suggestion: None,
    })
}

/// What lies below a tree of the configuration.
pub(crate) fn properties<'c>(
    config: &'c Config,
    name: &str,
) -> impl Iterator<Item = Property> + use<'c> {
    config.tree(name).into_iter().map(|one| Property {
        path: one.path,
        value: one.value,
        origin: Origin::new(&one.origin.to_string()),
    })
}

/// A value that cannot be one, with its place.
pub(crate) fn fault(node: &Node, problem: &str) -> RouteError {
    let problem = match node.text() {
        Some(text) => format!("{problem}: {text:?}"),
        None => problem.to_owned(),
    };
    RouteError { origin: node.origin.clone(), problem, ..RouteError::default() }
}
