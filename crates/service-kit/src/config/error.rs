//! What is wrong with a configuration, and where.

use std::fmt;

use super::Origin;

/// One fault of a configuration: the place, and a sentence that says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// Where it was written; `None` when it is about the whole, such as a missing file.
    pub origin: Option<Origin>,
    /// What is wrong, naming the key. Never contains a secret.
    pub problem: String,
    /// The nearest real key, if there is one.
    pub suggestion: Option<String>,
}

impl ConfigError {
    pub(super) fn at(origin: &Origin, problem: impl Into<String>) -> Self {
        Self { origin: Some(origin.clone()), problem: problem.into(), suggestion: None }
    }

    pub(super) fn whole(problem: impl Into<String>) -> Self {
        Self { origin: None, problem: problem.into(), suggestion: None }
    }

    pub(super) fn suggest(mut self, key: Option<String>) -> Self {
        self.suggestion = key;
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        f.write_str(&self.problem)?;
        match &self.suggestion {
            Some(key) => write!(f, "; did you mean {key}?"),
            None => Ok(()),
        }
    }
}

/// Every fault of a configuration, in the order of its sources. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// `Err` with all of them, or `Ok` when there are none.
    pub(super) fn check(errors: Vec<ConfigError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// The faults, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
