//! Life of a product.

use erp_values::closed_list;

closed_list! {
    /// Where a product stands.
    Status {
        Draft = 1, "DRAFT", "Being written; nobody else has seen it.";
        Active = 2, "ACTIVE", "May be ordered and received.";
        Discontinued = 3, "DISCONTINUED", "No longer ordered; what there is may still be used up.";
        Deleted = 4, "DELETED", "Hidden from lists; still readable by id.";
    }
}

/// What may be done to a product's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make it orderable.
    Activate,
    /// Stop selling it.
    Discontinue,
    /// Hide it.
    Delete,
    /// Bring it back.
    Restore,
}

/// A status that does not allow the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub Status);

impl Action {
    /// The status after the action on a product with `status`; the same where nothing is to do.
    ///
    /// # Errors
    /// The status does not allow it.
    pub const fn on(self, status: Status) -> Result<Status, Refusal> {
        match (self, status) {
            (Self::Activate, Status::Draft | Status::Active | Status::Discontinued) => {
                Ok(Status::Active)
            }
            (Self::Discontinue, Status::Active | Status::Discontinued)
            | (Self::Restore, Status::Deleted) => Ok(Status::Discontinued),
            (Self::Delete, _) => Ok(Status::Deleted),
            (Self::Activate, Status::Deleted)
            | (Self::Discontinue, Status::Draft | Status::Deleted)
            | (Self::Restore, Status::Draft | Status::Active | Status::Discontinued) => {
                Err(Refusal(status))
            }
        }
    }

    /// Its name in the audit log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activate => "ACTIVATE",
            Self::Discontinue => "DISCONTINUE",
            Self::Delete => "DELETE",
            Self::Restore => "RESTORE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_transitions() {
        use Status::{Active, Deleted, Discontinued, Draft};
        let table = [
            (Draft, [Some(Active), None, Some(Deleted), None]),
            (Active, [Some(Active), Some(Discontinued), Some(Deleted), None]),
            (Discontinued, [Some(Active), Some(Discontinued), Some(Deleted), None]),
            (Deleted, [None, None, Some(Deleted), Some(Discontinued)]),
        ];
        let actions = [Action::Activate, Action::Discontinue, Action::Delete, Action::Restore];
        for (status, expected) in table {
            assert_eq!(actions.map(|action| action.on(status).ok()), expected, "{status:?}");
        }
    }

    #[test]
    fn numbers_and_names_are_unique() {
        for status in Status::ALL {
            assert_eq!(Status::named(status.name()), Some(*status));
            assert_eq!(Status::coded(status.code()), Some(*status));
        }
    }
}
