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

/// Bytes of a field or a reason that are told. Both may name a member of any length.
const TOLD_BYTES_MAX: usize = 200;

impl DecodeError {
    /// An error at `field`, given its `reason`; of either only the beginning is kept.
    #[must_use]
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: clipped(field.into()), reason: clipped(reason.into()) }
    }

    /// An error of the document as a whole.
    #[must_use]
    pub fn body(reason: impl Into<String>) -> Self {
        Self::new("body", reason)
    }
}

fn clipped(mut text: String) -> String {
    if text.len() > TOLD_BYTES_MAX {
        let end = (0..=TOLD_BYTES_MAX).rev().find(|&end| text.is_char_boundary(end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_a_long_name_is_told() {
        let error = DecodeError::new("x".repeat(200), "ä".repeat(101));
        assert_eq!(error.field, "x".repeat(200));
        assert_eq!(error.reason, format!("{}…", "ä".repeat(100)));
        assert_eq!(DecodeError::body(format!("{}ä", "x".repeat(199))).reason.len(), 199 + 3);
    }
}
