//! Routes made from the services that discovery knows (DL-1 to DL-12).

mod expression;

use std::collections::BTreeMap;

use crate::definition::{ArgDefinition, GatewayDefinition};
use crate::value::switch;
use crate::{Node, Origin, PartDefinition, RouteDefinition, RouteError, Value};
use expression::{Expression, Text};

/// An instance of a service, as its routes are made from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// Name of the service as registered; with Eureka in upper case.
    pub service_id: String,
    /// Name of the instance.
    pub instance_id: String,
    /// Host to reach it at.
    pub host: String,
    /// Port to reach it at.
    pub port: u16,
    /// Whether it is reached over TLS.
    pub is_secure: bool,
    /// What it says about itself.
    pub metadata: BTreeMap<String, String>,
}

/// How routes are made from services.
#[derive(Clone, Debug)]
pub struct Locator {
    lower_case: bool,
    url: Expression,
    include: Expression,
    id_prefix: String,
    predicates: Vec<Part>,
    filters: Vec<Part>,
    /// Keys of an instance's metadata that become the route's (DL-10).
    metadata_keys: Vec<String>,
}

/// A predicate or filter whose arguments are worked out for each service.
#[derive(Clone, Debug)]
struct Part {
    name: String,
    args: Vec<(String, Expression)>,
    origin: Origin,
}

impl Locator {
    /// Reads `discovery.locator` of the gateway's tree; `None` if it is switched off.
    /// `metadata_keys` are the keys of instances that may become a route's metadata.
    ///
    /// # Errors
    /// Expressions beyond what is understood here, and parts without name.
    pub fn read(
        gateway: &GatewayDefinition,
        metadata_keys: &[String],
    ) -> Result<Option<Self>, Vec<RouteError>> {
        let node = gateway.tree.get("discovery.locator").cloned().unwrap_or_default();
        if node.text_at("enabled").and_then(switch) != Some(true) {
            return Ok(None);
        }
        let mut errors = Vec::new();
        let parts = |field: &str, errors: &mut Vec<RouteError>| match node.get(field) {
            Some(list) if !list.items().is_empty() => {
                Some(parts_of(list, field == "predicates", errors))
            }
            _ => None,
        };
        let predicates = parts("predicates", &mut errors).unwrap_or_else(default_predicates);
        let filters = parts("filters", &mut errors).unwrap_or_else(default_filters);
        let mut expression = |key: &str, default: &str| {
            let written = node.get(key);
            let text = written.and_then(Node::text).unwrap_or(default);
            let origin = written.map_or_else(Origin::unknown, |node| node.origin.clone());
            parse(text, &origin, &mut errors)
        };
        let url = expression("url-expression", "'lb://'+serviceId");
        let include = expression("include-expression", "true");
        if !errors.is_empty() {
            return Err(errors
                .into_iter()
                .map(|error| error.in_part("discovery.locator"))
                .collect());
        }
        Ok(Some(Self {
            lower_case: node.text_at("lower-case-service-id").and_then(switch) == Some(true),
            url,
            include,
            id_prefix: node
                .text_at("route-id-prefix")
                .unwrap_or("ReactiveCompositeDiscoveryClient_")
                .to_owned(),
            predicates,
            filters,
            metadata_keys: metadata_keys.to_vec(),
        }))
    }

    /// One route for every service that has an instance to be included, in the order of names.
    ///
    /// The instance with the lowest id describes its service (DL-12).
    #[must_use]
    pub fn routes(&self, instances: &[Instance]) -> Vec<RouteDefinition> {
        let mut services: BTreeMap<&str, &Instance> = BTreeMap::new();
        for instance in
            instances.iter().filter(|one| self.include.eval(one, false) == Text::Bool(true))
        {
            let described = services.entry(&instance.service_id).or_insert(instance);
            if instance.instance_id < described.instance_id {
                *described = instance;
            }
        }
        services.into_values().map(|instance| self.route(instance)).collect()
    }

    fn route(&self, instance: &Instance) -> RouteDefinition {
        let parts = |list: &[Part]| list.iter().map(|part| self.part(part, instance)).collect();
        let own = |(key, _): &(&String, &String)| self.metadata_keys.contains(key);
        let metadata = instance.metadata.iter().filter(own);
        let entries = metadata.map(|(key, value)| (key.clone(), Node::from_text(value))).collect();
        RouteDefinition {
            id: format!("{}{}", self.id_prefix, instance.service_id),
            // The target keeps the name as registered (DL-3).
            uri: self.url.eval(instance, false).to_string(),
            order: 0,
            predicates: parts(&self.predicates),
            filters: parts(&self.filters),
            metadata: Node { origin: Origin::unknown(), value: Value::Map(entries) },
            enabled: true,
            origin: Origin::new("discovery"),
        }
    }

    fn part(&self, part: &Part, instance: &Instance) -> PartDefinition {
        let args = part.args.iter().map(|(key, value)| ArgDefinition {
            key: key.clone(),
            value: value.eval(instance, self.lower_case).to_string(),
            origin: part.origin.clone(),
        });
        PartDefinition {
            name: part.name.clone(),
            args: args.collect(),
            origin: part.origin.clone(),
        }
    }
}

fn parse(text: &str, origin: &Origin, errors: &mut Vec<RouteError>) -> Expression {
    Expression::parse(text).unwrap_or_else(|problem| {
        errors.push(RouteError::at(origin, format!("{text:?}: {problem}")));
        Expression::nothing()
    })
}

fn parts_of(list: &Node, is_predicate: bool, errors: &mut Vec<RouteError>) -> Vec<Part> {
    let mut fail = Vec::new();
    let holder = Node {
        origin: list.origin.clone(),
        value: Value::Map(vec![("parts".to_owned(), list.clone())]),
    };
    let read =
        crate::definition::parts(&holder, "parts", is_predicate, &mut |error| fail.push(error));
    errors.append(&mut fail);
    let part = |part: PartDefinition| {
        let args =
            part.args.iter().map(|arg| (arg.key.clone(), parse(&arg.value, &arg.origin, errors)));
        Part { args: args.collect(), name: part.name, origin: part.origin }
    };
    read.into_iter().map(part).collect()
}

/// `Path` of everything below the name (DL-6).
fn default_predicates() -> Vec<Part> {
    vec![default_part("Path", &[("pattern", "'/'+serviceId+'/**'")])]
}

/// The name is taken off the path (DL-7).
fn default_filters() -> Vec<Part> {
    let regexp = ("regexp", "'/' + serviceId + '/?(?<remaining>.*)'");
    vec![default_part("RewritePath", &[regexp, ("replacement", "'/${remaining}'")])]
}

fn default_part(name: &str, args: &[(&str, &str)]) -> Part {
    let arg = |(key, text): &(&str, &str)| {
        ((*key).to_owned(), Expression::parse(text).unwrap_or_else(|_| Expression::nothing()))
    };
    Part { name: name.to_owned(), args: args.iter().map(arg).collect(), origin: Origin::unknown() }
}

#[cfg(test)]
mod tests;
