//! Routes, definitions and filters as the actuator shows them (AC-2 to AC-7).

use serde_json::{Map, Value as Json, json};

use crate::filter::FILTERS;
use crate::predicate::PREDICATES;
use crate::tree::Value;
use crate::{Node, PartDefinition, Route, RouteDefinition};

/// Filters that every request runs through, with their orders (GF-1 to GF-13).
pub const GLOBAL_FILTERS: [(&str, i32); 12] = [
    ("RemoveCachedBodyFilter", i32::MIN),
    ("AdaptCachedBodyGlobalFilter", -2_147_482_648),
    (GLOBAL_CACHE, -3),
    ("NettyWriteResponseFilter", -1),
    ("ForwardPathFilter", 0),
    ("GatewayMetricsFilter", 0),
    ("RouteToRequestUrlFilter", 10_000),
    ("ReactiveLoadBalancerClientFilter", 10_150),
    ("LoadBalancerServiceInstanceCookieFilter", 10_151),
    ("WebsocketRoutingFilter", 2_147_483_646),
    ("NettyRoutingFilter", i32::MAX),
    ("ForwardRoutingFilter", i32::MAX),
];

/// The one of them that is there only if answers of all routes are kept (GF-3).
pub const GLOBAL_CACHE: &str = "GlobalLocalResponseCache";

/// A compiled route (AC-2).
#[must_use]
pub fn route(route: &Route) -> Json {
    let definition = route.definition();
    let filter = |text: &crate::FilterText| format!("[{}, order = {}]", text.text, text.order);
    let filters: Vec<String> = route.chain().texts().iter().map(filter).collect();
    let mut shown = json!({
        "predicate": route.predicate_text(),
        "route_id": definition.id,
        "filters": filters,
        "uri": route.upstream().to_string(),
        "order": definition.order,
    });
    let metadata = tree(&definition.metadata);
    if let (Json::Object(own), false) =
        (&mut shown, metadata.as_object().is_some_and(Map::is_empty))
    {
        own.insert("metadata".to_owned(), metadata);
    }
    shown
}

/// A route as written (AC-4).
#[must_use]
pub fn definition(definition: &RouteDefinition) -> Json {
    let parts = |list: &[PartDefinition]| -> Vec<Json> { list.iter().map(part).collect() };
    json!({
        "id": definition.id,
        "predicates": parts(&definition.predicates),
        "filters": parts(&definition.filters),
        "uri": definition.uri,
        "metadata": tree(&definition.metadata),
        "order": definition.order,
        "enabled": true,
    })
}

fn part(part: &PartDefinition) -> Json {
    let args = part.args.iter().map(|arg| (arg.key.clone(), Json::from(arg.value.as_str())));
    json!({ "name": part.name, "args": args.collect::<Map<_, _>>() })
}

/// A route's filters and those of all routes, by order (AC-7).
#[must_use]
pub fn combined_filters(route: &Route, has_global_cache: bool) -> Json {
    let own = route.chain().texts().iter().map(|filter| (filter.text.clone(), filter.order));
    let common =
        GLOBAL_FILTERS.iter().filter(|(name, _)| has_global_cache || *name != GLOBAL_CACHE);
    let common = common.map(|(name, order)| ((*name).to_owned(), *order));
    let all = common.chain(own).map(|(name, order)| (name, Json::from(order)));
    Json::Object(all.collect())
}

/// All filters that routes can name (AC-6).
#[must_use]
pub fn filter_names() -> Vec<&'static str> {
    FILTERS.iter().map(|kind| kind.name).collect()
}

/// All predicates that routes can name (AC-6).
#[must_use]
pub fn predicate_names() -> Vec<&'static str> {
    PREDICATES.iter().map(|kind| kind.name).collect()
}

/// A tree as JSON; whole numbers and switches as such.
fn tree(node: &Node) -> Json {
    match &node.value {
        Value::Text(text) => match text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            text => match text.parse::<i64>() {
                Ok(number) if number.to_string() == text => Json::from(number),
                Ok(_) | Err(_) => Json::from(text),
            },
        },
        Value::List(items) => Json::Array(items.iter().map(tree).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(name, child)| (name.clone(), tree(child))).collect())
        }
    }
}
