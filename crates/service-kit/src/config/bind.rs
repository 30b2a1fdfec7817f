//! From texts to typed values: what does not fit is an error, what has no effect a warning.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ConfigError;
use super::key::{Effect, KeySpec, Kind};
use super::name::{list_element, segments, subtree_path, without_url_credentials};
use super::origin::{Origin, Property, TreeProperty};
use super::schema::{Found, Schema};
use super::store::Store;
use super::value::{self, Value};

/// Faults beyond which no nearest key is looked for: the file is for another program.
const SUGGESTIONS_MAX: usize = 50;

/// A value in effect.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) value: Value,
    pub(super) origin: Origin,
    /// Whether it must not be shown.
    pub(super) secret: bool,
}

/// Result of binding: typed values by key, and what the operator should know.
#[derive(Debug, Default)]
pub(super) struct Binding {
    pub(super) values: BTreeMap<String, Bound>,
    pub(super) warnings: Vec<String>,
    /// What lies below keys of the kind [`Kind::Tree`], by the name of the key.
    pub(super) trees: BTreeMap<&'static str, Vec<TreeProperty>>,
}

/// Values of one key: one text, or the elements of a list.
struct Given<'a> {
    found: Found,
    parts: Vec<(Option<usize>, &'a Property)>,
}

/// Types every property of the store and fills in the defaults.
pub(super) fn bind(schema: &Schema, store: &Store<'_>, errors: &mut Vec<ConfigError>) -> Binding {
    let mut binding = Binding::default();
    let mut given: BTreeMap<String, Given<'_>> = BTreeMap::new();
    let mut foreign = BTreeSet::new();
    let referenced = store.referenced();
    for (slot, property) in store.iter() {
        match schema.find(slot) {
            Some(found) if found.spec.kind == Kind::Tree => {
                match tree_property(store, found.spec.name, property) {
                    Ok(read) => binding.trees.entry(found.spec.name).or_default().push(read),
                    Err(error) => errors.push(error),
                }
            }
            Some(found) => {
                let index = found.index;
                given
                    .entry(found.key.clone())
                    .or_insert_with(|| Given { found, parts: Vec::new() })
                    .parts
                    .push((index, property));
            }
            None => {
                // What a placeholder refers to is a variable of the operator's own.
                if referenced.contains(slot) {
                    continue;
                }
                let suggest = errors.len() < SUGGESTIONS_MAX;
                if let Err(error) = undeclared(schema, store, property, suggest) {
                    errors.push(error);
                } else if !property.value.is_empty() {
                    foreign.insert(property.name.clone());
                }
            }
        }
    }
    for given in given.values() {
        match bind_one(schema, store, given, &mut binding.warnings) {
            Ok(Some(bound)) => {
                binding.values.insert(given.found.key.clone(), bound);
            }
            Ok(None) => {}
            Err(error) => errors.push(error),
        }
    }
    defaults(schema, store, &mut binding, errors);
    if !foreign.is_empty() {
        let names: Vec<String> = foreign.into_iter().collect();
        binding.warnings.push(format!("these keys mean nothing here: {}", names.join(", ")));
    }
    binding
}

fn tree_property(
    store: &Store<'_>,
    tree: &str,
    property: &Property,
) -> Result<TreeProperty, ConfigError> {
    let depth = segments(tree).len().saturating_sub(1);
    let is_variable = matches!(property.origin, Origin::Environment { .. });
    let path = subtree_path(&property.name, depth, is_variable);
    let value = store.resolved_if_known(property)?;
    Ok(TreeProperty { path, value, origin: property.origin.clone() })
}

/// An undeclared key is an error under an owned prefix and nothing special elsewhere.
fn undeclared(
    schema: &Schema,
    store: &Store<'_>,
    property: &Property,
    suggest: bool,
) -> Result<(), ConfigError> {
    let name = &property.name;
    if !schema.is_owned(name) {
        return Ok(());
    }
    let element = list_element(name);
    let follows =
        |(root, index): (&str, usize)| index > 0 && store.property(&format!("{root}[0]")).is_some();
    // One message for a list is enough.
    if element.is_some_and(follows) {
        return Ok(());
    }
    let is_group = schema.is_group(name);
    if is_group && property.value.is_empty() {
        return Ok(());
    }
    let (problem, nearest) = match element.and_then(|(root, _)| schema.find(root)) {
        Some(found) => (format!("{} takes one value, not a list", found.key), None),
        None if is_group => (format!("{name} takes keys under it, not a value"), None),
        None if suggest => (format!("{name} is not a key"), schema.nearest(name)),
        None => (format!("{name} is not a key"), None),
    };
    Err(ConfigError::at(&property.origin, problem).suggest(nearest.map(str::to_owned)))
}

