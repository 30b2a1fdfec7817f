//! Configuration as a tree: what the reader of files hands over, names compared loosely.
//!
//! `allowed-origins`, `allowedOrigins` and `allowed_origins` are one name (CF-7). Texts stay as
//! written: an argument that looks like a number keeps its digits (CF-12).

use std::collections::BTreeMap;

use crate::Origin;

/// One value under its full name, e.g. `routes[0].predicates[1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Dotted name, list positions and literal keys in brackets.
    pub path: String,
    /// Text with placeholders replaced; empty for nothing, an empty list or an empty map.
    pub value: String,
    /// Where it was written.
    pub origin: Origin,
}

/// What stands at a place of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, number or switch as written.
    Text(String),
    /// Elements in order.
    List(Vec<Node>),
    /// Entries in the order written, names as written.
    Map(Vec<(String, Node)>),
}

/// A place of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it, or the first thing in it, was written.
    pub origin: Origin,
    /// What it is.
    pub value: Value,
}

impl Default for Node {
    fn default() -> Self {
        Self { origin: Origin::unknown(), value: Value::Map(Vec::new()) }
    }
}

impl Node {
    /// The tree of flat properties. Their order is the order of entries; later ones win.
    #[must_use]
    pub fn from_properties(properties: impl IntoIterator<Item = Property>) -> Self {
        let mut root = Build::default();
        for property in properties {
            root.put(&property);
        }
        root.finish()
    }

    /// A text without a place.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self { origin: Origin::unknown(), value: Value::Text(text.to_owned()) }
    }

    /// The place at a dotted name, each part in any spelling; the last of equal names counts.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, part| {
            let wanted = canonical(part);
            let mut entries = node.entries().iter().rev();
            entries.find(|(name, _)| canonical(name) == wanted).map(|(_, node)| node)
        })
    }

    /// The text; `None` for a list, a map and an empty text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The text at a dotted name.
    #[must_use]
    pub fn text_at(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(Self::text)
    }

    /// Entries of a map; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// Elements of a list; values of a map; none of an empty text, else the text itself.
    #[must_use]
    pub fn items(&self) -> Vec<&Self> {
        match &self.value {
            Value::List(items) => items.iter().collect(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node).collect(),
            Value::Text(text) if text.trim().is_empty() => Vec::new(),
            Value::Text(_) => vec![self],
        }
    }

    /// Texts of a list, or of one text with commas.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let pieces = self.items().into_iter().filter_map(Self::text);
        let split = pieces.flat_map(|text| text.split(','));
        split.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// Texts of a list at a dotted name; none if it is not there.
    #[must_use]
    pub fn texts_at(&self, path: &str) -> Vec<String> {
        self.get(path).map(Self::texts).unwrap_or_default()
    }
}

/// Lower case, without dashes and underscores.
pub(crate) fn canonical(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Index(usize),
    Name(String),
}

/// Parts of a dotted name; dots inside brackets belong to the part.
fn parts(path: &str) -> Vec<Part> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some((inner, after)) =
            rest.strip_prefix('[').and_then(|inside| inside.split_once(']'))
        {
            found.push(match inner.parse() {
                Ok(index) => Part::Index(index),
                Err(_) => Part::Name(inner.to_owned()),
            });
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end =
            rest.get(1..).and_then(|tail| tail.find(['.', '['])).map_or(rest.len(), |at| at + 1);
        let (name, after) = rest.split_at(end);
        found.push(Part::Name(name.trim_start_matches('.').to_owned()));
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    found
}

#[derive(Default)]
struct Build {
    origin: Origin,
    text: String,
    children: Vec<(Part, Self)>,
    places: BTreeMap<Part, usize>,
}

impl Build {
    fn put(&mut self, property: &Property) {
        let mut at = self;
        for part in parts(&property.path) {
            if !at.origin.is_known() {
                at.origin = property.origin.clone();
            }
            let fresh = at.children.len();
            let place = *at.places.entry(part.clone()).or_insert(fresh);
            if place == fresh {
                at.children.push((part, Self::default()));
            }
            let Some((_, child)) = at.children.get_mut(place) else { return };
            at = child;
        }
        at.origin = property.origin.clone();
        at.text.clone_from(&property.value);
    }

    fn finish(mut self) -> Node {
        let is_list = self.children.iter().any(|(part, _)| matches!(part, Part::Index(_)));
        let value = if self.children.is_empty() {
            Value::Text(self.text)
        } else if is_list {
            self.children.sort_by(|left, right| left.0.cmp(&right.0));
            Value::List(self.children.into_iter().map(|(_, child)| child.finish()).collect())
        } else {
            let entries = self.children.into_iter().map(|(part, child)| {
                let name = match part {
                    Part::Index(index) => index.to_string(),
                    Part::Name(name) => name,
                };
                (name, child.finish())
            });
            Value::Map(entries.collect())
        };
        Node { origin: self.origin, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(pairs: &[(&str, &str)]) -> Node {
        Node::from_properties(pairs.iter().enumerate().map(|(line, (path, value))| Property {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::new(&format!("a.yml:{line}")),
        }))
    }

    #[test]
    fn lists_keep_their_positions_in_whatever_order_they_come() {
        let tree = tree(&[("r[10].id", "k"), ("r[2].id", "b"), ("r[0].id", "a")]);
        let ids: Vec<_> =
            tree.get("r").unwrap().items().iter().map(|r| r.text_at("id").unwrap()).collect();
        assert_eq!(ids, ["a", "b", "k"]);
    }

    #[test]
    fn names_are_compared_loosely_and_bracketed_keys_kept() {
        let tree = tree(&[
            ("globalCors.cors-configurations.[/a.b/**].allowed_origins[0]", "x"),
            ("globalCors.cors-configurations.[/**].max-age", "3"),
        ]);
        let paths = tree.get("global-cors.corsConfigurations").unwrap().entries();
        assert_eq!(paths[0].0, "/a.b/**");
        assert_eq!(paths[0].1.texts_at("allowedOrigins"), ["x"]);
        assert_eq!(paths[1].1.get("maxAge").unwrap().origin.to_string(), "a.yml:1");
    }

    #[test]
    fn a_text_is_a_list_of_its_pieces() {
        assert_eq!(tree(&[("a", "x, y,,z")]).texts_at("a"), ["x", "y", "z"]);
        assert!(tree(&[("a", "")]).get("a").unwrap().items().is_empty());
    }
}
