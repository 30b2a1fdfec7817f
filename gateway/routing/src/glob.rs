//! Part of a path or host with wildcards and variables inside it, e.g. `{name}.png` (PP-9, RO-4).

use std::sync::Arc;

use regex::Regex;

use crate::captures::{Capture, Captures, Names};
use crate::java;

/// What one segment of a path, or one label of a host, has to look like.
#[derive(Clone, Debug)]
pub(crate) enum Glob {
    /// Exactly this text.
    Literal(Box<str>),
    /// `*`: anything.
    Any,
    /// `{name}`: anything, captured.
    Capture(usize),
    /// Everything else, as an expression; captures in the order of its groups.
    Regex(Arc<Expression>),
}

/// A compiled segment.
#[derive(Debug)]
pub(crate) struct Expression {
    /// As written: equal texts match the same.
    text: Box<str>,
    regex: Regex,
    /// Group of the expression and slot of the route.
    slots: Vec<(usize, usize)>,
}

impl Glob {
    /// Reads one segment. `flags` stand in front of every expression.
    pub(crate) fn parse(text: &str, flags: &str, names: &mut Names) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if !text.contains(['*', '?', '{', '}']) {
            return Ok(Self::Literal(Box::from(text)));
        }
        let mut expression = format!(r"\A(?s){flags}");
        let mut slots = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '?' => expression.push('.'),
                '*' => expression.push_str(".*"),
                '}' => return Err(format!("{text:?} has a `}}` without `{{`")),
                '{' => {
                    let (variable, after) = variable(rest, text)?;
                    rest = after;
                    let (name, constraint) = variable.split_once(':').unwrap_or((variable, ""));
                    let slot = named(name, names)?;
                    if constraint.is_empty() {
                        // Alone in its segment it needs no expression.
                        if text.len() == variable.len() + 2 {
                            return Ok(Self::Capture(slot));
                        }
                        expression.push_str(&format!("(?<v{slot}>.*)"));
                    } else {
                        let inner = java::translate(constraint)?;
                        expression.push_str(&format!("(?<v{slot}>{inner})"));
                    }
                    slots.push(slot);
                }
                _ => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
        }
        expression.push_str(r"\z");
        let regex = java::build_translated(&expression, text)?;
        let group = |slot: &usize| {
            let name = format!("v{slot}");
            regex.capture_names().position(|known| known == Some(&name)).map(|group| (group, *slot))
        };
        let slots = slots.iter().filter_map(group).collect();
        Ok(Self::Regex(Arc::new(Expression { text: Box::from(text), regex, slots })))
    }

    /// Whether the text fits. What `make` says about ranges of the text is captured.
    pub(crate) fn is_match(
        &self,
        text: &str,
        captures: &mut Captures,
        make: impl Fn(usize, usize) -> Capture,
    ) -> bool {
        match self {
            Self::Literal(literal) => **literal == *text,
            Self::Any => true,
            Self::Capture(slot) => {
                captures.set(*slot, make(0, text.len()));
                !text.is_empty()
            }
            Self::Regex(expression) if expression.slots.is_empty() => {
                expression.regex.is_match(text)
            }
            Self::Regex(expression) => {
                let Some(found) = expression.regex.captures(text) else { return false };
                for (group, slot) in &expression.slots {
                    if let Some(group) = found.get(*group) {
                        captures.set(*slot, make(group.start(), group.end()));
                    }
                }
                true
            }
        }
    }

    /// Whether both match the same texts; false if that is not obvious.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(own), Self::Literal(other)) => own == other,
            (Self::Regex(own), Self::Regex(other)) => own.text == other.text,
            (Self::Any | Self::Capture(_), Self::Any | Self::Capture(_)) => true,
            _ => false,
        }
    }

    /// Whether the text may fit, captures aside.
    pub(crate) fn may_match(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => **literal == *text,
            Self::Any | Self::Capture(_) => true,
            Self::Regex(expression) => expression.regex.is_match(text),
        }
    }
}

/// Text up to the brace that closes a variable, and what follows it.
fn variable<'t>(rest: &'t str, whole: &str) -> Result<(&'t str, &'t str), String> {
    let mut depth = 1_u32;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let inside = rest.get(..at).unwrap_or_default();
            return Ok((inside, rest.get(at + 1..).unwrap_or_default()));
        }
    }
    Err(format!("{whole:?} has a `{{` without `}}`"))
}

/// The slot of a variable, once its name is checked.
pub(crate) fn named(name: &str, names: &mut Names) -> Result<usize, String> {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$');
    if !starts || !chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-')) {
        return Err(format!("{name:?} is not the name of a variable"));
    }
    Ok(names.slot(name))
}
