//! Lists of objects in the configuration: entries of a map, put together by their first segment.

use crate::config::{Config, ConfigError, Origin};

/// One object of a list, or of a map of objects.
#[derive(Debug)]
pub(super) struct Group {
    /// Its position, or its name.
    pub(super) name: String,
    /// Members as written: name in canonical form, text, and the key they were written under.
    members: Vec<(String, String, String)>,
}

/// The objects under `prefix`, in the order of their positions, then of their names.
pub(super) fn groups(config: &Config, prefix: &str) -> Result<Vec<Group>, ConfigError> {
    let mut groups: Vec<Group> = Vec::new();
    for (entry, text) in config.map(prefix) {
        let key = format!("{prefix}.{entry}");
        let Some((name, member)) = entry.split_once('.') else {
            return Err(wrong(config, &key, format!("{key} takes keys under it, not a value")));
        };
        let member = canonical(member);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.members.push((member, text, key)),
            None => {
                let members = vec![(member, text, key)];
                groups.push(Group { name: name.to_owned(), members });
            }
        }
    }
    groups.sort_by_key(|group| group.name.parse().unwrap_or(usize::MAX));
    Ok(groups)
}

impl Group {
    /// Takes a text out.
    pub(super) fn take(&mut self, member: &str) -> Option<String> {
        let member = canonical(member);
        let at = self.members.iter().position(|(name, ..)| *name == member)?;
        Some(self.members.remove(at).1)
    }

    /// Takes a list out: one text with commas, or an entry for each element.
    pub(super) fn take_list(&mut self, member: &str) -> Vec<String> {
        let own = canonical(member);
        let elements = format!("{own}.");
        let is_element = |name: &str| name == own || name.starts_with(&elements);
        let (taken, rest) =
            std::mem::take(&mut self.members).into_iter().partition(|(name, ..)| is_element(name));
        self.members = rest;
        let texts: Vec<(String, String, String)> = taken;
        let parts = texts.iter().flat_map(|(_, text, _)| text.split(','));
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// That nothing is left, which would be a member that does not exist.
    pub(super) fn finish(self, config: &Config, known: &str) -> Result<(), ConfigError> {
        match self.members.first() {
            None => Ok(()),
            Some((_, _, key)) => {
                Err(wrong(config, key, format!("{key} is not a key; there are {known}")))
            }
        }
    }

    /// Where it is written.
    pub(super) fn origin(&self, config: &Config) -> Option<Origin> {
        let (_, _, key) = self.members.first()?;
        config.origin(key).cloned()
    }
}

fn wrong(config: &Config, key: &str, problem: String) -> ConfigError {
    ConfigError { origin: config.origin(key).cloned(), problem, suggestion: None }
}

/// The form in which two spellings of a member are equal.
fn canonical(member: &str) -> String {
    let letters = member.chars().filter(|c| !matches!(c, '-' | '_'));
    letters.flat_map(char::to_lowercase).collect()
}
