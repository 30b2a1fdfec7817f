//! A program's tables compiled for look-up: exact keys, maps, environment spellings, suggestions.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{KeySpec, Program};
use super::name::{canonical, edit_distance, environment_forms, list_element, segments, tail};

/// Names longer than this are not compared for a suggestion.
const SUGGESTED_NAME_MAX: usize = 120;

/// What a name means to the program.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The declaration.
    pub(super) spec: KeySpec,
    /// Name of the key without index: as declared, or for a map its prefix and the entry as
    /// written.
    pub(super) key: String,
    /// Position, when the name is an element of a list.
    pub(super) index: Option<usize>,
}

/// Compiled tables of a [`Program`].
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) program: Program,
    exact: BTreeMap<String, KeySpec>,
    /// Maps by canonical prefix without `.*`, with the number of segments of that prefix.
    maps: BTreeMap<String, (KeySpec, usize)>,
    environment: BTreeMap<String, KeySpec>,
    /// Owned prefixes in canonical form, without their dot.
    owned: Vec<String>,
    /// Every name that is above or equal to an owned prefix, or above an owned key.
    groups: BTreeSet<String>,
    /// Environment spellings of map prefixes with their trailing underscore, longest first, and
    /// the prefix each stands for. A process may have thousands of variables to compare with them.
    map_variables: Vec<(String, &'static str)>,
    /// Environment spellings of the owned prefixes with their trailing underscore.
    owned_variables: Vec<String>,
}

impl Schema {
    pub(super) fn new(program: &Program) -> Self {
        let mut exact = BTreeMap::new();
        let mut maps = BTreeMap::new();
        let mut environment = BTreeMap::new();
        let mut map_variables = Vec::new();
        for table in program.keys {
            for spec in *table {
                if let Some(prefix) = spec.name.strip_suffix(".*") {
                    maps.insert(canonical(prefix), (*spec, segments(prefix).len()));
                    let forms = environment_forms(prefix);
                    map_variables.extend(forms.map(|form| (format!("{form}_"), prefix)));
                    continue;
                }
                for name in std::iter::once(&spec.name).chain(spec.aliases) {
                    exact.insert(canonical(name), *spec);
                    for form in environment_forms(name) {
                        environment.insert(form, *spec);
                    }
                }
            }
        }
        map_variables.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        let prefixes = || program.owned.iter().map(|prefix| prefix.trim_end_matches('.'));
        let owned: Vec<String> = prefixes().map(canonical).collect();
        let owned_variables =
            prefixes().flat_map(environment_forms).map(|form| format!("{form}_")).collect();
        // A map is a group although its entries are not known.
        let entries = maps.keys().map(|prefix| format!("{prefix}.*"));
        let groups = groups(&owned, exact.keys().cloned().chain(entries));
        let program = *program;
        Self { program, exact, maps, environment, owned, groups, map_variables, owned_variables }
    }

