//! Members of an object, each still as it was written.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::DecodeError;

/// Levels of nesting a body may have (W-21); also keeps every recursion here shallow.
const DEPTH_MAX: usize = 128;

/// Members of an object in the order they were written, repeated names included.
pub(super) struct Members<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(24);
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Text).map(Name)
    }
}

/// The body as text, not nested too deeply.
pub(super) fn checked_text(body: &[u8]) -> Result<&str, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|_| DecodeError::body("not UTF-8"))?;
    if depth_exceeds(body, DEPTH_MAX) {
        return Err(DecodeError::body("nested too deeply"));
    }
    Ok(text)
}

/// Members of the object `raw`; an error at `field` where it is none.
pub(super) fn members<'a>(field: &str, raw: &'a RawValue) -> Result<Members<'a>, DecodeError> {
    serde_json::from_str(raw.get()).map_err(|_| DecodeError::new(field, "expected an object"))
}

/// Elements of the list `raw`; a single object counts as a list of one (DC-12).
pub(super) fn elements<'a>(
    field: &str,
    raw: &'a RawValue,
) -> Result<Vec<&'a RawValue>, DecodeError> {
    if raw.get().starts_with('{') {
        return Ok(vec![raw]);
    }
    serde_json::from_str(raw.get()).map_err(|_| DecodeError::new(field, "expected a list"))
}

/// The value of member `root` of the object `text`; null and absent are an error.
pub(super) fn root<'a>(text: &'a str, root: &str) -> Result<&'a RawValue, DecodeError> {
    let Members(outer) =
        serde_json::from_str(text).map_err(|error| DecodeError::body(plain(&error)))?;
    let value = outer.into_iter().rev().find(|(name, _)| name == root).map(|(_, raw)| raw);
    match value {
        Some(raw) if raw.get() != "null" => Ok(raw),
        _ => Err(DecodeError::new(root, "missing")),
    }
}

/// Where and why parsing stopped, without the parser's own type names.
pub(super) fn plain(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Eof => "ends too early",
        Category::Syntax | Category::Io => "not valid JSON",
        Category::Data => "expected an object",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

fn depth_exceeds(body: &[u8], max: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for &byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth = depth.saturating_add(1),
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > max {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_of_texts() {
        assert!(checked_text("[".repeat(128).as_bytes()).is_ok());
        assert!(checked_text("[".repeat(129).as_bytes()).is_err());
        let text = format!("\"\\\"{}\"", "[".repeat(500));
        assert!(checked_text(text.as_bytes()).is_ok());
        assert!(checked_text(&[b'"', 0xff, b'"']).is_err());
    }

    #[test]
    fn a_root_must_be_there_and_not_null() {
        assert!(root("{\"instance\":{}}", "instance").is_ok());
        assert!(root("{\"instance\":null}", "instance").is_err());
        assert!(root("{}", "instance").is_err());
        assert!(root("[]", "instance").is_err());
        assert!(root("{", "instance").is_err());
    }
}
