//! Everything under the gateway's prefix that this package understands.

use std::collections::BTreeMap;

use super::{PartDefinition, RouteDefinition, read};
use crate::tree::{Value, canonical};
use crate::value::switch;
use crate::{Node, RouteError};

/// What a gateway's configuration says about routes, as written.
#[derive(Clone, Debug, Default)]
pub struct GatewayDefinition {
    /// Routes in file order.
    pub routes: Vec<RouteDefinition>,
    /// Filters that every route has.
    pub default_filters: Vec<PartDefinition>,
    /// The whole tree, for settings of single filters and for CORS.
    pub tree: Node,
    /// Faults of single routes, when the configuration lets the others start without them (CF-17).
    pub dropped: Vec<RouteError>,
}

impl GatewayDefinition {
    /// Reads the tree that [`gateway_tree`] made.
    ///
    /// # Errors
    /// All faults at once, unless `fail-on-route-definition-error` is false: then routes with
    /// faults are left out and told in `dropped`.
    pub fn read(tree: Node) -> Result<Self, Vec<RouteError>> {
        let tolerant =
            tree.text_at("fail-on-route-definition-error").and_then(switch) == Some(false);
        let mut errors = Vec::new();
        let mut dropped = Vec::new();
        let mut fail = |error: RouteError| errors.push(error);
        let default_filters = read::parts(&tree, "default-filters", false, &mut fail);
        let mut routes: Vec<RouteDefinition> = Vec::new();
        for node in tree.get("routes").map(Node::items).unwrap_or_default() {
            match RouteDefinition::read(node) {
                Ok(route) => routes.push(route),
                Err(faults) if tolerant => dropped.extend(faults),
                Err(faults) => errors.extend(faults),
            }
        }
        errors.extend(twice(&routes));
        if errors.is_empty() {
            Ok(Self { routes, default_filters, tree, dropped })
        } else {
            Err(errors)
        }
    }

    /// Whether routes with faults are left out instead of stopping the start (CF-17).
    #[must_use]
    pub fn is_tolerant(&self) -> bool {
        let word = self.tree.text_at("fail-on-route-definition-error");
        word.and_then(switch) == Some(false)
    }

    /// Whether a factory is switched on: `filter.strip-prefix.enabled` and its like (CF-20).
    #[must_use]
    pub fn is_enabled(&self, kind: &str, factory: &str) -> bool {
        let default = canonical(factory) != "localresponsecache";
        let key = format!("{kind}.{}.enabled", kebab(factory));
        self.tree.text_at(&key).and_then(switch).unwrap_or(default)
    }
}

/// `StripPrefix` → `strip-prefix`.
fn kebab(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Routes that share an id (RD-5).
fn twice(routes: &[RouteDefinition]) -> Vec<RouteError> {
    let mut seen: BTreeMap<&str, &RouteDefinition> = BTreeMap::new();
    let mut errors = Vec::new();
    for route in routes {
        if let Some(first) = seen.insert(&route.id, route) {
            let problem = format!("another route has this id, at {}", first.origin);
            errors.push(RouteError::at(&route.origin, problem).in_route(&route.id));
        }
    }
    errors
}

/// The tree of both prefixes (CF-1, CF-2, CF-3).
///
/// `root` is the tree of `spring.cloud.gateway`: what stands under `server.webflux` in it wins over
/// what stands beside it. A list replaces a list, maps are joined. The texts are warnings, one for
/// everything that is said in both places.
///
/// # Errors
/// Routes of the servlet flavour: their filters are Java methods with other names.
pub fn gateway_tree(root: &Node) -> Result<(Node, Vec<String>), RouteError> {
    for path in ["mvc", "server.webmvc"] {
        if let Some(node) = root.get(path).filter(|node| node.get("routes").is_some()) {
            let problem = format!(
                "routes under spring.cloud.gateway.{path} belong to the servlet gateway; write them \
                 under spring.cloud.gateway.server.webflux"
            );
            return Err(RouteError::at(&node.origin, problem));
        }
    }
    let mut old = root.clone();
    let mut warnings = Vec::new();
    if let Value::Map(entries) = &mut old.value {
        entries.retain(|(name, _)| canonical(name) != "server");
    }
    if let Some(new) = root.get("server.webflux") {
        merge(&mut old, new, "", &mut warnings);
    }
    Ok((old, warnings))
}

fn merge(old: &mut Node, new: &Node, path: &str, warnings: &mut Vec<String>) {
    let (Value::Map(into), Value::Map(from)) = (&mut old.value, &new.value) else {
        warnings.push(format!(
            "{path} is set under both prefixes, at {} and at {}; the latter counts",
            old.origin, new.origin
        ));
        *old = new.clone();
        return;
    };
    for (name, child) in from {
        let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match into.iter_mut().find(|(own, _)| canonical(own) == canonical(name)) {
            Some((_, own)) => merge(own, child, &full, warnings),
            None => into.push((name.clone(), child.clone())),
        }
    }
}
