//! Why a body could not be read.

/// A body that is not what it should be: which field, and why.
///
/// Shown to the sender, so it names nothing of the implementation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct DecodeError {
    /// Path of the offending field, for example `instance.port`; `body` for the whole document.
    pub field: String,
    /// What is wrong with it, in plain words.
    pub reason: String,
}

impl DecodeError {
    /// An error at `field`, given its `reason`.
    #[must_use]
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }

    /// An error of the document as a whole.
    #[must_use]
    pub fn body(reason: impl Into<String>) -> Self {
        Self::new("body", reason)
    }
}
