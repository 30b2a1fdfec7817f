//! Life of a partner.

use erp_values::closed_list;

closed_list! {
    /// Where a partner stands.
    Status {
        Active = 1, "ACTIVE", "We trade with it.";
        OnHold = 2, "ON_HOLD", "No new orders; running ones go on.";
        Inactive = 3, "INACTIVE", "We no longer trade with it.";
        Deleted = 4, "DELETED", "Hidden from lists; still readable by id.";
    }
}

/// What may be done to a partner's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Block new orders.
    Hold,
    /// Allow them again.
    Release,
    /// Trade with it again.
    Activate,
    /// Trade with it no longer.
    Deactivate,
    /// Hide it.
    Delete,
    /// Bring it back.
    Restore,
}

/// A status that does not allow the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub Status);

impl Action {
    /// The status after the action on a partner with `status`; the same where nothing is to do.
    ///
    /// A hold is ended by `Release` or by giving the partner up, never by the way: `Activate` is for
    /// those that are inactive.
    ///
    /// # Errors
    /// The status does not allow it.
    pub const fn on(self, status: Status) -> Result<Status, Refusal> {
        match (self, status) {
            (Self::Hold, Status::Active | Status::OnHold | Status::Inactive) => Ok(Status::OnHold),
            (Self::Release, Status::OnHold | Status::Active)
            | (Self::Activate, Status::Inactive | Status::Active) => Ok(Status::Active),
            (Self::Deactivate, Status::Active | Status::OnHold | Status::Inactive)
            | (Self::Restore, Status::Deleted) => Ok(Status::Inactive),
            (Self::Delete, _) => Ok(Status::Deleted),
            (Self::Hold | Self::Deactivate, Status::Deleted)
            | (Self::Release, Status::Inactive | Status::Deleted)
            | (Self::Activate, Status::OnHold | Status::Deleted)
            | (Self::Restore, Status::Active | Status::OnHold | Status::Inactive) => {
                Err(Refusal(status))
            }
        }
    }

    /// Its name in the audit log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "HOLD",
            Self::Release => "RELEASE",
            Self::Activate => "ACTIVATE",
            Self::Deactivate => "DEACTIVATE",
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
        use Status::{Active, Deleted, Inactive, OnHold};
        let actions = [
            Action::Hold,
            Action::Release,
            Action::Activate,
            Action::Deactivate,
            Action::Delete,
            Action::Restore,
        ];
        let hold = Some(OnHold);
        let table = [
            (Active, [hold, Some(Active), Some(Active), Some(Inactive), Some(Deleted), None]),
            (OnHold, [hold, Some(Active), None, Some(Inactive), Some(Deleted), None]),
            (Inactive, [hold, None, Some(Active), Some(Inactive), Some(Deleted), None]),
            (Deleted, [None, None, None, None, Some(Deleted), Some(Inactive)]),
        ];
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
