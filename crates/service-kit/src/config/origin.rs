//! Where a value was written.

use std::fmt;

/// Where a value was written. Its text is the place an operator looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Line of a file, counted from 1.
    File {
        /// Path as it was given or found.
        path: String,
        /// Line of the key.
        line: usize,
    },
    /// A variable of the environment.
    Environment {
        /// Name of the variable as set.
        name: String,
    },
    /// A `--key=value` argument.
    Argument {
        /// Name after the dashes as given.
        name: String,
    },
    /// Inline JSON of `SPRING_APPLICATION_JSON` or `--spring.application.json`.
    ApplicationJson,
    /// Nobody set it: the table's default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment { name } => write!(f, "environment variable {name}"),
            Self::Argument { name } => write!(f, "argument --{name}"),
            Self::ApplicationJson => f.write_str("SPRING_APPLICATION_JSON"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One value as written, before placeholders and types.
#[derive(Clone, Debug)]
pub(super) struct Property {
    /// Full dotted name as written, list indexes in brackets.
    pub(super) name: String,
    /// Text as written; empty for a YAML null.
    pub(super) value: String,
    /// Where.
    pub(super) origin: Origin,
}

/// One value of a part of the configuration that a program reads by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeProperty {
    /// Name below that part as written, positions of lists and literal keys in brackets.
    pub path: String,
    /// Text as written, placeholders that somebody defines replaced.
    pub value: String,
    /// Where.
    pub origin: Origin,
}
