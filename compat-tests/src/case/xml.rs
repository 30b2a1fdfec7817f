//! XML documents as trees of elements.

use anyhow::{Context, Result, bail};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

/// An element: what a reader of the document learns from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Name as written.
    pub(super) tag: String,
    /// Attributes in their order.
    pub(super) attributes: Vec<(String, String)>,
    /// Text before the first child element, unescaped.
    pub(super) text: String,
    /// Child elements in their order.
    pub(super) children: Vec<Self>,
}

impl Element {
    /// Text of the first child named `tag`.
    pub(super) fn child_text(&self, tag: &str) -> Option<&str> {
        self.children.iter().find(|child| child.tag == tag).map(|child| child.text.as_str())
    }
}

/// Reads a document; strict, because a lenient reader would not see what a client stumbles over.
///
/// # Errors
///
/// When `text` is not one well-formed XML 1.0 document, or refers to entities other than the five.
pub(super) fn parse(text: &str) -> Result<Element> {
    check_characters(text)?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event()? {
            Event::Start(tag) => open.push(element(&tag)?),
            Event::Empty(tag) => close(element(&tag)?, &mut open, &mut root)?,
            Event::End(_) => {
                let done = open.pop().context("an end tag without a start")?;
                close(done, &mut open, &mut root)?;
            }
            Event::Text(text) if text.contains("]]>") => bail!("a bare ]]> in {text:?}"),
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) if open.is_empty() => bail!("{text:?} outside of the root"),
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => append(&mut open, resolve(&reference)?.as_str())?,
            Event::Eof => break,
            Event::DocType(_) => bail!("a document type is not expected here"),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if let Some(unclosed) = open.last() {
        bail!("<{}> is not closed", unclosed.tag);
    }
    root.context("there is no element")
}

/// The characters that XML 1.0 forbids even when escaped.
fn check_characters(text: &str) -> Result<()> {
    match text.chars().find(|letter| !is_allowed(*letter)) {
        Some(letter) => bail!("{letter:?} is not an XML character"),
        None => Ok(()),
    }
}

const fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn element(tag: &BytesStart<'_>) -> Result<Element> {
    let name = checked_name(tag.name().0)?;
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute?;
        if attribute.value.contains('<') {
            bail!("a bare < in {:?}", attribute.value);
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0)?.into_owned();
        attributes.push((checked_name(attribute.key.0)?, value));
    }
    Ok(Element { tag: name, attributes, ..Element::default() })
}

/// A name as XML allows it (letters beyond ASCII are not looked at closely).
fn checked_name(name: &str) -> Result<String> {
    let starts_well =
        name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_' || it >= '\u{c0}');
    let goes_on = |it: char| it.is_ascii_alphanumeric() || "_-.:".contains(it) || it >= '\u{b7}';
    if !starts_well || !name.chars().all(goes_on) {
        bail!("{name:?} is not an XML name");
    }
    Ok(name.to_owned())
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<()> {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None if root.is_some() => bail!("<{}> is a second root", done.tag),
        None => *root = Some(done),
    }
    Ok(())
}

fn append(open: &mut [Element], text: &str) -> Result<()> {
    match open.last_mut() {
        Some(parent) if parent.children.is_empty() => parent.text.push_str(text),
        Some(_) => {}
        None if text.trim().is_empty() => {}
        None => bail!("{text:?} outside of the root"),
    }
    Ok(())
}

fn resolve(reference: &BytesRef<'_>) -> Result<String> {
    let known = match &**reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        other => match reference.resolve_char_ref()? {
            Some(letter) if is_allowed(letter) => letter,
            _ => bail!("&{other}; is not known"),
        },
    };
    Ok(known.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_becomes_a_tree() {
        let tree =
            parse("<a x='1' y=\"&lt;\">\n  t&amp;u&#xd;\r\n<![CDATA[<]]><b/>tail<c>é</c></a>\n")
                .unwrap();

        assert_eq!(tree.attributes, [("x".into(), "1".into()), ("y".into(), "<".into())]);
        assert_eq!(tree.text, "\n  t&u\r\n<");
        assert_eq!(tree.children.len(), 2);
        assert_eq!(tree.child_text("c"), Some("é"));
    }

    #[test]
    fn what_a_strict_reader_refuses_is_an_error() {
        let broken = [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a>&nbsp;</a>",
            "<a>&#0;</a>",
            "<a>&</a>",
            "<a>\u{1}</a>",
            "<a b></a>",
            "<a b=1/>",
            "<a b='' b=''/>",
            "<1/>",
            "<a$b/>",
            "<!DOCTYPE a><a/>",
            "<a b='<'/>",
            "<a>]]></a>",
        ];

        for text in broken {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
