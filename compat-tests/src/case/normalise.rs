//! The normal form of a body: equal for two bodies that mean the same to every client.

use super::value::Value;
use super::xml::{self, Element};

/// Lists whose order says nothing, and the member that names their elements.
const UNORDERED: [(&str, &str); 2] = [("application", "name"), ("instance", "instanceId")];
/// Roots of the answers that the reference takes from its cache.
const LIST_ROOTS: [&str; 2] = ["applications", "application"];
/// What a renewal changes without touching the cache.
const RENEWAL_TIME: &str = "lastRenewalTimestamp";
/// Characters of an unparsable body that are kept.
const UNPARSABLE_KEPT: usize = 2000;
/// Near times are compared in units of this many milliseconds: leases last multiples of it.
const NEAR_UNIT_MS: i128 = 30_000;
/// How far from the given moment a time may be and still be taken for one of the server's clock.
const NEAR_MS: i128 = 24 * 60 * 60 * 1000;

/// Whether the order of members (JSON) and elements (XML) is part of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldOrder {
    /// Any order is the same.
    Free,
    /// Fields must come in the same order; metadata, applications and instances still may not.
    Kept,
}

/// What a server is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// With recorded answers: every time (13 digits, the first a 1) becomes a mark that says number
    /// or text, and of an error only the status counts.
    Record,
    /// With another server that answers at the same moment, `now_ms`. Times within a day of it become
    /// their distance in half minutes; others, which only a client can have chosen, stay. The body of
    /// a conflict (409) counts. `lastRenewalTimestamp` does not count in lists: the reference takes
    /// them from a cache that a renewal does not touch (`RC-5`).
    Live {
        /// Milliseconds since the epoch when the answers were given.
        now_ms: i128,
    },
}

/// How bodies of one case are normalised.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Whether the order of fields counts.
    pub order: FieldOrder,
    /// Applications whose name begins otherwise are left out; empty keeps all.
    pub tag: &'a str,
    /// What the other side is.
    pub against: Against,
}

