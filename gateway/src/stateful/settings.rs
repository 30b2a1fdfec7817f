//! What the configuration says about filters that remember, about balancing and about retries.

use gateway_routing::{Node, Origin, Property, RouteError, bytes, switch};
use service_kit::config::{Config, KeySpec};

use super::balance::BalancingTree;
use super::breaker::Resilience;
use super::budget::BudgetRule;
use super::limiter::LimiterSettings;

/// Bytes of one request body that are kept for sending it again (RT-11).
const KEEP_MAX: usize = 64 * 1024;
/// Bytes that the kept bodies of all requests may take.
const KEEP_ALL_MAX: usize = 64 * 1024 * 1024;
/// Bytes of an answer that a filter has to see as a whole (UC-7).
const EDIT_MAX: usize = 256 * 1024;

/// Keys that are read here.
pub(crate) const KEYS: &[KeySpec] = &[
    KeySpec::tree(OWN, "Everything of the gateway's own: compatibility, limits, retries."),
    KeySpec::tree(
        RESILIENCE,
        "Circuit breakers and their time limits, as Resilience4j names them.",
    ),
    KeySpec::tree(BREAKER, "Whether circuit breakers have a time limit."),
    KeySpec::tree(BALANCER, "How instances are chosen."),
    KeySpec::tree(REDIS, "The Redis that rate limiters count in."),
    KeySpec::tree(OLD_REDIS, "The same, as it was named before Spring Boot 3."),
];
const OWN: &str = "gateway.*";
const RESILIENCE: &str = "resilience4j.*";
const BREAKER: &str = "spring.cloud.circuitbreaker.resilience4j.*";
const BALANCER: &str = "spring.cloud.loadbalancer.*";
const REDIS: &str = "spring.data.redis.*";
const OLD_REDIS: &str = "spring.redis.*";

/// Settings of filters that remember, and of sending.
#[derive(Clone, Debug)]
pub(crate) struct StatefulSettings {
    pub(crate) resilience: Resilience,
    pub(crate) balancing: BalancingTree,
    pub(crate) limiter: LimiterSettings,
    /// Whether what nobody can have noticed is sent again (RT-10).
    pub(crate) retries_unseen: bool,
    pub(crate) budget: BudgetRule,
    pub(crate) keep_max: usize,
    pub(crate) keep_all_max: usize,
    pub(crate) edit_max: usize,
    /// Everything as it was written, to see whether it changed.
    pub(crate) written: Vec<(String, String)>,
}

impl StatefulSettings {
    /// `gateway` is the tree of Spring's gateway.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(crate) fn read(config: &Config, gateway: &Node) -> Result<Self, RouteError> {
        let mut written = Vec::new();
        let mut tree = |name: &str| {
            let properties: Vec<Property> = properties(config, name).collect();
            let path = |path: &str| format!("{name} {path}");
            written.extend(properties.iter().map(|one| (path(&one.path), one.value.clone())));
            Node::from_properties(properties)
        };
        let own = tree(OWN);
        let resilience = Resilience::new(tree(RESILIENCE), &tree(BREAKER));
        let balancing = BalancingTree::new(tree(BALANCER), &own)?;
        let limiter = LimiterSettings::read(gateway, &own, &tree(REDIS), &tree(OLD_REDIS))?;
        let size = |key: &str, default: usize| match own.get(key) {
            None => Ok(default),
            Some(node) => {
                let read = node.text().and_then(bytes).and_then(|size| usize::try_from(size).ok());
                read.ok_or_else(|| fault(node, &format!("gateway.{key}: no size such as 64KB")))
            }
        };
        let count = |key: &str, default: usize| match own.get(key) {
            None => Ok(default),
            Some(node) => {
                let read = node.text().and_then(|text| text.parse().ok());
                read.ok_or_else(|| fault(node, &format!("gateway.{key}: no whole number")))
            }
        };
        let budget = BudgetRule::default();
        Ok(Self {
            retries_unseen: own.text_at("retry.transparent").and_then(switch) != Some(false),
            budget: BudgetRule {
                percent: count("retry.budget-percent", budget.percent)?,
                floor_per_s: count("retry.budget-per-second", budget.floor_per_s)?,
            },
            keep_max: size("retry.body-max", KEEP_MAX)?,
            keep_all_max: size("retry.bodies-max", KEEP_ALL_MAX)?,
            edit_max: size("edit.body-max", EDIT_MAX)?,
            resilience,
            balancing,
            limiter,
            written,
        })
    }
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
