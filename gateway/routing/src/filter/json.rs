//! Attributes that are taken out of JSON bodies (FO-9).
//!
//! Everything that stays keeps its bytes: numbers their digits, members their order.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, header};
use serde::Deserializer as _;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Levels of nesting below which nothing is taken out.
pub const JSON_DEPTH_MAX: usize = 64;

/// Which attributes go.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonAttributes {
    top: Vec<Box<str>>,
    everywhere: Vec<Box<str>>,
}

impl JsonAttributes {
    pub(crate) fn new(names: &[&str], recursive: bool) -> Self {
        let names = names.iter().map(|name| Box::from(*name)).collect();
        let (top, everywhere) = if recursive { (Vec::new(), names) } else { (names, Vec::new()) };
        Self { top, everywhere }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.top.extend(other.top.iter().cloned());
        self.everywhere.extend(other.everywhere.iter().cloned());
    }

    /// The body without them; `None` if it is not JSON or nothing went.
    pub(crate) fn remove_from(&self, body: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(body).ok()?;
        let mut out = String::with_capacity(text.len());
        let changed = self.write(text.trim(), true, 0, &mut out)?;
        changed.then(|| out.into_bytes())
    }

    /// Writes a value; whether it differs. `None` if it is not JSON.
    fn write(&self, text: &str, is_top: bool, depth: usize, out: &mut String) -> Option<bool> {
        let goes_deeper = depth < JSON_DEPTH_MAX && (is_top || !self.everywhere.is_empty());
        let deeper = depth.saturating_add(1);
        let mut changed = false;
        if text.starts_with('{') && goes_deeper {
            let members = serde_json::Deserializer::from_str(text).deserialize_map(Members).ok()?;
            let mut separator = '{';
            for (name, value) in &members {
                let is = |list: &[Box<str>]| list.iter().any(|own| **own == **name);
                if is(&self.everywhere) || (is_top && is(&self.top)) {
                    changed = true;
                    continue;
                }
                out.push(separator);
                separator = ',';
                out.push_str(&serde_json::to_string(name).ok()?);
                out.push(':');
                changed |= self.write(value.get(), false, deeper, out)?;
            }
            out.push_str(if separator == '{' { "{}" } else { "}" });
        } else if text.starts_with('[') && goes_deeper {
            let items = serde_json::Deserializer::from_str(text).deserialize_seq(Items).ok()?;
            let mut separator = '[';
            for value in &items {
                out.push(separator);
                separator = ',';
                // Elements of a list at the top are at the top as well.
                changed |= self.write(value.get(), is_top, deeper, out)?;
            }
            out.push_str(if separator == '[' { "[]" } else { "]" });
        } else {
            out.push_str(text);
        }
        Some(changed)
    }
}

/// Whether the headers say that the body is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let media = value.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/json")
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
            members.push((Cow::Owned(member.0), member.1));
        }
        Ok(members)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(names: &[&str], recursive: bool, body: &str) -> Option<String> {
        let json = JsonAttributes::new(names, recursive);
        json.remove_from(body.as_bytes()).map(|body| String::from_utf8(body).unwrap())
    }

    #[test]
    fn attributes_go_and_the_rest_keeps_its_bytes_fo_9() {
        let body = r#"{"b":1.50,"a":{"x":1},"c\u0020":[1e400,{"x":2}]}"#;
        assert_eq!(removed(&["a"], false, body).unwrap(), r#"{"b":1.50,"c ":[1e400,{"x":2}]}"#);
        assert_eq!(removed(&["x"], true, body).unwrap(), r#"{"b":1.50,"a":{},"c ":[1e400,{}]}"#);
        assert_eq!(removed(&["x"], false, body), None);
        assert_eq!(removed(&["a"], false, r#"[{"a":1},{"b":2}]"#).unwrap(), r#"[{},{"b":2}]"#);
    }

    #[test]
    fn what_is_not_json_stays() {
        assert_eq!(removed(&["a"], true, "{\"a\":1"), None);
        assert_eq!(removed(&["a"], true, "<a/>"), None);
        assert_eq!(removed(&["a"], true, ""), None);
    }

    #[test]
    fn deep_nesting_has_a_limit_and_no_cost() {
        let body = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(removed(&["a"], true, &body), None);
        let body = "{\"b\":".repeat(100) + "{\"a\":1}" + &"}".repeat(100);
        assert_eq!(removed(&["a"], true, &body), None);
    }
}
