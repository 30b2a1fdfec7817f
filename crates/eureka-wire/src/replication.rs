//! What one discovery server tells another (section 4.3).

use crate::InstanceInfo;

/// What a peer did and wants repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReplicationAction {
    /// Renewed a lease.
    Heartbeat,
    /// Registered an instance.
    Register,
    /// Cancelled a lease.
    Cancel,
    /// Set a status override.
    StatusUpdate,
    /// Removed a status override.
    DeleteStatusOverride,
}

impl ReplicationAction {
    const ALL: [Self; 5] = [
        Self::Heartbeat,
        Self::Register,
        Self::Cancel,
        Self::StatusUpdate,
        Self::DeleteStatusOverride,
    ];

    /// Name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Heartbeat => "Heartbeat",
            Self::Register => "Register",
            Self::Cancel => "Cancel",
            Self::StatusUpdate => "StatusUpdate",
            Self::DeleteStatusOverride => "DeleteStatusOverride",
        }
    }

    /// Exactly one of the five names, or nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// One item of a batch. Members that were absent or null are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicationItem {
    /// Application name.
    pub app_name: Option<Box<str>>,
    /// Instance id.
    pub id: Option<Box<str>>,
    /// Conflict key, ms since the epoch.
    pub last_dirty: Option<i64>,
    /// Override that the sender holds, as text.
    pub overridden_status: Option<Box<str>>,
    /// Status that the sender holds, as text.
    pub status: Option<Box<str>>,
    /// The instance, in a registration.
    pub instance: Option<Box<InstanceInfo>>,
    /// What to do; an item without it fails alone.
    pub action: Option<ReplicationAction>,
}

/// Answer to one item of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicationOutcome {
    /// HTTP status of the item.
    pub status_code: u16,
    /// Our newer instance, with a 409.
    pub entity: Option<Box<InstanceInfo>>,
}

impl ReplicationOutcome {
    /// An answer without an instance.
    #[must_use]
    pub const fn of(status_code: u16) -> Self {
        Self { status_code, entity: None }
    }
}
