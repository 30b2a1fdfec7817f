//! From a place of the tree to a route definition.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::shortcut;
use super::{ArgDefinition, PartDefinition, RouteDefinition};
use crate::tree::{Value, canonical};
use crate::value::switch;
use crate::{Node, RouteError};

const FIELDS: [&str; 7] = ["id", "uri", "order", "predicates", "filters", "metadata", "enabled"];

pub(super) fn route(node: &Node) -> Result<RouteDefinition, Vec<RouteError>> {
    if let Value::Text(text) = &node.value {
        return one_line(node, text).map_err(|error| vec![error]);
    }
    let mut errors = Vec::new();
    let written_id = node.text_at("id");
    let name = written_id.unwrap_or("without id").to_owned();
    let mut fail = |error: RouteError| errors.push(error.in_route(&name));
    for (field, child) in node.entries() {
        if !FIELDS.iter().any(|known| canonical(known) == canonical(field)) {
            fail(
                RouteError::at(&child.origin, format!("{field} is not a field of a route"))
                    .near(field, FIELDS),
            );
        }
    }
    let uri = node.text_at("uri").unwrap_or_default().to_owned();
    if uri.is_empty() {
        fail(RouteError::at(&node.origin, "it has no uri"));
    }
    let predicates = parts(node, "predicates", true, &mut fail);
    let filters = parts(node, "filters", false, &mut fail);
    if node.get("predicates").is_none_or(|list| list.items().is_empty()) {
        fail(RouteError::at(&node.origin, "it has no predicates; Path=/** takes every request"));
    }
    let order =
        node.get("order").map_or(Some(0), |at| at.text().map_or(Some(0), |t| t.parse().ok()));
    let enabled = node.text_at("enabled").map_or(Some(true), switch);
    if order.is_none() {
        fail(RouteError::at(&node.origin, "order is not a whole number"));
    }
    if enabled.is_none() {
        fail(RouteError::at(&node.origin, "enabled is neither true nor false"));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let id = written_id.map_or_else(|| made_up_id(&uri, &predicates, &filters), str::to_owned);
    Ok(RouteDefinition {
        id,
        uri,
        order: order.unwrap_or(0),
        predicates,
        filters,
        metadata: node.get("metadata").cloned().unwrap_or_default(),
        enabled: enabled.unwrap_or(true),
        origin: node.origin.clone(),
    })
}

fn one_line(node: &Node, text: &str) -> Result<RouteDefinition, RouteError> {
    let Some((id, uri, predicates)) = shortcut::route(text, &node.origin) else {
        let problem = "a route in one line is id=uri,Predicate=value,…";
        return Err(RouteError::at(&node.origin, problem));
    };
    if predicates.is_empty() {
        return Err(RouteError::at(&node.origin, "it has no predicates").in_route(&id));
    }
    Ok(RouteDefinition {
        id,
        uri,
        order: 0,
        predicates,
        filters: Vec::new(),
        metadata: Node::default(),
        enabled: true,
        origin: node.origin.clone(),
    })
}

/// A name that is the same at every start, unlike the reference's random one.
fn made_up_id(uri: &str, predicates: &[PartDefinition], filters: &[PartDefinition]) -> String {
    let mut hasher = DefaultHasher::new();
    uri.hash(&mut hasher);
    for part in predicates.iter().chain(filters) {
        part.name.hash(&mut hasher);
        for arg in &part.args {
            (&arg.key, &arg.value).hash(&mut hasher);
        }
    }
    format!("route-{:016x}", hasher.finish())
}

/// The predicates or filters under a field.
pub(crate) fn parts(
    node: &Node,
    field: &str,
    is_predicate: bool,
    fail: &mut impl FnMut(RouteError),
) -> Vec<PartDefinition> {
    let list = node.get(field).map(Node::items).unwrap_or_default();
    let read = list.into_iter().map(|item| part(item, is_predicate));
    read.filter_map(|part| part.map_err(&mut *fail).ok()).collect()
}

fn part(node: &Node, is_predicate: bool) -> Result<PartDefinition, RouteError> {
    if let Value::Text(text) = &node.value {
        if is_predicate && !text.contains('=') {
            let problem = format!("{text:?} is not a predicate: Name=value is expected");
            return Err(RouteError::at(&node.origin, problem));
        }
        let part = shortcut::part(text, &node.origin);
        return part.ok_or_else(|| RouteError::at(&node.origin, format!("{text:?} has no name")));
    }
    for (field, child) in node.entries() {
        if !matches!(canonical(field).as_str(), "name" | "args") {
            let problem = format!("{field} is neither name nor args; is it an argument?");
            return Err(RouteError::at(&child.origin, problem));
        }
    }
    let Some(name) = node.text_at("name") else {
        return Err(RouteError::at(&node.origin, "a predicate or filter has no name"));
    };
    let mut args = Vec::new();
    if let Some(written) = node.get("args") {
        flatten("", written, &mut args);
    }
    Ok(PartDefinition { name: name.to_owned(), args, origin: node.origin.clone() })
}

fn flatten(key: &str, node: &Node, into: &mut Vec<ArgDefinition>) {
    match &node.value {
        Value::Text(value) if !key.is_empty() => into.push(ArgDefinition {
            key: key.to_owned(),
            value: value.clone(),
            origin: node.origin.clone(),
        }),
        Value::Text(_) => {}
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{key}[{index}]"), item, into);
            }
        }
        Value::Map(entries) => {
            for (name, child) in entries {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flatten(&key, child, into);
            }
        }
    }
}
