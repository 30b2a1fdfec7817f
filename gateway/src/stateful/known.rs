//! Keys of other programs' trees, to find misspelt ones (CF-16).

use gateway_routing::{Node, unknown_below};

/// Below `spring.cloud.loadbalancer`, and below each of its clients.
const BALANCER: &[&str] = &[
    "enabled",
    "clients.*",
    "configurations",
    "eager-load.*",
    "cache.*",
    "service-discovery.timeout",
    "api-version.default",
    "api-version.fallback-to-available-instances",
    "api-version.header",
    "api-version.media-type-parameters.*",
    "api-version.path-segment",
    "api-version.query-parameter",
    "api-version.required",
    "call-get-with-request-on-delegates",
    "health-check.initial-delay",
    "health-check.interval",
    "health-check.path.*",
    "health-check.port",
    "health-check.refetch-instances",
    "health-check.refetch-instances-interval",
    "health-check.repeat-health-check",
    "health-check.update-results-list",
    "hint.*",
    "hint-header-name",
    "retry.enabled",
    "retry.avoid-previous-instance",
    "retry.backoff.*",
    "retry.max-retries-on-next-service-instance",
    "retry.max-retries-on-same-service-instance",
    "retry.retry-on-all-exceptions",
    "retry.retry-on-all-operations",
    "retry.retryable-exceptions",
    "retry.retryable-status-codes",
    "stats.*",
    "sticky-session.add-service-instance-cookie",
    "sticky-session.instance-id-cookie-name",
    "subset.instance-id",
    "subset.size",
    "x-forwarded.enabled",
    "zone",
];
/// Below `spring.data.redis`.
const REDIS: &[&str] = &[
    "url",
    "host",
    "port",
    "username",
    "password",
    "database",
    "client-name",
    "client-type",
    "connect-timeout",
    "timeout",
    "ssl",
    "ssl.enabled",
    "ssl.bundle",
    "sentinel.master",
    "sentinel.nodes",
    "sentinel.username",
    "sentinel.password",
    "cluster.nodes",
    "cluster.max-redirects",
    "lettuce.*",
    "jedis.*",
    "repositories.*",
    "listener.*",
];
/// Of a circuit breaker.
const BREAKER: &[&str] = &[
    "base-config",
    "sliding-window-type",
    "sliding-window-size",
    "sliding-window-synchronization-strategy",
    "minimum-number-of-calls",
    "failure-rate-threshold",
    "slow-call-rate-threshold",
    "slow-call-duration-threshold",
    "wait-duration-in-open-state",
    "max-wait-duration-in-half-open-state",
    "transition-to-state-after-wait-duration",
    "permitted-number-of-calls-in-half-open-state",
    "automatic-transition-from-open-to-half-open-enabled",
    "enable-exponential-backoff",
    "exponential-backoff-multiplier",
    "exponential-max-wait-duration-in-open-state",
    "enable-randomized-wait",
    "randomized-wait-factor",
    "initial-state",
    "ring-buffer-size-in-closed-state",
    "ring-buffer-size-in-half-open-state",
    "register-health-indicator",
    "allow-health-indicator-to-fail",
    "event-consumer-buffer-size",
    "writable-stack-trace-enabled",
    "record-failure-predicate",
    "record-result-predicate",
    "record-exception-predicate",
    "record-exceptions",
    "ignore-exceptions",
    "ignore-exception-predicate",
    "ignore-class-binding-exceptions",
];
/// Of a time limit.
const TIME_LIMIT: &[&str] = &[
    "base-config",
    "timeout-duration",
    "cancel-running-future",
    "event-consumer-buffer-size",
    "ignore-class-binding-exceptions",
];

/// Keys below `spring.cloud.loadbalancer` that do not exist, a sentence each.
pub(super) fn balancer(tree: &Node) -> Vec<String> {
    let place = "spring.cloud.loadbalancer";
    let clients = tree.get("clients").map(Node::entries).unwrap_or_default();
    let of_client = |(name, own): &(String, Node)| {
        unknown_below(own, &format!("{place}.clients.{name}"), BALANCER)
    };
    let clients = clients.iter().flat_map(of_client);
    unknown_below(tree, place, BALANCER).into_iter().chain(clients).collect()
}

/// The same below `spring.data.redis`, or wherever `place` is.
pub(super) fn redis(tree: &Node, place: &str) -> Vec<String> {
    unknown_below(tree, place, REDIS)
}

/// The same for circuit breakers and their time limits below `resilience4j`.
pub(super) fn resilience(tree: &Node) -> Vec<String> {
    let mut found = Vec::new();
    for (part, keys) in [("circuitbreaker", BREAKER), ("timelimiter", TIME_LIMIT)] {
        for group in ["configs", "instances", "backends"] {
            let all = tree.get(part).and_then(|part| part.get(group));
            for (name, own) in all.map(Node::entries).unwrap_or_default() {
                let place = format!("resilience4j.{part}.{group}.{name}");
                found.extend(unknown_below(own, &place, keys));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use gateway_routing::{Origin, Property};

    use super::*;

    fn tree(paths: &[&str]) -> Node {
        Node::from_properties(paths.iter().map(|path| Property {
            path: (*path).to_owned(),
            value: "1".to_owned(),
            origin: Origin::new("a.yml:1"),
        }))
    }

    #[test]
    fn misspelt_keys_of_three_trees_are_told() {
        let found = balancer(&tree(&["zone", "clients.s.helth-check.interval", "zon"]));
        assert_eq!(
            found,
            [
                "a.yml:1: there is no key spring.cloud.loadbalancer.zon; did you mean zone?",
                "a.yml:1: there is no key spring.cloud.loadbalancer.clients.s.helth-check; did you \
                 mean health-check?",
            ]
        );
        let found = redis(&tree(&["hots", "cluster.nodes[0]", "ssl.bundle"]), "r");
        assert_eq!(found, ["a.yml:1: there is no key r.hots; did you mean host?"]);
        let key = "circuitbreaker.instances.c.slidingWindowSiz";
        let found = resilience(&tree(&[key, "timelimiter.configs.default.timeoutDuration"]));
        assert!(found[0].ends_with("did you mean sliding-window-size?"), "{found:?}");
        assert_eq!(found.len(), 1);
    }
}
