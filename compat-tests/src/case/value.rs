//! A JSON document that remembers the order of its members.

use std::fmt::{self, Write as _};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value. Integers and fractions are different values, as they are on the wire.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`, or nothing at all.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number without fraction or exponent.
    Integer(i128),
    /// Any other number.
    Fraction(f64),
    /// Text.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object; names are unique, in document order.
    Object(Vec<(String, Self)>),
}

impl Value {
    /// A text value.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Reads a JSON document. Of a repeated name the last value counts, at the place of the first.
    ///
    /// # Errors
    ///
    /// When `text` is not one JSON document.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Member `name` of an object; `None` for other values.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Member `name` of an object, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Object(members) => {
                members.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value)
            }
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Fraction(_)
            | Self::Text(_)
            | Self::List(_) => None,
        }
    }

    /// An object of these members.
    #[must_use]
    pub fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, it)| (name.to_owned(), it)).collect())
    }

    /// Gives member `name` of an object this value, adding it at the end if it is new. Other values
    /// stay as they are.
    pub fn set(&mut self, name: &str, value: impl Into<Self>) {
        let value = value.into();
        if let Some(slot) = self.get_mut(name) {
            *slot = value;
        } else if let Self::Object(members) = self {
            members.push((name.to_owned(), value));
        }
    }

    /// Takes member `name` out of an object.
    pub fn remove(&mut self, name: &str) {
        if let Self::Object(members) = self {
            members.retain(|(key, _)| key != name);
        }
    }

    /// Members of an object in document order; none for other values.
    #[must_use]
    pub fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Fraction(_)
            | Self::Text(_)
            | Self::List(_) => &[],
        }
    }

    /// Elements of an array; none for other values.
    #[must_use]
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::List(elements) => elements,
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Fraction(_)
            | Self::Text(_)
            | Self::Object(_) => &[],
        }
    }

    /// The text of a text value.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Fraction(_)
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }

    /// The document with sorted names and only ASCII characters: equal for equal values, and in the
    /// order that the records were sorted by.
    #[must_use]
    pub fn sort_key(&self) -> String {
        let mut key = String::new();
        self.write(&mut key, &Style { sorted: true, ascii: true });
        key
    }

    fn write(&self, out: &mut String, style: &Style) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Integer(number) => out.push_str(&number.to_string()),
            Self::Fraction(number) => out.push_str(&format!("{number:?}")),
            Self::Text(text) => write_text(out, text, style),
            Self::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    element.write(out, style);
                }
                out.push(']');
            }
            Self::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                if style.sorted {
                    members.sort_by(|(one, _), (other, _)| one.cmp(other));
                }
                out.push('{');
                for (index, (name, value)) in members.into_iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    write_text(out, name, style);
                    out.push_str(": ");
                    value.write(out, style);
                }
                out.push('}');
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i128> for Value {
    fn from(number: i128) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// The JSON document, members in their order.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text, &Style { sorted: false, ascii: false });
        formatter.write_str(&text)
    }
}

struct Style {
    sorted: bool,
    ascii: bool,
}

fn write_text(out: &mut String, text: &str, style: &Style) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ if letter < ' ' || (style.ascii && letter > '~') => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    write!(out, "\\u{unit:04x}").unwrap_or_default();
                }
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Integer(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Fraction(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some((_, slot)) => *slot = value,
                None => members.push((name, value)),
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_the_last_of_a_repeated_name_counts() {
        let value = Value::parse(r#"{"b": 1, "a": {"z": null, "y": [1.0, true]}, "b": "x"}"#);

        assert_eq!(value.unwrap().to_string(), r#"{"b": "x", "a": {"z": null, "y": [1.0, true]}}"#);
    }

    #[test]
    fn sort_keys_are_sorted_and_ascii() {
        let value = Value::parse(r#"{"b": "é\n\u0001😀~\u007f", "a": -1}"#).unwrap();

        assert_eq!(value.sort_key(), r#"{"a": -1, "b": "\u00e9\n\u0001\ud83d\ude00~\u007f"}"#);
    }

    #[test]
    fn what_is_not_one_document_is_an_error() {
        for broken in ["", "{", "{} {}", "[1,]", "{\"a\"}", "nul"] {
            assert!(Value::parse(broken).is_err(), "{broken:?}");
        }
    }
}
