//! Texts with `{variables}` in them (RD-16).

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::captures::{Captures, Names};

/// What a request that matched was, for texts that refer to it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'r> {
    /// Raw path that the route matched, before any filter.
    pub path: &'r str,
    /// Host that the client asked for, port included.
    pub host: &'r str,
    /// Variables of the route.
    pub captures: &'r Captures,
}

/// A text whose variables are slots of the route.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// No variables.
    Constant(Box<str>),
    /// Texts and slots in turn.
    Parts(Box<[Part]>),
}

#[derive(Clone, Debug)]
pub(crate) enum Part {
    Text(Box<str>),
    Slot(usize, Box<str>),
}

/// Why a template has no text for this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// No predicate that matched captured this variable: the definition is at fault.
    Missing(Box<str>),
    /// A value holds a control character: the request is at fault (SP-5).
    Control,
}

/// How the values of variables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// Decoded, for headers.
    Plain,
    /// Percent-encoded for a path; a slash inside one segment stays encoded.
    Path,
    /// Percent-encoded for a query.
    Query,
}

const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const SEGMENT: &AsciiSet = &QUERY
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');
const SEGMENTS: &AsciiSet = &SEGMENT.remove(b'/');

impl Template {
    /// Reads a text. A variable that no predicate of the route captures is an error here: the
    /// route could only ever fail.
    pub(crate) fn parse(text: &str, names: &Names) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((inner, tail)) = after.split_once('}') else { break };
            let name = inner.split_once(':').map_or(inner, |(name, _)| name);
            let Some(slot) = names.find(name) else {
                let known: Vec<_> = names.iter().collect();
                let known = if known.is_empty() {
                    "the route captures no variables".to_owned()
                } else {
                    format!("the route captures {}", known.join(", "))
                };
                return Err(format!("{{{name}}} is not a variable: {known}"));
            };
            parts.push(Part::Text(Box::from(before)));
            parts.push(Part::Slot(slot, Box::from(name)));
            rest = tail;
        }
        if parts.is_empty() {
            return Ok(Self::Constant(Box::from(text)));
        }
        parts.push(Part::Text(Box::from(rest)));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Ok(Self::Parts(parts.into_boxed_slice()))
    }

    /// Text in front of the first variable.
    pub(crate) fn constant_start(&self) -> &str {
        match self {
            Self::Constant(text) => text,
            Self::Parts(parts) => match parts.first() {
                Some(Part::Text(text)) => text,
                Some(Part::Slot(..)) | None => "",
            },
        }
    }

    /// The text for a request.
    pub(crate) fn expand(
        &self,
        context: &Context<'_>,
        writing: Writing,
    ) -> Result<Cow<'_, str>, Unfit> {
        let parts = match self {
            Self::Constant(text) => return Ok(Cow::Borrowed(text)),
            Self::Parts(parts) => parts,
        };
        let mut out = String::new();
        for part in parts {
            let (slot, name) = match part {
                Part::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Part::Slot(slot, name) => (*slot, name),
            };
            let Some(found) = context.captures.value(slot, context.path, context.host) else {
                return Err(Unfit::Missing(name.clone()));
            };
            if found.text.chars().any(char::is_control) {
                return Err(Unfit::Control);
            }
            let set = match writing {
                Writing::Plain => {
                    out.push_str(&found.text);
                    continue;
                }
                Writing::Path if found.is_rest => SEGMENTS,
                Writing::Path => SEGMENT,
                Writing::Query => QUERY,
            };
            out.extend(utf8_percent_encode(&found.text, set));
        }
        Ok(Cow::Owned(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captures::Capture;

    fn names(list: &[&str]) -> Names {
        let mut names = Names::default();
        for name in list {
            names.slot(name);
        }
        names
    }

    #[test]
    fn variables_are_written_as_their_place_needs_it() {
        let names = names(&["a", "rest"]);
        let path = "/x%2Fy%20z/p/q%3F";
        let mut captures = Captures::default();
        captures.reset(2);
        captures.set(0, Capture::path(1, 10, false));
        captures.set(1, Capture::path(10, path.len(), true));
        let context = Context { path, host: "h", captures: &captures };
        let expand = |text: &str, writing| {
            Template::parse(text, &names).unwrap().expand(&context, writing).unwrap().into_owned()
        };
        assert_eq!(expand("-{a}-", Writing::Plain), "-x/y z-");
        assert_eq!(expand("/{a}{rest}", Writing::Path), "/x%2Fy%20z/p/q%3F");
        assert_eq!(expand("{a:regex}", Writing::Query), "x%2Fy%20z");
    }

    #[test]
    fn a_value_cannot_break_a_header_sp_5() {
        let names = names(&["a"]);
        let mut captures = Captures::default();
        captures.reset(1);
        captures.set(0, Capture::path(1, 9, false));
        let context = Context { path: "/x%0D%0Ay", host: "h", captures: &captures };
        let template = Template::parse("{a}", &names).unwrap();
        assert_eq!(template.expand(&context, Writing::Plain), Err(Unfit::Control));
    }

    #[test]
    fn an_unknown_variable_is_told_when_the_route_is_made_rd_16() {
        let error = Template::parse("/{segmnt}", &names(&["segment"])).unwrap_err();
        assert!(error.contains("segmnt") && error.contains("captures segment"), "{error}");
        let mut captures = Captures::default();
        captures.reset(1);
        let context = Context { path: "/", host: "h", captures: &captures };
        let template = Template::parse("{segment}", &names(&["segment"])).unwrap();
        let missing = template.expand(&context, Writing::Path);
        assert_eq!(missing, Err(Unfit::Missing(Box::from("segment"))));
    }
}
