//! Raw paths: cutting, replacing, and keeping them legal.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use regex::Regex;

use crate::java::{self, Replacement};

/// What may not stand in a path. Percent signs stay: paths are raw.
const ILLEGAL: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The path with a leading slash and without characters that would end it.
pub(super) fn legal(path: &str) -> Cow<'_, str> {
    let encoded: Cow<'_, str> = utf8_percent_encode(path, ILLEGAL).into();
    if encoded.starts_with('/') { encoded } else { Cow::Owned(format!("/{encoded}")) }
}

/// Drops the first `parts` segments. Empty segments do not count and disappear; a trailing slash
/// stays if something stands before it (FI-12).
pub(super) fn strip_prefix(path: &mut Cow<'_, str>, parts: usize) {
    if path.contains("//") {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let kept: Vec<_> = segments.skip(parts).collect();
        let end = if !kept.is_empty() && path.ends_with('/') { "/" } else { "" };
        *path = Cow::Owned(format!("/{}{end}", kept.join("/")));
        return;
    }
    let start = path.bytes().enumerate().filter(|(_, b)| *b == b'/').nth(parts).map(|(at, _)| at);
    cut_front(path, start);
}

/// The path from this byte on, or `/`.
fn cut_front(path: &mut Cow<'_, str>, start: Option<usize>) {
    match path {
        Cow::Borrowed(text) => {
            let text: &str = text;
            *path = Cow::Borrowed(start.and_then(|start| text.get(start..)).unwrap_or("/"));
        }
        Cow::Owned(text) => match start {
            Some(start) if text.is_char_boundary(start) => drop(text.drain(..start)),
            _ => *path = Cow::Borrowed("/"),
        },
    }
}

/// Replaces what an expression finds in the raw path (FI-14).
#[derive(Clone, Debug)]
pub(crate) enum Rewrite {
    /// The usual form, without an expression: a literal, perhaps a slash, and the rest, which
    /// follows a new start. `/red/?(?<rest>.*)` to `/${rest}`.
    Literal {
        /// What has to be in the path.
        literal: Box<str>,
        /// What a slash after it is part of.
        slash: Slash,
        /// What stands in front of the rest.
        start: Box<str>,
    },
    /// Any other.
    Regex(Box<(Regex, Replacement)>),
}

/// A slash between the literal and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    /// There is none that counts: it is part of the rest.
    Rest,
    /// It goes with the literal if it is there.
    Literal,
}

impl Rewrite {
    /// Reads expression and replacement; `$\` is `$` (CF-11).
    pub(crate) fn parse(regexp: &str, replacement: &str) -> Result<Self, String> {
        let replacement = replacement.replace("$\\", "$");
        if let Some(usual) = usual_form(regexp, &replacement) {
            return Ok(usual);
        }
        let regex = java::compile(regexp)?;
        let parsed = Replacement::parse(&replacement, &regex)?;
        Ok(Self::Regex(Box::new((regex, parsed))))
    }

    pub(crate) fn apply(&self, path: &mut Cow<'_, str>) {
        match self {
            Self::Literal { literal, slash, start } => {
                let Some(at) = path.find(&**literal) else { return };
                let mut rest = at + literal.len();
                if *slash == Slash::Literal && path.as_bytes().get(rest) == Some(&b'/') {
                    rest += 1;
                }
                let slash_at = rest.saturating_sub(1);
                if at == 0 && start.is_empty() && path.as_bytes().get(rest) == Some(&b'/') {
                    cut_front(path, Some(rest));
                } else if at == 0 && &**start == "/" && path.as_bytes().get(slash_at) == Some(&b'/')
                {
                    cut_front(path, Some(slash_at));
                } else {
                    let head = path.get(..at).unwrap_or_default();
                    let tail = path.get(rest..).unwrap_or_default();
                    *path = Cow::Owned(legal(&format!("{head}{start}{tail}")).into_owned());
                }
            }
            Self::Regex(pair) => {
                let (regex, replacement) = &**pair;
                if let Some(new) = java::replace_all(regex, replacement, path) {
                    *path = Cow::Owned(legal(&new).into_owned());
                }
            }
        }
    }
}

