//! A small tree of elements, read with limits: no DTD, no entities but the five, bounded depth.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::DecodeError;

/// Levels of nesting a body may have (W-22).
const DEPTH_MAX: usize = 64;
/// Elements of one instance. An element of a few bytes costs a hundred here.
pub(super) const INSTANCE_ELEMENTS_MAX: usize = 20_000;
/// Elements of a list.
pub(super) const LIST_ELEMENTS_MAX: usize = 10_000_000;
/// Attributes an element may have.
const ATTRIBUTES_MAX: usize = 16;

/// An element with its text up to the first child, its attributes and its children.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
    pub(super) children: Vec<Self>,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a document of `elements_max` elements at most, in UTF-8 or, where it says so, ISO-8859-1
/// (W-25).
pub(super) fn parse(body: &[u8], elements_max: usize) -> Result<Element, DecodeError> {
    let text = to_text(body)?;
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let mut builder = Builder { elements_left: elements_max, ..Builder::default() };
    loop {
        match reader.read_event().map_err(|_| DecodeError::body("not well-formed XML"))? {
            Event::Start(start) => builder.open(&start)?,
            Event::End(_) => builder.close(),
            Event::Text(text) => builder.text(&text.xml10_content())?,
            Event::CData(text) => builder.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => builder.text(resolve(&reference)?.as_str())?,
            Event::DocType(_) => {
                return Err(DecodeError::body("a document type is not accepted"));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
            Event::Eof => return builder.finish(),
        }
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    elements_left: usize,
}

impl Builder {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), DecodeError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(DecodeError::body("nested too deeply"));
        }
        let Some(left) = self.elements_left.checked_sub(1) else {
            return Err(DecodeError::body("too many elements"));
        };
        self.elements_left = left;
        if self.root.is_some() {
            return Err(DecodeError::body("more than one root element"));
        }
        let name = start.name().as_ref().to_owned();
        let mut element = Element { name, ..Element::default() };
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|_| DecodeError::body("an attribute is not well-formed"))?;
            if element.attributes.len() >= ATTRIBUTES_MAX {
                return Err(DecodeError::body("too many attributes"));
            }
            let value = attribute.value.to_string();
            element.attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) {
        if let Some(done) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(done),
                None => self.root = Some(done),
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<(), DecodeError> {
        match self.open.last_mut() {
            // Behind the first child there is only the layout of the document.
            Some(element) if element.children.is_empty() => element.text.push_str(text),
            None if !text.trim().is_empty() => {
                return Err(DecodeError::body("text outside of the root element"));
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, DecodeError> {
        match (self.root, self.open.is_empty()) {
            (Some(root), true) => Ok(root),
            _ => Err(DecodeError::body("ends too early")),
        }
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, DecodeError> {
    let unknown = || DecodeError::body("an entity other than the five of XML");
    if let Some(character) = reference.resolve_char_ref().map_err(|_| unknown())? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    let text = quick_xml::escape::resolve_xml_entity(&name).ok_or_else(unknown)?;
    Ok(text.to_owned())
}

fn to_text(body: &[u8]) -> Result<String, DecodeError> {
    if body.starts_with(&[0xfe, 0xff]) || body.starts_with(&[0xff, 0xfe]) {
        return Err(DecodeError::body("encoded in UTF-16; UTF-8 is expected"));
    }
    let body = body.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(body);
    match declared_encoding(body).as_deref() {
        Some("iso-8859-1" | "latin1") => Ok(body.iter().map(|&byte| char::from(byte)).collect()),
        None | Some("utf-8" | "utf8" | "us-ascii") => {
            String::from_utf8(body.to_vec()).map_err(|_| DecodeError::body("not UTF-8"))
        }
        Some(_) => Err(DecodeError::body("declares an encoding other than UTF-8")),
    }
}

/// Encoding named in the declaration, lower case.
fn declared_encoding(body: &[u8]) -> Option<String> {
    let head = body.strip_prefix(b"<?xml")?;
    let end = head.iter().take(256).position(|&byte| byte == b'>')?;
    let head = head.get(..end)?.to_ascii_lowercase();
    let head = String::from_utf8(head).ok()?;
    let (_, value) = head.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(value.get(1..)?.split(quote).next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_texts_attributes_and_references() {
        let body = b"<?xml version='1.0'?><!-- x --><a k=\"v\">1 &lt;&#x41;<![CDATA[<]]><b/> </a>";
        let root = parse(body, 1000).unwrap();
        assert_eq!((root.name.as_str(), root.text.as_str()), ("a", "1 <A<"));
        assert_eq!(root.attribute("k"), Some("v"));
        assert_eq!(root.children.len(), 1);
    }

    #[test]
    fn transcodes_latin_1_and_refuses_other_encodings() {
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe9</a>";
        assert_eq!(parse(latin, 1000).unwrap().text, "é");
        assert!(parse(b"<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", 1000).is_err());
        assert!(parse(b"\xff\xfe<\0a\0", 1000).is_err());
        assert!(parse(b"<a>\xe9</a>", 1000).is_err());
    }

    #[test]
    fn refuses_types_entities_depth_and_broken_documents() {
        for body in [
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&x;</a>",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "hello",
            "",
            "<a/>text",
        ] {
            assert!(parse(body.as_bytes(), 1000).is_err(), "{body}");
        }
        let nested = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        assert!(parse(nested(64).as_bytes(), 1000).is_ok());
        assert!(parse(nested(65).as_bytes(), 1000).is_err());
    }

    #[test]
    fn counts_elements() {
        let wide = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
        assert!(parse(wide(999).as_bytes(), 1000).is_ok());
        assert!(parse(wide(1000).as_bytes(), 1000).is_err());
    }
}
