//! Environment variables: which set a key, which are somebody else's, which are mistakes.
//!
//! The environment is shared with the machine, so a strange name is not always a mistake: a
//! variable that placeholders refer to, or that a container platform adds for a service, is left
//! alone. Source: Spring Boot reference "Binding From Environment Variables"; Kubernetes
//! documentation "Service environment variables".

use std::collections::BTreeSet;

use super::error::ConfigError;
use super::name::environment_forms;
use super::origin::{Origin, Property};
use super::schema::Schema;

/// Prefix whose variables can only be meant for us.
const OWN: &str = "MYERP_";

/// The properties that variables set. A name with dots counts as written, as in Spring.
pub(super) fn properties(schema: &Schema, env: &[(String, String)]) -> Vec<Property> {
    let mut found = Vec::new();
    for (variable, value) in env {
        let name = if variable.contains('.') {
            Some(variable.clone())
        } else if is_service_link(variable, value) {
            None
        } else {
            early_key(variable).or_else(|| schema.variable_key(variable))
        };
        if let Some(name) = name {
            let origin = Origin::Environment { name: variable.clone() };
            found.push(Property { name, value: value.clone(), origin });
        }
    }
    found
}

/// Keys that say where the configuration is; they need no declaration.
fn early_key(variable: &str) -> Option<String> {
    const KEYS: [&str; 7] = [
        "spring.application.json",
        "spring.config.additional-location",
        "spring.config.location",
        "spring.config.name",
        "spring.profiles.active",
        "spring.profiles.default",
        "spring.profiles.include",
    ];
    let upper = variable.to_uppercase();
    KEYS.iter().find(|key| environment_forms(key).contains(&upper)).map(|key| (*key).to_owned())
}

/// Reports variables under an owned prefix that set nothing: an error when one is close to a real
/// key, else part of the returned warning.
pub(super) fn stray(
    schema: &Schema,
    env: &[(String, String)],
    referenced: &BTreeSet<String>,
    errors: &mut Vec<ConfigError>,
) -> Option<String> {
    let mut strange = Vec::new();
    for (variable, value) in env {
        let upper = variable.to_uppercase();
        if variable.contains('.')
            || referenced.contains(&upper)
            || is_service_link(variable, value)
            || !schema.owns_variable(variable)
            || early_key(variable).or_else(|| schema.variable_key(variable)).is_some()
        {
            continue;
        }
        // Against the last part only: `EUREKA_SERVER_URL` is nobody's misspelling of `MY-URL`.
        let last = upper.rsplit('_').next().unwrap_or_default().len();
        let is_ours = upper.starts_with(OWN);
        let near_enough = if is_ours { 2.max(last / 3) } else { 1.max(last / 5) };
        let near =
            schema.nearest_variable(variable).filter(|(distance, _)| *distance <= near_enough);
        if near.is_none() && !is_ours {
            strange.push(variable.as_str());
            continue;
        }
        let origin = Origin::Environment { name: variable.clone() };
        let suggestion = near.map(|(_, spec)| {
            let [form, _] = environment_forms(spec.name);
            form
        });
        errors.push(ConfigError::at(&origin, "sets no key").suggest(suggestion));
    }
    (!strange.is_empty())
        .then(|| format!("these environment variables set no key: {}", strange.join(", ")))
}

/// Whether a container platform made the variable for a service of that name, e.g.
/// `EUREKA_SERVER_PORT=tcp://10.0.0.7:8761` for a service `eureka-server`.
fn is_service_link(variable: &str, value: &str) -> bool {
    let address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let upper = variable.to_uppercase();
    let Some((_, port)) = upper.rsplit_once("_PORT_") else {
        return upper.ends_with("_SERVICE_HOST")
            || upper.ends_with("_SERVICE_PORT")
            || upper.contains("_SERVICE_PORT_")
            || (upper.ends_with("_PORT") && address);
    };
    upper.contains("_SERVICE_PORT_")
        || port.split_once('_').is_some_and(|(number, rest)| {
            number.parse::<u16>().is_ok()
                && ["TCP", "UDP", "SCTP"].iter().any(|protocol| rest.starts_with(protocol))
        })
}
