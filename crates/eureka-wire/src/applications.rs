//! Lists of instances by application.

use crate::{InstanceInfo, StatusCounts};

/// All instances under one upper-case name (section 2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Application {
    /// Upper-case name.
    pub name: Box<str>,
    /// Its instances, in no order that means anything.
    pub instances: Vec<InstanceInfo>,
}

/// A full or delta list (section 2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applications {
    /// `versions__delta`: 1 for the full list, a counter for deltas, -1 for VIP lists.
    pub version: i64,
    /// `apps__hashcode` as received; of the whole registry, also in a delta.
    pub hashcode: Box<str>,
    /// Applications.
    pub applications: Vec<Application>,
}

impl Applications {
    /// Every instance of every application.
    pub fn instances(&self) -> impl Iterator<Item = &InstanceInfo> {
        self.applications.iter().flat_map(|application| &application.instances)
    }

    /// What `apps__hashcode` should be for the instances in this list.
    #[must_use]
    pub fn status_counts(&self) -> StatusCounts {
        StatusCounts::tally(self.instances())
    }
}
