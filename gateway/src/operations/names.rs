//! Filters and predicates by the names that Spring's endpoint shows (AC-5, AC-6).

use gateway_routing::describe;
use serde_json::{Map, Value, json};

const PACKAGE: &str = "org.springframework.cloud.gateway.filter";

/// `name@hash` of each global filter with its order.
pub(super) fn global_filters(has_global_cache: bool) -> Value {
    let all = describe::GLOBAL_FILTERS.iter();
    let all = all.filter(|(name, _)| has_global_cache || *name != describe::GLOBAL_CACHE);
    let all = all.map(|(name, order)| {
        let name = match *name {
            describe::GLOBAL_CACHE => "factory.cache.GlobalLocalResponseCacheGatewayFilter",
            name => name,
        };
        let name = format!("{PACKAGE}.{name}");
        (format!("{name}@{:x}", hash(&name)), json!(order))
    });
    Value::Object(all.collect())
}

/// All filters that routes can name.
pub(super) fn filters() -> Value {
    factories(&describe::filter_names(), "GatewayFilterFactory")
}

/// All predicates that routes can name.
pub(super) fn predicates() -> Value {
    factories(&describe::predicate_names(), "RoutePredicateFactory")
}

fn factories(names: &[&str], end: &str) -> Value {
    let shown = names.iter().map(|name| {
        let name = format!("{name}{end}");
        (format!("[{name}@{:x} configClass = {name}.Config]", hash(&name)), Value::Null)
    });
    Value::Object(shown.collect::<Map<_, _>>())
}

/// FNV-1a; the reference shows where the object lies, which nobody can use either.
fn hash(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
