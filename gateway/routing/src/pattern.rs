//! Path patterns (PP-1 to PP-14).

use crate::captures::{Capture, Captures, Names, decoded};
use crate::glob::{Glob, named};

/// A pattern such as `/orders/{id}` or `/stock/**`.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern {
    text: Box<str>,
    segments: Box<[Glob]>,
    rest: Rest,
}

/// What may follow the segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing.
    Nothing,
    /// `/**`: any segments.
    Any,
    /// `/{*name}`: any segments, captured with their leading slash.
    Capture(usize),
}

impl PathPattern {
    /// Reads a pattern. One without a leading slash gets it.
    pub(crate) fn parse(text: &str, names: &mut Names) -> Result<Self, String> {
        let text = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
        let pieces = split(text.get(1..).unwrap_or_default());
        let mut segments = Vec::with_capacity(pieces.len());
        let mut rest = Rest::Nothing;
        for (index, piece) in pieces.iter().enumerate() {
            let is_last = index + 1 == pieces.len();
            let all_after = if *piece == "**" {
                Some(Rest::Any)
            } else if let Some(name) = piece.strip_prefix("{*").and_then(|p| p.strip_suffix('}')) {
                Some(Rest::Capture(named(name, names)?))
            } else {
                None
            };
            match all_after {
                Some(after) if is_last => rest = after,
                Some(_) => {
                    return Err(format!(
                        "{text:?} has {piece} in the middle; unlike in Ant patterns it may only be the \
                         end, and one segment is `*`"
                    ));
                }
                None => segments.push(Glob::parse(piece, "", names)?),
            }
        }
        Ok(Self { text: text.into_boxed_str(), segments: segments.into_boxed_slice(), rest })
    }

    /// As written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn segments(&self) -> &[Glob] {
        &self.segments
    }

    pub(crate) fn rest(&self) -> Rest {
        self.rest
    }

    /// Whether the raw path fits; variables go to their slots. `trailing_slash`: one slash too many
    /// at the end is fine (PP-12).
    pub(crate) fn is_match(
        &self,
        path: &str,
        trailing_slash: bool,
        captures: &mut Captures,
    ) -> bool {
        let mut walk = Walk::new(path);
        if walk.next_start.is_none() {
            return false;
        }
        let mut last_is_empty = false;
        for (index, glob) in self.segments.iter().enumerate() {
            let Some((start, raw)) = walk.next() else { return false };
            let is_end = index + 1 == self.segments.len() && self.rest == Rest::Nothing;
            if !segment_matches(glob, start, raw, is_end, captures) {
                return false;
            }
            last_is_empty = raw.is_empty();
        }
        match (self.rest, walk.next_start) {
            (Rest::Nothing, None) | (Rest::Any, _) => true,
            (Rest::Nothing, Some(start)) => {
                trailing_slash && !last_is_empty && start == path.len() && path.len() > 1
            }
            (Rest::Capture(slot), start) => {
                // The slash in front of it belongs to it.
                let start = start.map_or(path.len(), |start| start.saturating_sub(1));
                captures.set(slot, Capture::path(start, path.len(), true));
                true
            }
        }
    }
}

fn segment_matches(
    glob: &Glob,
    start: usize,
    raw: &str,
    is_end: bool,
    captures: &mut Captures,
) -> bool {
    // A wildcard between others stands for something (PP-3).
    if matches!(glob, Glob::Any) && !is_end && raw.is_empty() {
        return false;
    }
    if let Glob::Literal(literal) = glob
        && **literal == *raw
    {
        return true;
    }
    let text = decoded(raw);
    if let Glob::Capture(slot) = glob {
        let end = start + crate::captures::without_matrix(raw).len();
        captures.set(*slot, Capture::path(start, end, false));
        return !text.is_empty();
    }
    let is_plain = text.len() == raw.len();
    glob.is_match(&text, captures, |from, to| {
        if is_plain {
            Capture::path(start + from, start + to, false)
        } else {
            Capture::Text(Box::from(text.get(from..to).unwrap_or_default()))
        }
    })
}

/// Segments of a raw path with where they start.
pub(crate) struct Walk<'p> {
    pub(crate) path: &'p str,
    /// Where the next segment starts; `None` after the last.
    pub(crate) next_start: Option<usize>,
}

impl<'p> Walk<'p> {
    pub(crate) fn new(path: &'p str) -> Self {
        Self { path, next_start: path.starts_with('/').then_some(1) }
    }
}

impl<'p> Iterator for Walk<'p> {
    type Item = (usize, &'p str);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.next_start?;
        let left = self.path.get(start..)?;
        let length = left.bytes().position(|b| b == b'/');
        self.next_start = length.map(|length| start + length + 1);
        Some((start, left.get(..length.unwrap_or(left.len()))?))
    }
}

/// Splits a pattern at slashes outside of braces: a constraint may contain one.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == '/' && depth <= 0
    })
    .collect()
}

#[cfg(test)]
mod tests;