impl Rules<'_> {
    /// Normal form of a body of media type `content_type` (the whole header value, empty if absent).
    #[must_use]
    pub fn body(&self, body: &[u8], content_type: &str) -> Value {
        if body.is_empty() {
            return Value::text("");
        }
        let text = String::from_utf8_lossy(body);
        let (kind, parsed) = if content_type.contains("json") {
            ("json", Value::parse(&text).ok().map(|value| self.json(self.aged(value), "")))
        } else if content_type.contains("xml") && !content_type.contains("xhtml") {
            ("xml", xml::parse(&text).ok().map(|root| self.xml(self.aged_xml(root))))
        } else {
            let seen = if text.trim().is_empty() { "" } else { "text" };
            ("other", Some(Value::text(seen)))
        };
        let (kind, value) = match parsed {
            Some(value) => (kind, value),
            None => {
                let kept: String = text.chars().take(UNPARSABLE_KEPT).collect();
                ("unparsable", Value::Text(kept))
            }
        };
        Value::Object(vec![(kind.to_owned(), value)])
    }

    const fn is_live(&self) -> bool {
        matches!(self.against, Against::Live { .. })
    }

    /// A document without what a cached list may have missed; live comparisons only.
    fn aged(&self, mut document: Value) -> Value {
        if self.is_live() && LIST_ROOTS.iter().any(|root| document.get(root).is_some()) {
            forget_renewals(&mut document);
        }
        document
    }

    fn aged_xml(&self, mut root: Element) -> Element {
        if self.is_live() && LIST_ROOTS.contains(&root.tag.as_str()) {
            forget_xml_renewals(&mut root);
        }
        root
    }

    /// Normal form of the JSON value under the name `key`; elements of a list have the list's name.
    fn json(&self, value: Value, key: &str) -> Value {
        match value {
            Value::Object(members) => {
                let mut members: Vec<_> = members.into_iter().map(|it| self.member(it)).collect();
                if self.order == FieldOrder::Free || key == "metadata" {
                    members.sort_by(|(one, _), (other, _)| one.cmp(other));
                }
                Value::Object(members)
            }
            Value::List(elements) => {
                let kept = elements
                    .into_iter()
                    .filter(|it| key != "application" || !self.is_foreign(it.get("name")));
                let mut elements: Vec<_> = kept.map(|element| self.json(element, key)).collect();
                if let Some((_, name)) = UNORDERED.iter().find(|(list, _)| *list == key) {
                    if self.is_live() {
                        // Two without a name would else stay in an order that says nothing.
                        elements
                            .sort_by_cached_key(|it| (order_key(it, "hostName"), it.sort_key()));
                    }
                    elements.sort_by_key(|element| order_key(element, name));
                }
                Value::List(elements)
            }
            Value::Text(text) if key == "versions__delta" => {
                drop(text);
                Value::text("<n>")
            }
            Value::Integer(_) if key == "versions__delta" => Value::text("<n: not a string>"),
            Value::Text(text) => match time_of(&text).and_then(|ms| self.time(ms)) {
                Some(mark) => Value::Text(format!("<{mark} text>")),
                None => Value::Text(text),
            },
            Value::Integer(number) => {
                match time_of(&number.to_string()).and_then(|ms| self.time(ms)) {
                    Some(mark) => Value::Text(format!("<{mark} number>")),
                    None => Value::Integer(number),
                }
            }
            Value::Fraction(_) if key == "versions__delta" => Value::text("<n: not a string>"),
            Value::Null | Value::Bool(_) | Value::Fraction(_) => value,
        }
    }

    fn member(&self, (name, value): (String, Value)) -> (String, Value) {
        let value =
            if name == "timestamp" { Value::text("<time>") } else { self.json(value, &name) };
        (name, value)
    }

    /// Normal form of an element as `{tag, attributes, text, children}`.
    fn xml(&self, element: Element) -> Value {
        let Element { tag, attributes, text, children } = element;
        let is_kept = |child: &Element| {
            let name = child.child_text("name").map(Value::text);
            child.tag != "application" || !self.is_foreign(name.as_ref())
        };
        let mut children: Vec<Value> =
            children.into_iter().filter(is_kept).map(|child| self.xml(child)).collect();
        if self.order == FieldOrder::Free || tag == "metadata" {
            children.sort_by_cached_key(Value::sort_key);
        } else {
            children.sort_by_cached_key(|child| {
                if is_unordered(child) { child.sort_key() } else { String::new() }
            });
        }
        let attributes =
            attributes.into_iter().map(|(name, value)| (name, Value::Text(value))).collect();
        let text = self.xml_text(&tag, text.trim());
        Value::Object(vec![
            ("tag".to_owned(), Value::Text(tag)),
            ("attributes".to_owned(), Value::Object(attributes)),
            ("text".to_owned(), text),
            ("children".to_owned(), Value::List(children)),
        ])
    }

    fn xml_text(&self, tag: &str, text: &str) -> Value {
        let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if is_number { self.json(Value::text(text), tag) } else { Value::text(text) }
    }

    /// Whether an application of that name belongs to another case.
    fn is_foreign(&self, name: Option<&Value>) -> bool {
        let name = name.map_or_else(|| "None".to_owned(), plain);
        !self.tag.is_empty() && !name.to_uppercase().starts_with(self.tag)
    }

    /// The mark that takes the place of a time; `None` if it stays.
    fn time(&self, ms: i128) -> Option<String> {
        match self.against {
            Against::Record => Some("ms".to_owned()),
            Against::Live { now_ms } => {
                let distance = ms - now_ms;
                let units = (distance + NEAR_UNIT_MS / 2).div_euclid(NEAR_UNIT_MS);
                (distance.abs() < NEAR_MS).then(|| format!("now{:+}s", units * 30))
            }
        }
    }
}

fn forget_renewals(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == RENEWAL_TIME {
                    *member = Value::Null;
                }
                forget_renewals(member);
            }
        }
        Value::List(elements) => elements.iter_mut().for_each(forget_renewals),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Fraction(_) | Value::Text(_) => {}
    }
}

fn forget_xml_renewals(element: &mut Element) {
    if element.tag == RENEWAL_TIME {
        element.text.clear();
    }
    element.children.iter_mut().for_each(forget_xml_renewals);
}

/// The number, if the text is one of 13 digits that begins with 1.
fn time_of(text: &str) -> Option<i128> {
    let is_time = text.len() == 13
        && text.starts_with('1')
        && text.bytes().all(|letter| letter.is_ascii_digit());
    is_time.then(|| text.parse().ok()).flatten()
}

fn order_key(element: &Value, name: &str) -> String {
    match element {
        Value::Object(_) => element.get(name).map_or_else(|| "None".to_owned(), plain),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Fraction(_)
        | Value::Text(_)
        | Value::List(_) => String::new(),
    }
}

/// Text as it is, other values as JSON.
fn plain(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_string(), str::to_owned)
}

fn is_unordered(element: &Value) -> bool {
    let tag = element.get("tag").and_then(Value::as_text);
    tag.is_some_and(|tag| UNORDERED.iter().any(|(list, _)| *list == tag))
}

/// Sorts members everywhere and the children of every XML element: what is left is free of order.
pub(super) fn sort_everything(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            for (name, member) in members {
                sort_everything(member);
                if let ("children", Value::List(children)) = (name.as_str(), member) {
                    children.sort_by_cached_key(Value::sort_key);
                }
            }
        }
        Value::List(elements) => elements.iter_mut().for_each(sort_everything),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Fraction(_) | Value::Text(_) => {}
    }
}
