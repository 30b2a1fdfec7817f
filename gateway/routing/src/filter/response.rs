//! What filters do to an answer on its way out (FO-1 to FO-10).

use http::{HeaderName, HeaderValue, StatusCode};
use regex::Regex;

use super::json::JsonAttributes;
use super::location::Location;
use super::request::{HeaderText, is_blank};
use crate::head::ResponseHead;
use crate::java::{self, Replacement};
use crate::template::Context;

/// A compiled filter of the way out.
#[derive(Clone, Debug)]
pub(crate) enum ResponseFilter {
    AddHeader { name: HeaderName, value: HeaderText, only_if_blank: bool },
    SetHeader { name: HeaderName, value: HeaderText },
    RemoveHeader(HeaderName),
    RewriteHeader(Box<(HeaderName, Regex, Replacement)>),
    RewriteLocation(Box<Location>),
    Dedupe { names: Box<[HeaderName]>, strategy: Dedupe },
    SetStatus { status: StatusCode, original: Option<HeaderName> },
    Secure(Box<[(HeaderName, HeaderValue)]>),
    RemoveJson(Box<JsonAttributes>),
}

/// Which of several equal headers stays (FO-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dedupe {
    First,
    Last,
    Unique,
}

impl ResponseFilter {
    /// Changes the head. A header whose text cannot be made is left out.
    pub(crate) fn apply(&self, head: &mut ResponseHead, context: &Context<'_>) {
        match self {
            Self::AddHeader { name, value, only_if_blank } => {
                if *only_if_blank && !is_blank(&head.headers, name) {
                    return;
                }
                if let Ok(value) = value.value(context) {
                    if *only_if_blank {
                        head.headers.insert(name, value);
                    } else {
                        head.headers.append(name, value);
                    }
                }
            }
            Self::SetHeader { name, value } => {
                if let Ok(value) = value.value(context) {
                    head.headers.insert(name, value);
                }
            }
            Self::RemoveHeader(name) => {
                head.headers.remove(name);
            }
            Self::RewriteHeader(parts) => {
                let (name, regex, replacement) = &**parts;
                rewrite(head, name, regex, replacement);
            }
            Self::RewriteLocation(location) => location.apply(&mut head.headers, context),
            Self::Dedupe { names, strategy } => {
                for name in names {
                    dedupe(head, name, *strategy);
                }
            }
            Self::SetStatus { status, original } => {
                if let Some(name) = original
                    && let Ok(value) = HeaderValue::from_str(&format!("[{}]", head.status.as_u16()))
                {
                    head.headers.insert(name, value);
                }
                head.status = *status;
            }
            Self::Secure(list) => {
                for (name, value) in list {
                    if !head.headers.contains_key(name) {
                        head.headers.insert(name, value.clone());
                    }
                }
            }
            // Changes bodies; see `Chain::edit_body`.
            Self::RemoveJson(_) => {}
        }
    }
}

/// Replaces all matches in every value; what would be no header value stays as it was (FO-4).
fn rewrite(head: &mut ResponseHead, name: &HeaderName, regex: &Regex, with: &Replacement) {
    let http::header::Entry::Occupied(mut values) = head.headers.entry(name) else { return };
    for value in values.iter_mut() {
        let new = std::str::from_utf8(value.as_bytes()).ok();
        let new = new.and_then(|text| java::replace_all(regex, with, text));
        if let Some(new) = new.and_then(|new| HeaderValue::from_bytes(new.as_bytes()).ok()) {
            *value = new;
        }
    }
}

fn dedupe(head: &mut ResponseHead, name: &HeaderName, strategy: Dedupe) {
    if head.headers.get_all(name).iter().nth(1).is_none() {
        return;
    }
    let mut values: Vec<_> = head.headers.get_all(name).iter().cloned().collect();
    match strategy {
        Dedupe::First => values.truncate(1),
        Dedupe::Last => drop(values.drain(..values.len().saturating_sub(1))),
        Dedupe::Unique => {
            let mut seen = std::collections::HashSet::new();
            values.retain(|value| seen.insert(value.clone()));
        }
    }
    head.headers.remove(name);
    for value in values {
        head.headers.append(name, value);
    }
}
