//! Where a value was written.

use std::fmt;
use std::sync::Arc;

/// Place of a value as an operator looks it up, e.g. `application.yml:12`. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin(Option<Arc<str>>);

impl Origin {
    /// The place with this text; an empty text is an unknown place.
    #[must_use]
    pub fn new(place: &str) -> Self {
        Self((!place.is_empty()).then(|| Arc::from(place)))
    }

    /// A place that nobody can look up: made by a program.
    #[must_use]
    pub const fn unknown() -> Self {
        Self(None)
    }

    /// Whether there is something to look up.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.0.is_some()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("unknown place"))
    }
}
