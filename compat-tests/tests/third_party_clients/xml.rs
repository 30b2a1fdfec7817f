//! Instances of an XML document as flat maps: `port` → `8080`, `port@enabled` → `true`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// One instance: names of its fields, nested ones joined by `/`, attributes after `@`.
pub(crate) type Fields = BTreeMap<String, String>;

/// Every `<instance>` of the document, in its order.
pub(crate) fn instances(document: &str) -> Result<Vec<Fields>> {
    let mut reader = Reader::from_str(document);
    let mut found = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    // An element without children is a field, however empty its text.
    let mut is_field = false;
    loop {
        match reader.read_event().context("reading XML")? {
            Event::Start(start) => {
                enter(&start, &mut path, &mut found)?;
                is_field = true;
                text.clear();
            }
            Event::Empty(start) => {
                enter(&start, &mut path, &mut found)?;
                path.pop();
                is_field = false;
            }
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(entity) => text.push_str(&resolve(&entity)?),
            Event::End(_) => {
                if let (Some(fields), Some(key)) = (found.last_mut(), key(&path))
                    && is_field
                {
                    fields.insert(key, text.clone());
                }
                path.pop();
                is_field = false;
            }
            Event::Eof => return Ok(found),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::CData(_) | Event::DocType(_) => bail!("no server writes such XML"),
        }
    }
}

/// Goes into an element and notes its attributes.
fn enter(start: &BytesStart<'_>, path: &mut Vec<String>, found: &mut Vec<Fields>) -> Result<()> {
    let name = start.name().0.to_owned();
    if name == "instance" {
        found.push(Fields::new());
    }
    path.push(name);
    for attribute in start.attributes() {
        let attribute = attribute?;
        let name = attribute.key.0.to_owned();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?.into_owned();
        if let (Some(fields), Some(key)) = (found.last_mut(), key(path)) {
            fields.insert(format!("{key}@{name}"), value);
        }
    }
    Ok(())
}

/// What `&name;` or `&#number;` stands for.
fn resolve(entity: &BytesRef<'_>) -> Result<String> {
    if let Some(character) = entity.resolve_char_ref()? {
        return Ok(character.into());
    }
    let known = quick_xml::escape::resolve_xml_entity(entity);
    known.map(str::to_owned).with_context(|| format!("the entity {entity:?} is not defined"))
}

/// Name of a field within its instance; `None` outside of one.
fn key(path: &[String]) -> Option<String> {
    let start = path.iter().position(|name| name == "instance")? + 1;
    path.get(start..).filter(|names| !names.is_empty()).map(|names| names.join("/"))
}

#[test]
fn fields_and_attributes_are_flat() -> Result<()> {
    let document = "<application><name>X</name><instance>\n  <port enabled=\"true\">81</port>\n  \
        <metadata><team>a &amp; b</team></metadata><sid></sid></instance><instance>\
        <metadata class=\"Empty\"/></instance></application>";

    let found = instances(document)?;

    let first = [("metadata/team", "a & b"), ("port", "81"), ("port@enabled", "true"), ("sid", "")];
    let first = first.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let second = [("metadata@class".to_owned(), "Empty".to_owned())];
    assert_eq!(found, [Fields::from(first), Fields::from(second)]);
    Ok(())
}
