//! Registration (section 3.2).

use std::sync::Arc;

use eureka_wire::{ActionType, InstanceInfo, InstanceStatus};

use crate::entry::{Entry, Key};
use crate::registry::Changes;
use crate::status_rule::effective_status;
use crate::{Lease, Moment, Origin, Registry};

impl Registry {
    /// Registers `info` under its application and effective id, or registers it again.
    ///
    /// An instance already held with a greater dirty timestamp stays as it is; its lease starts
    /// over all the same (DT-1).
    pub fn register(&self, info: InstanceInfo, origin: Origin, now: Moment) {
        self.register_locked(&mut self.changes.lock(), info, origin, now);
    }

    /// The same, for a caller that must not let go of the lock in between.
    pub(crate) fn register_locked(
        &self,
        changes: &mut Changes,
        info: InstanceInfo,
        origin: Origin,
        now: Moment,
    ) {
        let duration_secs = info.lease.duration_secs;
        let key = Key::new(&info.app, info.id());
        let existing = self.leases.get(key.as_str()).map(|entry| entry.value().clone());
        let key: Arc<str> = match changes.instances.get_key_value(key.as_str()) {
            Some((key, _)) => Arc::clone(key),
            None => key.into(),
        };

        let lease = match &existing {
            Some(held) => Lease::reopen(now, duration_secs, &held.lease),
            None => Lease::open(now, duration_secs),
        };
        let entry = self.settle(info, existing.as_ref(), lease, origin, now);

        if existing.is_none() {
            changes.self_preservation.expect_one_more();
        }
        let (app, id) = Key::split(&key);
        changes.registered.push(now.wall_ms, app, id);
        changes.totals.registrations += 1;
        self.publish(changes, &key, &entry.info, now);
        self.leases.insert(key, entry);
    }

    /// The entry that results: which data wins, which override holds, which status follows.
    fn settle(
        &self,
        incoming: InstanceInfo,
        existing: Option<&Entry>,
        mut lease: Lease,
        origin: Origin,
        now: Moment,
    ) -> Entry {
        let mut info = match existing {
            Some(held) if held.info.last_dirty > incoming.last_dirty => {
                InstanceInfo::clone(&held.info)
            }
            _ => incoming,
        };
        let told =
            (info.overridden_status != InstanceStatus::Unknown).then_some(info.overridden_status);
        let override_status = existing.and_then(|held| held.override_status).or(told);
        if let Some(status) = override_status {
            info.overridden_status = status;
        }
        let held_status = existing.map(|held| held.info.status);
        info.status = effective_status(info.status, override_status, held_status, origin);
        info.action = Some(ActionType::Added);
        info.last_updated = now.wall_ms;
        info.is_coordinating = *info.id() == *self.config.own_instance_id;
        lease.note_status(info.status, now);
        info.lease = lease.told(&info.lease, 0);
        Entry { info: Arc::new(info), lease, override_status }
    }
}
