//! Registrations as XML: the document that a client of the XML representation would send.

use std::fmt::Write as _;

use crate::case::Value;

/// The XML of an object with one member, which names the root.
pub(super) fn render(document: &Value) -> String {
    let mut out = String::new();
    for (name, value) in document.members() {
        element(&mut out, name, value, "");
    }
    out
}

fn element(out: &mut String, name: &str, value: &Value, parent: &str) {
    // Null members are left out, as no client writes them.
    if *value == Value::Null {
        return;
    }
    let tag = if parent == "metadata" { escape_name(name) } else { name.to_owned() };
    let mut attributes = String::new();
    let mut content = String::new();
    match value {
        Value::Object(members) => {
            for (member, inner) in members {
                match member.as_str() {
                    "@class" => push_attribute(&mut attributes, "class", inner),
                    "@enabled" => push_attribute(&mut attributes, "enabled", inner),
                    "$" => push_text(&mut content, &plain(inner)),
                    _ => element(&mut content, member, inner, name),
                }
            }
        }
        Value::List(elements) => {
            elements.iter().for_each(|inner| element(out, name, inner, parent));
            return;
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Fraction(_) | Value::Text(_) => {
            push_text(&mut content, &plain(value));
        }
    }
    // Writing to a string cannot fail.
    write!(out, "<{tag}{attributes}>{content}</{tag}>").unwrap_or_default();
}

fn push_attribute(attributes: &mut String, name: &str, value: &Value) {
    let mut text = String::new();
    push_text(&mut text, &plain(value));
    write!(attributes, " {name}=\"{text}\"").unwrap_or_default();
}

fn plain(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_string(), str::to_owned)
}

fn push_text(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xd;"),
            _ => out.push(letter),
        }
    }
}

/// A key of a map as an element name (`DM-3`).
fn escape_name(key: &str) -> String {
    let mut name = String::new();
    for (index, letter) in key.chars().enumerate() {
        let is_fine = letter.is_ascii_alphabetic()
            || (index > 0 && (letter.is_ascii_digit() || letter == '-' || letter == '.'));
        match letter {
            '_' => name.push_str("__"),
            '$' => name.push_str("_-"),
            _ if is_fine => name.push(letter),
            _ => write!(name, "_.{:04x}", u32::from(letter)).unwrap_or_default(),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_becomes_the_document_that_a_client_sends() {
        let instance = Value::parse(
            r#"{"instance": {"app": "A&B", "sid": null, "port": {"$": 80, "@enabled": "true"},
                "dataCenterInfo": {"@class": "x", "name": "MyOwn"}, "countryId": 1,
                "metadata": {"a_b c$": "<", "1": ""}}}"#,
        );

        assert_eq!(
            render(&instance.unwrap()),
            "<instance><app>A&amp;B</app><port enabled=\"true\">80</port>\
             <dataCenterInfo class=\"x\"><name>MyOwn</name></dataCenterInfo><countryId>1</countryId>\
             <metadata><a__b_.0020c_->&lt;</a__b_.0020c_-><_.0031></_.0031></metadata></instance>"
        );
    }
}
