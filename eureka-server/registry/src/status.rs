//! Status overrides (section 3.6).

use std::sync::Arc;

use eureka_wire::{ActionType, InstanceInfo, InstanceStatus};

use crate::entry::{Entry, Key};
use crate::{Moment, Registry};

/// What came of setting or removing an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverrideOutcome {
    /// Done, or nothing to do.
    Accepted,
    /// No such instance, or its lease has expired.
    NotFound,
}

impl Registry {
    /// Sets the override of `id` in `app` (upper case) to `status` (OV-1); renews the lease.
    ///
    /// `last_dirty`, ms since the epoch, replaces the stored one only if it is greater (DT-3).
    pub fn set_override(
        &self,
        app: &str,
        id: &str,
        status: InstanceStatus,
        last_dirty: Option<i64>,
        now: Moment,
    ) -> OverrideOutcome {
        self.alter(app, id, now, |entry| {
            if entry.info.status == status {
                return None;
            }
            entry.lease.note_status(status, now);
            entry.override_status = Some(status);
            Some(overridden(entry, status, status, last_dirty, now))
        })
    }

    /// Removes the override of `id` in `app` (upper case) (OV-2); renews the lease. The instance
    /// then says `status` until it registers again; without an override nothing changes.
    pub fn remove_override(
        &self,
        app: &str,
        id: &str,
        status: InstanceStatus,
        last_dirty: Option<i64>,
        now: Moment,
    ) -> OverrideOutcome {
        self.alter(app, id, now, |entry| {
            entry.override_status.take()?;
            Some(overridden(entry, InstanceStatus::Unknown, status, last_dirty, now))
        })
    }

    /// Renews the lease, uncounted (LS-7), and publishes what `change` returns.
    fn alter(
        &self,
        app: &str,
        id: &str,
        now: Moment,
        change: impl FnOnce(&mut Entry) -> Option<InstanceInfo>,
    ) -> OverrideOutcome {
        let key = Key::new(app, id);
        let mut changes = self.changes.lock();
        let hides_expired = self.verdict_of(&changes, now).expiration_enabled;
        let Some(mut entry) = self.leases.get_mut(key.as_str()) else {
            return OverrideOutcome::NotFound;
        };
        if hides_expired && entry.lease.is_expired(now, 0, self.config.exact_lease) {
            return OverrideOutcome::NotFound;
        }
        entry.lease.renew(now);
        if let Some(info) = change(&mut entry) {
            entry.info = Arc::new(info);
            let (key, info) = (Arc::clone(entry.key()), Arc::clone(&entry.info));
            drop(entry);
            self.publish(&mut changes, &key, &info, now);
        }
        OverrideOutcome::Accepted
    }
}

fn overridden(
    entry: &Entry,
    override_status: InstanceStatus,
    status: InstanceStatus,
    last_dirty: Option<i64>,
    now: Moment,
) -> InstanceInfo {
    let mut info = InstanceInfo::clone(&entry.info);
    info.overridden_status = override_status;
    info.status = status;
    info.last_dirty = info.last_dirty.max(last_dirty.unwrap_or_default());
    info.action = Some(ActionType::Modified);
    info.last_updated = now.wall_ms;
    info.lease = entry.lease.told(&info.lease, 0);
    info
}
