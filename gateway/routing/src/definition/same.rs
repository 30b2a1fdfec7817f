//! Whether two definitions say the same, wherever they were written: a line that is put in above a
//! route must not cost it what it remembers (BY-6).

use super::{PartDefinition, RouteDefinition};
use crate::tree::{Node, Value};

/// Whether two routes say the same.
pub(crate) fn is_same_route(one: &RouteDefinition, other: &RouteDefinition) -> bool {
    (&one.id, &one.uri, one.order, one.enabled)
        == (&other.id, &other.uri, other.order, other.enabled)
        && is_same_parts(&one.predicates, &other.predicates)
        && is_same_parts(&one.filters, &other.filters)
        && is_same_tree(&one.metadata, &other.metadata)
}

/// Whether two lists of predicates or filters say the same.
pub(crate) fn is_same_parts(one: &[PartDefinition], other: &[PartDefinition]) -> bool {
    let is_same = |(one, other): (&PartDefinition, &PartDefinition)| {
        let args = |part: &PartDefinition| {
            part.args.iter().map(|arg| (arg.key.clone(), arg.value.clone())).collect::<Vec<_>>()
        };
        one.name == other.name && args(one) == args(other)
    };
    one.len() == other.len() && one.iter().zip(other).all(is_same)
}

impl Node {
    /// Whether two trees say the same, wherever they were written.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        is_same_tree(self, other)
    }
}

fn is_same_tree(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same_tree(a, b))
        }
        (Value::Map(one), Value::Map(other)) => {
            let is_same = |((a, one), (b, other)): (&(String, Node), &(String, Node))| {
                a == b && is_same_tree(one, other)
            };
            one.len() == other.len() && one.iter().zip(other).all(is_same)
        }
        (Value::Text(_) | Value::List(_) | Value::Map(_), _) => false,
    }
}
