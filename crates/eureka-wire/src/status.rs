//! Status of an instance and what last happened to it.

/// Status of an instance.
///
/// The order is that of the names, which is the order `apps__hashcode` lists them in (rule 3.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceStatus {
    /// Failing its health check.
    Down,
    /// Taken out of traffic on purpose.
    OutOfService,
    /// Not ready yet.
    Starting,
    /// None of the others, or not told.
    Unknown,
    /// Ready for traffic.
    Up,
}

impl InstanceStatus {
    /// All statuses in the order of their names.
    pub const ALL: [Self; 5] =
        [Self::Down, Self::OutOfService, Self::Starting, Self::Unknown, Self::Up];

    /// Name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::OutOfService => "OUT_OF_SERVICE",
            Self::Starting => "STARTING",
            Self::Unknown => "UNKNOWN",
            Self::Up => "UP",
        }
    }

    /// Exactly one of the five names, or nothing (EP-40).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// As the decoders read it: any other text is `UNKNOWN` (DC-6).
    #[must_use]
    pub fn from_wire(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self::Unknown)
    }
}

/// What last happened to an instance, as told in full and delta answers (DL-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionType {
    /// Registered.
    Added,
    /// Its status override changed.
    Modified,
    /// Cancelled or evicted.
    Deleted,
}

impl ActionType {
    /// Name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }

    /// Exactly one of the three names, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Added, Self::Modified, Self::Deleted].into_iter().find(|a| a.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_case_sensitive_and_others_are_unknown() {
        assert_eq!(InstanceStatus::parse("UP"), Some(InstanceStatus::Up));
        assert_eq!(InstanceStatus::parse("up"), None);
        assert_eq!(InstanceStatus::from_wire("FOO"), InstanceStatus::Unknown);
    }

    #[test]
    fn the_order_is_that_of_the_names() {
        assert!(InstanceStatus::ALL.windows(2).all(|w| w[0].as_str() < w[1].as_str()));
        assert!(InstanceStatus::ALL.is_sorted());
    }
}
