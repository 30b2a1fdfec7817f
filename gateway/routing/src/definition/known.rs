//! Keys that there are below Spring's prefix, to find misspelt ones (CF-16).

use crate::Node;
use crate::suggest::nearest;
use crate::tree::{Value, canonical};

/// All of them; `*` stands for everything below.
const KEYS: &[&str] = &[
    "enabled",
    "default-filters.*",
    "routes.*",
    "fail-on-route-definition-error",
    "streaming-media-types.*",
    "trusted-proxies",
    "globalcors.add-to-simple-url-handler-mapping",
    "globalcors.enabled",
    "globalcors.cors-configurations.*",
    "discovery.locator.enabled",
    "discovery.locator.lower-case-service-id",
    "discovery.locator.url-expression",
    "discovery.locator.include-expression",
    "discovery.locator.route-id-prefix",
    "discovery.locator.predicates.*",
    "discovery.locator.filters.*",
    "httpclient.connect-timeout",
    "httpclient.response-timeout",
    "httpclient.max-header-size",
    "httpclient.max-initial-line-length",
    "httpclient.wiretap",
    "httpclient.compression",
    "httpclient.pool.type",
    "httpclient.pool.name",
    "httpclient.pool.max-connections",
    "httpclient.pool.acquire-timeout",
    "httpclient.pool.max-idle-time",
    "httpclient.pool.max-life-time",
    "httpclient.pool.eviction-interval",
    "httpclient.pool.metrics",
    "httpclient.pool.leasing-strategy",
    "httpclient.proxy.*",
    "httpclient.ssl.*",
    "httpclient.websocket.max-frame-payload-length",
    "httpclient.websocket.proxy-ping",
    "httpserver.wiretap",
    "filter.*",
    "predicate.*",
    "global-filter.*",
    "loadbalancer.use404",
    "redis-rate-limiter.*",
    "redis-route-definition-repository.enabled",
    "x-forwarded.enabled",
    "x-forwarded.order",
    "x-forwarded.for-enabled",
    "x-forwarded.host-enabled",
    "x-forwarded.port-enabled",
    "x-forwarded.proto-enabled",
    "x-forwarded.prefix-enabled",
    "x-forwarded.for-append",
    "x-forwarded.host-append",
    "x-forwarded.port-append",
    "x-forwarded.proto-append",
    "x-forwarded.prefix-append",
    "forwarded.enabled",
    "forwarded.by.enabled",
    "metrics.*",
    "observability.enabled",
    "set-status.original-status-header-name",
    "actuator.verbose.enabled",
    "handler-mapping.order",
    "route-filter-cache-enabled",
    "route-refresh-listener.enabled",
    "restrictive-property-accessor.enabled",
    "function.enabled",
    "stream.enabled",
    "mvc.*",
];
/// Warnings of this kind; a file that is no gateway's must not fill the log.
const UNKNOWN_MAX: usize = 20;

/// Keys of the gateway's tree that do not exist, a sentence each, with the nearest one that does.
#[must_use]
pub fn unknown_keys(tree: &Node) -> Vec<String> {
    unknown_below(tree, "spring.cloud.gateway", KEYS)
}

/// The same for another tree, which stands at `prefix` and has `keys`; `*` at the end of one stands
/// for everything below.
#[must_use]
pub fn unknown_below(tree: &Node, prefix: &str, keys: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    walk(tree, "", (prefix, keys), &mut found);
    found
}

fn walk(node: &Node, path: &str, known: (&str, &[&str]), found: &mut Vec<String>) {
    let (prefix, keys) = known;
    for (name, child) in node.entries() {
        if found.len() >= UNKNOWN_MAX {
            return;
        }
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let is_below = |key: &&&str| {
            let root = key.strip_suffix(".*").unwrap_or(key);
            canonical(root) == canonical(&path)
        };
        let is_group = |key: &&str| canonical(key).starts_with(&format!("{}.", canonical(&path)));
        if keys.iter().any(|key| is_below(&key)) {
            continue;
        }
        let has_more = matches!(child.value, Value::Map(_));
        if has_more && keys.iter().any(is_group) {
            walk(child, &path, known, found);
            continue;
        }
        let depth = path.split('.').count();
        let names = keys.iter().map(|key| {
            let ends = key.match_indices('.').map(|(at, _)| at).nth(depth - 1);
            ends.and_then(|at| key.get(..at)).unwrap_or(key)
        });
        let hint = nearest(&path, names).map(|near| format!("; did you mean {near}?"));
        found.push(format!(
            "{}: there is no key {prefix}.{path}{}",
            child.origin,
            hint.unwrap_or_default()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, Property};

    fn unknown(paths: &[&str]) -> Vec<String> {
        let property = |path: &&str| Property {
            path: (*path).to_owned(),
            value: "1".to_owned(),
            origin: Origin::new("application.yml:3"),
        };
        unknown_keys(&Node::from_properties(paths.iter().map(property)))
    }

    #[test]
    fn a_misspelt_key_is_named_with_the_nearest_one_cf_16() {
        let found = unknown(&["httpclient.connectTimeuot", "routes[0].id"]);
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert!(found.starts_with("application.yml:3: "), "{found}");
        assert!(found.contains("did you mean httpclient.connect-timeout?"), "{found}");
    }

    #[test]
    fn a_group_is_found_as_well() {
        let found = unknown(&["htpclient.connect-timeout"]);
        assert!(found[0].ends_with("did you mean httpclient?"), "{found:?}");
    }

    #[test]
    fn every_spelling_of_a_key_is_known_cf_7() {
        let keys = ["x-forwarded.forEnabled", "GLOBALCORS.cors-configurations.[/**].maxAge"];
        assert_eq!(unknown(&keys), Vec::<String>::new());
        assert_eq!(unknown(&["filter.secure-headers.disable", "loadbalancer.use404"]).len(), 0);
    }
}
