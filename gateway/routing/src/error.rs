//! What is wrong with a configuration, for the person who wrote it.

use std::fmt;

use crate::Origin;
use crate::suggest::nearest;

/// A fault of one route, filter or other setting: where, what, and the nearest valid word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteError {
    /// Where it was written.
    pub origin: Origin,
    /// Id of the route; `None` outside of routes.
    pub route: Option<String>,
    /// Predicate or filter, as named in the definition.
    pub part: Option<String>,
    /// What is wrong, as a clause without a full stop.
    pub problem: String,
    /// A valid word close to what was written.
    pub suggestion: Option<String>,
}

impl RouteError {
    /// A fault at a place.
    pub(crate) fn at(origin: &Origin, problem: impl Into<String>) -> Self {
        Self { origin: origin.clone(), problem: problem.into(), ..Self::default() }
    }

    /// The same with the closest of `words`, if one is close.
    pub(crate) fn near<'a>(mut self, word: &str, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.suggestion = nearest(word, words).map(str::to_owned);
        self
    }

    /// The same, as part of a route.
    pub(crate) fn in_route(mut self, id: &str) -> Self {
        self.route.get_or_insert_with(|| id.to_owned());
        self
    }

    /// The same, as part of a predicate or filter.
    pub(crate) fn in_part(mut self, name: &str) -> Self {
        self.part.get_or_insert_with(|| name.to_owned());
        self
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin.is_known() {
            write!(f, "{}: ", self.origin)?;
        }
        if let Some(route) = &self.route {
            write!(f, "route {route}: ")?;
        }
        if let Some(part) = &self.part {
            write!(f, "{part}: ")?;
        }
        f.write_str(&self.problem)?;
        if let Some(word) = &self.suggestion {
            write!(f, "; did you mean {word}?")?;
        }
        Ok(())
    }
}

impl std::error::Error for RouteError {}