/// The parts of the usual form, if it is one. Ten thousand routes have it; an expression of each
/// would take megabytes and most of a second.
fn usual_form(regexp: &str, replacement: &str) -> Option<Rewrite> {
    let (before, group) = regexp.split_once("(?<")?;
    let (name, inside) = group.split_once('>')?;
    let start = replacement.strip_suffix(&format!("${{{name}}}"))?;
    let (literal, slash) = match (before.strip_suffix("/?"), inside) {
        (Some(literal), ".*)") => (literal, Slash::Literal),
        (None, ".*)" | "/?.*)") => (before, Slash::Rest),
        _ => return None,
    };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'~');
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric());
    let plain = is_name
        && !literal.is_empty()
        && literal.bytes().all(is_plain)
        && start.bytes().all(is_plain);
    plain.then(|| Rewrite::Literal { literal: Box::from(literal), slash, start: Box::from(start) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(path: &str, parts: usize) -> String {
        let mut path = Cow::Borrowed(path);
        strip_prefix(&mut path, parts);
        path.into_owned()
    }

    #[test]
    fn segments_are_dropped_from_the_front_fi_12() {
        assert_eq!(stripped("/api/v1/a/b", 2), "/a/b");
        assert_eq!(stripped("/api/v1", 2), "/");
        assert_eq!(stripped("/api/v1/", 2), "/");
        assert_eq!(stripped("/a/b/", 1), "/b/");
        assert_eq!(stripped("/a", 5), "/");
        assert_eq!(stripped("//a//b//c/", 1), "/b/c/");
        assert_eq!(stripped("/a/b", 0), "/a/b");
        assert_eq!(stripped("/api/%20a", 1), "/%20a");
    }

    #[test]
    fn stripping_takes_no_memory() {
        let mut path = Cow::Borrowed("/api/v1/a");
        strip_prefix(&mut path, 2);
        assert!(matches!(path, Cow::Borrowed("/a")));
    }

    fn rewritten(regexp: &str, replacement: &str, path: &str) -> String {
        let mut path = Cow::Borrowed(path);
        Rewrite::parse(regexp, replacement).unwrap().apply(&mut path);
        path.into_owned()
    }

    #[test]
    fn the_raw_path_is_rewritten_fi_14() {
        let red = |path| rewritten("/red/?(?<segment>.*)", "/$\\{segment}", path);
        assert_eq!(red("/red/blue"), "/blue");
        assert_eq!(red("/red"), "/");
        assert_eq!(red("/red/a%20b"), "/a%20b");
        assert_eq!(red("/x/red/y"), "/x/y");
        assert_eq!(red("/%72ed/y"), "/%72ed/y");
        assert_eq!(rewritten("/a/(.*)", "/b?$1", "/a/c"), "/b%3Fc");
        assert_eq!(rewritten("^/", "", "/c"), "/c");
    }

    #[test]
    fn the_usual_form_does_what_its_expression_does() {
        let forms = [
            ("/red/?(?<x>.*)", "/${x}"),
            ("/red/?(?<x>.*)", "/new/${x}"),
            ("/red/?(?<x>.*)", "${x}"),
            ("/red(?<x>/?.*)", "${x}"),
            ("/red(?<x>.*)", "/n${x}"),
            ("/red/(?<x>.*)", "/${x}"),
        ];
        let paths = [
            "/red",
            "/red/",
            "/red/a",
            "/redx",
            "/red/a/red/b",
            "/x/red",
            "/x/red/y/",
            "/",
            "/red//a",
        ];
        for (regexp, replacement) in forms {
            assert!(usual_form(regexp, replacement).is_some(), "{regexp}");
            let regex = java::compile(regexp).unwrap();
            let parsed = Replacement::parse(replacement, &regex).unwrap();
            for path in paths {
                let plain = java::replace_all(&regex, &parsed, path);
                let plain = plain.map_or_else(|| path.to_owned(), |new| legal(&new).into_owned());
                assert_eq!(rewritten(regexp, replacement, path), plain, "{regexp} {path}");
            }
        }
        for (regexp, replacement) in [
            ("/r.d/?(?<x>.*)", "/${x}"),
            ("/red/?(?<x>.*)", "/${y}"),
            ("/red/?(?<x>.*)", "/${x}$1"),
            ("/red/?(?<1x>.*)", "/${1x}"),
            ("(?<x>.*)", "/${x}"),
        ] {
            assert!(usual_form(regexp, replacement).is_none(), "{regexp} {replacement}");
        }
    }
}
