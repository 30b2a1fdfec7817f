//! Properties of all sources in one place, later sources over earlier ones.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::error::ConfigError;
use super::key::Kind;
use super::name::{canonical, environment_forms, is_secret, list_element, subtree_path};
use super::origin::{Origin, Property};
use super::placeholder::{PlaceholderError, references, resolve, resolve_known};
use super::schema::Schema;

/// All properties by slot, with what placeholders may refer to besides.
pub(super) struct Store<'a> {
    schema: &'a Schema,
    values: BTreeMap<String, Property>,
    /// Variables by upper-case name, whether they set a key or not.
    env: BTreeMap<String, String>,
    builtin: BTreeMap<String, String>,
    random: Cell<u64>,
}

impl<'a> Store<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        env: &[(String, String)],
        builtin: &[(String, String)],
        seed: u64,
    ) -> Self {
        Self {
            schema,
            values: BTreeMap::new(),
            env: env.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect(),
            builtin: builtin.iter().map(|(name, value)| (canonical(name), value.clone())).collect(),
            random: Cell::new(seed),
        }
    }

    /// Puts a source over what is there. A list is replaced as a whole, as in Spring.
    ///
    /// Reports a key that the source itself gives twice, in two spellings, with two values.
    pub(super) fn add(&mut self, layer: &[Property], errors: &mut Vec<ConfigError>) {
        let mut own: BTreeMap<String, &Property> = BTreeMap::new();
        let mut cleared = BTreeSet::new();
        for property in layer {
            let slot = self.slot(property);
            let root = self.root(&slot).to_owned();
            if let Some(earlier) = own.get(&slot)
                && earlier.value != property.value
            {
                let problem = format!(
                    "{} is given twice: {} says otherwise at {}",
                    property.name, earlier.name, earlier.origin
                );
                errors.push(ConfigError::at(&property.origin, problem));
                continue;
            }
            if cleared.insert(root.clone()) {
                self.clear(&root);
            }
            self.values.insert(slot.clone(), property.clone());
            own.insert(slot, property);
        }
    }

    /// Removes a key and its elements. They are neighbours, so nothing else is looked at.
    fn clear(&mut self, root: &str) {
        self.values.remove(root);
        let elements = format!("{root}[");
        let found: Vec<String> = self
            .values
            .range(elements.clone()..)
            .map(|(slot, _)| slot)
            .take_while(|slot| slot.starts_with(&elements))
            .cloned()
            .collect();
        for slot in found {
            self.values.remove(&slot);
        }
    }

    /// What a source replaces as a whole with a slot: the list it is in, in a tree the outermost one.
    fn root<'s>(&self, slot: &'s str) -> &'s str {
        let is_tree = self.schema.find(slot).is_some_and(|found| found.spec.kind == Kind::Tree);
        if !is_tree {
            return list_element(slot).map_or(slot, |(root, _)| root);
        }
        let outermost = slot.match_indices('[').find_map(|(at, _)| {
            let (position, _) = slot.get(at..)?.strip_prefix('[')?.split_once(']')?;
            position.parse::<usize>().ok().and_then(|_| slot.get(..at))
        });
        outermost.unwrap_or(slot)
    }

    /// Where a property goes. A variable names the entry of a map in upper case: it meets an entry
    /// that is already there in another spelling.
    fn slot(&self, property: &Property) -> String {
        let Some(found) = self.schema.find(&property.name) else {
            return canonical(&property.name);
        };
        if found.spec.kind == Kind::Tree {
            let is_variable = matches!(property.origin, Origin::Environment { .. });
            return canonical(&subtree_path(&property.name, 0, is_variable));
        }
        let slot = match found.index {
            Some(index) => format!("{}[{index}]", found.key),
            None => found.key,
        };
        if matches!(property.origin, Origin::Environment { .. })
            && found.spec.name.ends_with(".*")
            && !self.values.contains_key(&slot)
        {
            let forms = environment_forms(&slot);
            let same = |other: &&String| environment_forms(other).contains(&forms[0]);
            return self.values.keys().find(same).cloned().unwrap_or(slot);
        }
        slot
    }

    /// Every property with its slot, sorted by slot.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Property)> {
        self.values.iter()
    }

    /// The property of a key in any spelling.
    pub(super) fn property(&self, name: &str) -> Option<&Property> {
        let slot = match self.schema.find(name) {
            Some(found) => found.key,
            None => canonical(name),
        };
        self.values.get(&slot)
    }

    /// The texts of a key that is a list or a comma-separated text, placeholders replaced.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<(String, Origin)>, ConfigError> {
        let root = match self.schema.find(name) {
            Some(found) => found.key,
            None => canonical(name),
        };
        let elements = format!("{root}[");
        let mut out = Vec::new();
        for (_, property) in
            self.values.iter().filter(|(slot, _)| **slot == root || slot.starts_with(&elements))
        {
            let text = self.resolved(property)?;
            out.extend(
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| (part.to_owned(), property.origin.clone())),
            );
        }
        Ok(out)
    }

    /// The value of a property with its placeholders replaced.
    pub(super) fn resolved(&self, property: &Property) -> Result<String, ConfigError> {
        self.resolve(&property.value).map_err(|error| {
            ConfigError::at(&property.origin, format!("{}: {error}", property.name))
        })
    }

    /// The same, but placeholders that nobody defines stay.
    pub(super) fn resolved_if_known(&self, property: &Property) -> Result<String, ConfigError> {
        resolve_known(&property.value, &|name| self.lookup(name)).map_err(|error| {
            ConfigError::at(&property.origin, format!("{}: {error}", property.name))
        })
    }

    /// Replaces the placeholders of any text.
    pub(super) fn resolve(&self, text: &str) -> Result<String, PlaceholderError> {
        resolve(text, &|name| self.lookup(name))
    }

    /// Raw value of a name as a placeholder sees it: arguments and JSON, then the environment by
    /// its exact or relaxed name, then files, then what the process knows, then the key's default.
    fn lookup(&self, name: &str) -> Option<String> {
        let property = self.property(name);
        if let Some(property) = property
            && !matches!(property.origin, Origin::File { .. })
        {
            return Some(property.value.clone());
        }
        let variable = || {
            std::iter::once(name.to_uppercase())
                .chain(environment_forms(name))
                .find_map(|form| self.env.get(&form).cloned())
        };
        variable()
            .or_else(|| property.map(|property| property.value.clone()))
            .or_else(|| self.builtin.get(&canonical(name)).cloned())
            .or_else(|| self.random(name))
            .or_else(|| {
                let found = self.schema.find(name)?;
                self.schema.default_of(&found.spec).map(str::to_owned)
            })
    }

    /// `random.value`, `random.uuid`, `random.int`, `random.long`, `random.int(10)`,
    /// `random.int[5,10]`. Source: Spring's `RandomValuePropertySource`.
    fn random(&self, name: &str) -> Option<String> {
        let kind = name.strip_prefix("random.")?;
        let high = self.next_random();
        let low = self.next_random();
        let bounded = |rest: &str| -> Option<String> {
            let inner = rest.strip_prefix(['(', '['])?.strip_suffix([')', ']'])?;
            let (from, to) = match inner.split_once(',') {
                Some((from, to)) => (from.trim().parse().ok()?, to.trim().parse().ok()?),
                None => (0_i64, inner.trim().parse::<i64>().ok()?),
            };
            let span = u64::try_from(to.checked_sub(from)?).ok()?;
            let step = i64::try_from(high.checked_rem(span)?).ok()?;
            Some(from.checked_add(step)?.to_string())
        };
        match kind {
            "value" => Some(format!("{high:016x}{low:016x}")),
            "uuid" => {
                let version = high & 0xffff_ffff_ffff_0fff | 0x4000;
                let variant = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
                let hex = format!("{version:016x}{variant:016x}");
                let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
                Some(format!(
                    "{}-{}-{}-{}-{}",
                    part(0..8),
                    part(8..12),
                    part(12..16),
                    part(16..20),
                    part(20..32)
                ))
            }
            "int" => Some((high >> 33).to_string()),
            "long" => Some((high >> 1).to_string()),
            other => bounded(other.strip_prefix("int").or_else(|| other.strip_prefix("long"))?),
        }
    }

    /// Next number of the splitmix64 sequence: fine for naming instances, not for secrets.
    fn next_random(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Canonical forms and environment forms of every name that some placeholder mentions.
    pub(super) fn referenced(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for property in self.values.values() {
            for name in references(&property.value) {
                names.insert(canonical(name));
                names.extend(environment_forms(name));
            }
        }
        names
    }

    /// Whether showing the value of a property could show a secret.
    pub(super) fn hides(&self, property: &Property) -> bool {
        is_secret(&property.name) || references(&property.value).iter().any(|name| is_secret(name))
    }
}
