//! Variables that Path and Host predicates take from a request.
//!
//! A variable has a slot, given when the route is compiled: names are not looked up per request.
//! What is captured are ranges; texts are made when somebody wants one (RO-5, RO-6).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use smallvec::SmallVec;

/// Names of a route's variables; the position of a name is its slot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(Vec<Box<str>>);

impl Names {
    /// The slot of a name, a new one if the name is new.
    pub(crate) fn slot(&mut self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.0.push(Box::from(name));
            self.0.len() - 1
        })
    }

    /// The slot of a name that some predicate captures.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|known| **known == *name)
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }
}

/// One captured value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Capture {
    /// No predicate captured it.
    #[default]
    Absent,
    /// Bytes of the path, still encoded: one segment, or all segments to the end.
    Path { start: u32, end: u32, is_rest: bool },
    /// Bytes of the host.
    Host { start: u32, end: u32 },
    /// A text of its own: part of a segment that had to be decoded first.
    Text(Box<str>),
}

impl Capture {
    /// Bytes of a path. Paths are far below 4 GiB; a longer one captures nothing.
    pub(crate) fn path(start: usize, end: usize, is_rest: bool) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self::Path { start, end, is_rest },
            _ => Self::Absent,
        }
    }

    /// Bytes of a host.
    pub(crate) fn host(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self::Host { start, end },
            _ => Self::Absent,
        }
    }
}

/// Values of a route's variables for one request. Up to eight take no memory of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures(SmallVec<[Capture; 8]>);

impl Captures {
    /// Forgets everything and makes room for `count` variables.
    pub(crate) fn reset(&mut self, count: usize) {
        self.0.clear();
        self.0.resize(count, Capture::Absent);
    }

    pub(crate) fn set(&mut self, slot: usize, capture: Capture) {
        if let Some(own) = self.0.get_mut(slot) {
            *own = capture;
        }
    }

    /// The decoded value in a slot, of a request with this path and host.
    pub(crate) fn value<'r>(
        &'r self,
        slot: usize,
        path: &'r str,
        host: &'r str,
    ) -> Option<Found<'r>> {
        let range = |text: &'r str, start: u32, end: u32| text.get(start as usize..end as usize);
        match self.0.get(slot)? {
            Capture::Absent => None,
            Capture::Path { start, end, is_rest } => {
                let raw = range(path, *start, *end)?;
                Some(Found { text: decoded(raw), is_rest: *is_rest })
            }
            Capture::Host { start, end } => {
                Some(Found { text: Cow::Borrowed(range(host, *start, *end)?), is_rest: false })
            }
            Capture::Text(text) => Some(Found { text: Cow::Borrowed(text), is_rest: false }),
        }
    }
}

/// A captured value as text.
pub(crate) struct Found<'r> {
    pub(crate) text: Cow<'r, str>,
    /// Whether it spans segments, so that its slashes are separators.
    pub(crate) is_rest: bool,
}

/// A segment as it is compared: without matrix parameters, percent-decoded (PP-1, PP-10).
pub(crate) fn decoded(segment: &str) -> Cow<'_, str> {
    let plain = without_matrix(segment);
    if plain.contains('%') {
        percent_decode_str(plain).decode_utf8_lossy()
    } else {
        Cow::Borrowed(plain)
    }
}

/// A segment up to its first `;`; of several segments only the last may have lost parameters.
pub(crate) fn without_matrix(segment: &str) -> &str {
    segment.split_once(';').map_or(segment, |(plain, _)| plain)
}
