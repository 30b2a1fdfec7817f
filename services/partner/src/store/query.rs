//! What lists are asked for.

use chrono::{DateTime, Utc};
use service_kit::store::{Listing, Place, PlaceKind, SortField};

use crate::domain::{Partner, Role, Status};

/// Which partners; an empty list allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Roles, of which it has at least one.
    pub roles: Vec<Role>,
    /// Statuses.
    pub statuses: Vec<Status>,
    /// Whether deleted ones are listed where no status is asked for.
    pub with_deleted: bool,
    /// Business numbers, digits only.
    pub business_nos: Vec<String>,
    /// Created from, and before.
    pub created: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Updated from, and before.
    pub updated: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Terms, folded, all of which must be found.
    pub terms: Vec<String>,
}

/// Fields to sort by.
pub static ORDERS: [SortField<Partner>; 4] = [
    SortField {
        name: "code",
        column: "code",
        kind: PlaceKind::Text,
        place: |partner| Place::Text(partner.code.clone()),
    },
    SortField {
        name: "name",
        column: "name",
        kind: PlaceKind::Text,
        place: |partner| Place::Text(partner.draft.name.clone()),
    },
    SortField {
        name: "createdAt",
        column: "created_at",
        kind: PlaceKind::Time,
        place: |partner| Place::Time(partner.created.at),
    },
    SortField {
        name: "updatedAt",
        column: "updated_at",
        kind: PlaceKind::Time,
        place: |partner| Place::Time(partner.updated.at),
    },
];

/// A page of partners.
pub type PartnerQuery = Listing<Partner, Filter>;