    /// Every declared key and map, in table order.
    pub(super) fn specs(&self) -> impl Iterator<Item = &'static KeySpec> {
        self.program.keys.iter().flat_map(|table| table.iter())
    }

    /// The default of a key in this program, as written.
    pub(super) fn default_of(&self, spec: &KeySpec) -> Option<&'static str> {
        let own = self.program.defaults.iter().find(|(name, _)| *name == spec.name);
        own.map(|(_, value)| *value).or(spec.default)
    }

    /// What a name in any spelling means; `None` when it is not declared.
    pub(super) fn find(&self, name: &str) -> Option<Found> {
        let wanted = canonical(name);
        if let Some(spec) = self.exact.get(&wanted) {
            return Some(Found { spec: *spec, key: spec.name.to_owned(), index: None });
        }
        if let Some((root, index)) = list_element(&wanted)
            && let Some(spec) = self.exact.get(root)
            && spec.kind.is_list()
        {
            return Some(Found { spec: *spec, key: spec.name.to_owned(), index: Some(index) });
        }
        let mut prefix = wanted.as_str();
        while let Some(cut) = prefix.rfind(['.', '[']) {
            prefix = prefix.get(..cut)?;
            if let Some((spec, depth)) = self.maps.get(prefix) {
                let element = list_element(name).filter(|_| spec.kind.is_list());
                let entry = tail(element.map_or(name, |(root, _)| root), *depth);
                let map = spec.name.strip_suffix('*').unwrap_or(spec.name);
                let index = element.map(|(_, index)| index);
                return Some(Found { spec: *spec, key: format!("{map}{entry}"), index });
            }
        }
        None
    }

    /// The dotted name an environment variable sets, if it is one of ours.
    pub(super) fn variable_key(&self, variable: &str) -> Option<String> {
        let upper = variable.to_uppercase();
        if let Some(spec) = self.environment.get(&upper) {
            return Some(spec.name.to_owned());
        }
        let (root, index) = upper.trim_end_matches('_').rsplit_once('_').unwrap_or((&upper, ""));
        if let (Some(spec), Ok(index)) = (self.environment.get(root), index.parse::<usize>())
            && spec.kind.is_list()
        {
            return Some(format!("{}[{index}]", spec.name));
        }
        self.map_variables.iter().find_map(|(form, prefix)| {
            let entry = upper.strip_prefix(form.as_str()).filter(|entry| !entry.is_empty())?;
            Some(format!("{prefix}.{}", entry.to_lowercase().replace('_', ".")))
        })
    }

    /// Whether a name lies under an owned prefix, or is above or equal to one.
    pub(super) fn is_owned(&self, name: &str) -> bool {
        let name = canonical(name);
        let is_under = |prefix: &String| {
            name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        self.groups.contains(&name) || self.owned.iter().any(is_under)
    }

    /// Whether keys that we own lie below a name.
    pub(super) fn is_group(&self, name: &str) -> bool {
        self.groups.contains(&canonical(name))
    }

    /// Whether the environment spelling of an owned prefix begins a variable's name.
    pub(super) fn owns_variable(&self, variable: &str) -> bool {
        let upper = variable.to_uppercase();
        self.owned_variables.iter().any(|form| upper.starts_with(form.as_str()))
    }

    /// The declared key nearest to a name in any spelling, if it is near enough to be meant.
    pub(super) fn nearest(&self, name: &str) -> Option<&'static str> {
        let wanted = canonical(name);
        let wanted = list_element(&wanted).map_or(wanted.as_str(), |(root, _)| root);
        let distance = |name: &str| edit_distance(&canonical(name), wanted);
        let last = wanted.rsplit('.').next().unwrap_or_default().len();
        self.nearest_by(wanted.len(), distance)
            .filter(|(distance, _)| *distance <= 2.max(last / 3))
            .map(|(_, spec)| spec.name)
    }

    /// The declared key nearest to a variable and its distance, without any separators.
    pub(super) fn nearest_variable(&self, variable: &str) -> Option<(usize, &'static KeySpec)> {
        let bare = |name: &str| -> String {
            name.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect()
        };
        let wanted = bare(variable);
        self.nearest_by(wanted.len(), |name| edit_distance(&bare(name), &wanted))
    }

    fn nearest_by(
        &self,
        length: usize,
        distance: impl Fn(&str) -> usize,
    ) -> Option<(usize, &'static KeySpec)> {
        if length > SUGGESTED_NAME_MAX {
            return None;
        }
        self.specs()
            .filter(|spec| !spec.name.ends_with(".*"))
            .map(|spec| (distance(spec.name), spec))
            .min_by_key(|(distance, _)| *distance)
    }
}

/// The owned prefixes with everything above them, and everything above the keys below them.
fn groups(owned: &[String], keys: impl Iterator<Item = String>) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = owned.iter().cloned().collect();
    let is_owned = |key: &String| {
        let is_below =
            |prefix: &String| key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
        owned.iter().any(is_below)
    };
    for key in owned.iter().cloned().chain(keys.filter(is_owned)) {
        let mut name = key.as_str();
        while let Some((above, _)) = name.rsplit_once('.') {
            found.insert(above.to_owned());
            name = above;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: Program = Program {
        name: "demo",
        version: "1.0",
        about: "a demonstration",
        keys: &[&[KeySpec::text("a.*", "Outer."), KeySpec::text("a.b-c.*", "Inner.")]],
        owned: &["a.x-y."],
        defaults: &[],
    };

    #[test]
    fn a_variable_belongs_to_the_innermost_map() {
        let schema = Schema::new(&PROGRAM);

        for (variable, key) in [
            ("A_B_C_D", Some("a.b-c.d")),
            ("A_BC_D", Some("a.b-c.d")),
            ("A_D", Some("a.d")),
            ("A_", None),
            ("AB_C", None),
        ] {
            assert_eq!(schema.variable_key(variable).as_deref(), key, "{variable}");
        }
    }

    #[test]
    fn owned_names_are_those_below_above_and_equal() {
        let schema = Schema::new(&PROGRAM);

        for owned in ["a.xY.z", "a.x_y[0]", "a.x-y", "a"] {
            assert!(schema.is_owned(owned), "{owned}");
        }
        for foreign in ["a.x", "a.x-yz", "b", "a.x-yz.b"] {
            assert!(!schema.is_owned(foreign), "{foreign}");
        }
        assert!(schema.owns_variable("A_X_Y_Z") && schema.owns_variable("a_xy_z"));
        assert!(!schema.owns_variable("A_X_Y") && !schema.owns_variable("A_X_Z"));
    }
}