/// One key from its text or its elements; `None` when it is written and empty.
fn bind_one(
    schema: &Schema,
    store: &Store<'_>,
    given: &Given<'_>,
    warnings: &mut Vec<String>,
) -> Result<Option<Bound>, ConfigError> {
    let spec = &given.found.spec;
    let key = &given.found.key;
    let Some((_, first)) = given.parts.first() else { return Ok(None) };
    let mut parts = given.parts.clone();
    parts.sort_by_key(|(index, _)| *index);
    for (position, (index, property)) in parts.iter().enumerate() {
        if index.is_some_and(|index| index != position) {
            let problem = format!("{key} has no element {position} before {}", property.name);
            return Err(ConfigError::at(&property.origin, problem));
        }
    }
    let mut texts = Vec::new();
    for (_, property) in &parts {
        match store.resolved(property) {
            Ok(text) => texts.push(text),
            // A key without effect must not stop a server that other tools configured.
            Err(error) if matches!(spec.effect, Effect::AcceptedWithWarning(_)) => {
                warnings.push(error.to_string());
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
    }
    let text = texts.join(",");
    let may_be_empty =
        spec.kind == Kind::AnyText || (spec.kind == Kind::Text && spec.name.ends_with(".*"));
    if text.trim().is_empty() && !may_be_empty {
        return Ok(None);
    }
    let secret = parts.iter().any(|(_, property)| store.hides(property));
    let value = value::parse(spec.kind, &text).map_err(|expected| {
        let shown = if secret { "its value".to_owned() } else { quoted(&text) };
        ConfigError::at(&first.origin, format!("{key}: {shown} is not {expected}"))
    })?;
    effect(schema, spec, key, &value, first, warnings)?;
    Ok(Some(Bound { value, origin: first.origin.clone(), secret }))
}

fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 80;
    let text = without_url_credentials(text);
    if text.chars().count() > SHOWN_MAX {
        let start: String = text.chars().take(SHOWN_MAX).collect();
        return format!("{start:?}...");
    }
    format!("{text:?}")
}

/// Speaks up about a key without effect, unless it is set to what it is anyway.
fn effect(
    schema: &Schema,
    spec: &KeySpec,
    key: &str,
    value: &Value,
    property: &Property,
    warnings: &mut Vec<String>,
) -> Result<(), ConfigError> {
    let default = schema.default_of(spec).and_then(|text| value::parse(spec.kind, text).ok());
    if default.as_ref() == Some(value) {
        return Ok(());
    }
    match spec.effect {
        Effect::Active => Ok(()),
        Effect::AcceptedWithWarning(reason) => {
            warnings.push(format!("{}: {key} has no effect: {reason}", property.origin));
            Ok(())
        }
        Effect::Refused(reason) => {
            Err(ConfigError::at(&property.origin, format!("{key} is not supported: {reason}")))
        }
    }
}

/// Defaults of the keys that nobody set.
fn defaults(
    schema: &Schema,
    store: &Store<'_>,
    binding: &mut Binding,
    errors: &mut Vec<ConfigError>,
) {
    // A default that refers to a faulty key would only repeat its fault.
    let sound = errors.is_empty();
    for spec in schema.specs() {
        if spec.name.ends_with(".*") || binding.values.contains_key(spec.name) {
            continue;
        }
        let Some(default) = schema.default_of(spec) else { continue };
        let parsed = store
            .resolve(default)
            .map_err(|error| error.to_string())
            .and_then(|text| value::parse(spec.kind, &text));
        match parsed {
            Ok(value) => {
                let bound = Bound { value, origin: Origin::Default, secret: false };
                binding.values.insert(spec.name.to_owned(), bound);
            }
            Err(_) if !sound => {}
            Err(problem) => {
                let problem = format!("default of {}: {problem}", spec.name);
                errors.push(ConfigError::whole(problem));
            }
        }
    }
}
