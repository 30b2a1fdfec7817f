//! Members of an object, each still as it was written.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::DecodeError;

/// Levels of nesting a body may have (W-21); also keeps every recursion here shallow.
const DEPTH_MAX: usize = 128;

/// Members an object may have. A member of a few bytes costs ten times that here.
const MEMBERS_MAX: usize = 20_000;

/// Elements that a list of applications or instances may have.
pub(super) const ELEMENTS_MAX: usize = 1_000_000;

/// Members of an object in the order they were written, repeated names included; at most one more
/// than an object may have.
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
                    if members.len() > MEMBERS_MAX {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        members.push((name, map.next_value()?));
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Members)
    }
}

/// Elements of a list, at most one more than `max`.
struct Elements {
    max: usize,
}

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while elements.len() <= self.max {
            match list.next_element()? {
                Some(element) => elements.push(element),
                None => return Ok(elements),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(elements)
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

/// Members of the object `raw`; an error at `field` where it is none, or has too many.
pub(super) fn members<'a>(field: &str, raw: &'a RawValue) -> Result<Members<'a>, DecodeError> {
    let Ok(members) = serde_json::from_str::<Members<'a>>(raw.get()) else {
        return Err(DecodeError::new(field, "expected an object"));
    };
    if members.0.len() > MEMBERS_MAX {
        return Err(DecodeError::new(field, format!("more than {MEMBERS_MAX} members")));
    }
    Ok(members)
}

/// Elements of the list `raw`, `max` at most; a single object counts as a list of one (DC-12).
pub(super) fn elements<'a>(
    field: &str,
    raw: &'a RawValue,
    max: usize,
) -> Result<Vec<&'a RawValue>, DecodeError> {
    if raw.get().starts_with('{') {
        return Ok(vec![raw]);
    }
    let mut reader = serde_json::Deserializer::from_str(raw.get());
    let Ok(elements) = (Elements { max }).deserialize(&mut reader) else {
        return Err(DecodeError::new(field, "expected a list"));
    };
    if elements.len() > max {
        return Err(DecodeError::new(field, format!("more than {max} elements")));
    }
    Ok(elements)
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
