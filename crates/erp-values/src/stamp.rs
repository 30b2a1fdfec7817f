//! Who wrote something, and when.

use chrono::{DateTime, Utc};

/// Who wrote something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
}
