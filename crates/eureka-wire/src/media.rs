//! The four ways a list can be written.

/// Representation of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `application/json`
    Json,
    /// `application/xml`
    Xml,
}

impl Format {
    /// Media type, without parameters (CN-3).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

/// How much of an instance is written (`X-Eureka-Accept`, CN-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    /// Every member (section 2.4).
    Full,
    /// What a caller needs to reach it (section 2.7).
    Compact,
}
