//! YAML files as flat properties with the line of each.
//!
//! Bounded against hostile or broken files: size, depth, number of values, and what aliases expand
//! to. Source: Spring's `YamlProcessor` (flattening), YAML 1.2 (syntax), YAML 1.1 (merge keys).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::error::ConfigError;
use super::files::VALUES_MAX;
use super::origin::{Origin, Property};

/// Levels of nesting beyond which a file is refused.
const DEPTH_MAX: usize = 32;
/// Bytes of names and values beyond which a file is refused, aliases expanded.
const EXPANDED_BYTES_MAX: usize = 8 << 20;

/// One node of a document, shared by the aliases that point at it.
enum Node {
    Scalar(String),
    List(Vec<Entry>),
    Map(Vec<(String, Entry)>),
}

#[derive(Clone)]
struct Entry {
    line: usize,
    node: Rc<Node>,
}

/// Reads every document of a file. An empty document has no properties.
///
/// # Errors
/// A syntax error, a duplicate key, a key that is not a scalar, or a limit that is exceeded.
pub(super) fn read(path: &str, text: &str) -> Result<Vec<Vec<Property>>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        Reader { path, events: Parser::new_from_str(text), anchors: BTreeMap::new(), nodes: 0 };
    let mut documents = Vec::new();
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(documents),
            Event::Alias(_)
            | Event::Scalar(..)
            | Event::SequenceStart(..)
            | Event::MappingStart(..) => {
                let root = reader.node(event, span, 0)?;
                let mut flat = Flat { path, bytes: 0, properties: Vec::new() };
                if let Node::Scalar(value) = &*root.node {
                    if !value.is_empty() {
                        let problem = "a configuration file holds `key: value` lines";
                        return Err(reader.error(root.line, problem));
                    }
                } else {
                    flat.add("", &root)?;
                }
                documents.push(flat.properties);
                reader.anchors.clear();
            }
            Event::StreamStart
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd
            | Event::Nothing => {}
        }
    }
}

struct Reader<'a> {
    path: &'a str,
    events: Parser<'a, StrInput<'a>>,
    anchors: BTreeMap<usize, Rc<Node>>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, line: usize, problem: impl Into<String>) -> ConfigError {
        ConfigError::at(&Origin::File { path: self.path.to_owned(), line }, problem)
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ConfigError> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let problem = format!("not valid YAML: {}", error.info());
                Err(self.error(error.marker().line(), problem))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Entry, ConfigError> {
        let line = span.start.line();
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > VALUES_MAX.saturating_mul(2) {
            return Err(self.error(line, format!("more than {VALUES_MAX} values")));
        }
        if depth > DEPTH_MAX {
            return Err(self.error(line, format!("nested more than {DEPTH_MAX} levels deep")));
        }
        let (anchor, node) = match event {
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id) else {
                    return Err(self.error(line, "an alias of something around it"));
                };
                return Ok(Entry { line, node: Rc::clone(node) });
            }
            Event::Scalar(text, style, anchor, _) => (anchor, Node::Scalar(scalar(&text, style))),
            Event::SequenceStart(anchor, _) => (anchor, self.list(depth)?),
            Event::MappingStart(anchor, _) => (anchor, self.map(depth)?),
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd
            | Event::Nothing => return Err(self.error(line, "not valid YAML: a value is missing")),
        };
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        Ok(Entry { line, node })
    }

    fn list(&mut self, depth: usize) -> Result<Node, ConfigError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                return Ok(Node::List(items));
            }
            items.push(self.node(event, span, depth.saturating_add(1))?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Node, ConfigError> {
        let mut own: Vec<(String, Entry)> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut merged = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let line = span.start.line();
            let Event::Scalar(key, style, ..) = event else {
                return Err(self.error(line, "a key must be a plain text"));
            };
            let (event, value_span) = self.next()?;
            let mut value = self.node(event, value_span, depth.saturating_add(1))?;
            if key == "<<" && style == ScalarStyle::Plain {
                merged.push(value);
                continue;
            }
            if !seen.insert(key.to_string()) {
                return Err(self.error(line, format!("{key} is given twice in the same place")));
            }
            // Faults are shown at the key: a value may begin lines below it.
            value.line = line;
            own.push((key.into_owned(), value));
        }
        for entry in &merged {
            self.merge(entry, &mut own, &mut seen)?;
        }
        Ok(Node::Map(own))
    }

    /// `<<: *defaults` adds the keys that the map does not have itself.
    fn merge(
        &self,
        from: &Entry,
        into: &mut Vec<(String, Entry)>,
        seen: &mut BTreeSet<String>,
    ) -> Result<(), ConfigError> {
        match &*from.node {
            Node::Map(entries) => {
                for (key, value) in entries {
                    if seen.insert(key.clone()) {
                        into.push((key.clone(), value.clone()));
                    }
                }
                Ok(())
            }
            Node::List(items) => items.iter().try_for_each(|item| self.merge(item, into, seen)),
            Node::Scalar(_) => Err(self.error(from.line, "`<<` takes a map or a list of maps")),
        }
    }
}

/// A plain null is an empty text, as in Spring; digit groups of YAML 1.1 numbers are joined.
fn scalar(text: &str, style: ScalarStyle) -> String {
    if style != ScalarStyle::Plain {
        return text.to_owned();
    }
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    match text {
        "~" | "null" | "Null" | "NULL" => String::new(),
        _ if is_number => text.replace('_', ""),
        _ => text.to_owned(),
    }
}

struct Flat<'a> {
    path: &'a str,
    bytes: usize,
    properties: Vec<Property>,
}

impl Flat<'_> {
    fn add(&mut self, name: &str, entry: &Entry) -> Result<(), ConfigError> {
        match &*entry.node {
            Node::Scalar(value) => self.push(name, value, entry.line),
            Node::List(items) if items.is_empty() => self.push(name, "", entry.line),
            Node::Map(entries) if entries.is_empty() && !name.is_empty() => {
                self.push(name, "", entry.line)
            }
            Node::List(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| self.add(&format!("{name}[{index}]"), item)),
            Node::Map(entries) => entries.iter().try_for_each(|(key, value)| {
                let full = if name.is_empty() || key.starts_with('[') {
                    format!("{name}{key}")
                } else {
                    format!("{name}.{key}")
                };
                self.add(&full, value)
            }),
        }
    }

    fn push(&mut self, name: &str, value: &str, line: usize) -> Result<(), ConfigError> {
        let origin = Origin::File { path: self.path.to_owned(), line };
        self.bytes = self.bytes.saturating_add(name.len()).saturating_add(value.len());
        if self.properties.len() >= VALUES_MAX || self.bytes > EXPANDED_BYTES_MAX {
            let problem = format!(
                "more than {VALUES_MAX} values or {EXPANDED_BYTES_MAX} bytes once aliases are \
                 expanded"
            );
            return Err(ConfigError::at(&origin, problem));
        }
        self.properties.push(Property { name: name.to_owned(), value: value.to_owned(), origin });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
