//! Renewal: the heartbeat of an instance (section 1.7).

use std::sync::Arc;

use eureka_wire::{ActionType, InstanceInfo, InstanceStatus};

use crate::entry::{Entry, Key};
use crate::status_rule::effective_status;
use crate::{Moment, Origin, Registry};

/// What a heartbeat tells beside whom it is from.
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat {
    /// Client or peer.
    pub origin: Origin,
    /// Sender's dirty timestamp, ms since the epoch, if told.
    pub last_dirty: Option<i64>,
    /// Override the sender holds, if told and not `UNKNOWN`.
    pub override_status: Option<InstanceStatus>,
}

/// What came of a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Renewed.
    Accepted,
    /// No lease, or a status that nobody knows: the sender must register (EP-30, EP-31).
    Unknown,
    /// Renewed, but the sender has newer data: it must register (EP-34).
    SenderIsAhead,
    /// Renewed, but a peer holds older data than this, which it should adopt (EP-35).
    PeerIsBehind(Arc<InstanceInfo>),
}

impl Registry {
    /// Renews the lease of `id` in `app` (upper case).
    pub fn renew(&self, app: &str, id: &str, beat: Heartbeat, now: Moment) -> Renewal {
        let key = Key::new(app, id);
        let renewal = {
            let Some(mut entry) = self.leases.get_mut(key.as_str()) else {
                return Renewal::Unknown;
            };
            let status = settled_status(&entry, beat.origin);
            if status == InstanceStatus::Unknown {
                return Renewal::Unknown;
            }
            entry.lease.renew(now);
            let renewal = self.compare_dirty(&entry, beat);
            let adopts = renewal == Renewal::SenderIsAhead && beat.origin == Origin::Peer;
            let adopted = beat.override_status.filter(|told| {
                let differs = entry.override_status != Some(*told);
                adopts && (differs || entry.info.overridden_status != *told)
            });
            if status == entry.info.status && adopted.is_none() {
                drop(entry);
                self.renewals.record(now.steady_ms);
                return renewal;
            }
            renewal
        };
        self.renewals.record(now.steady_ms);
        let altered = self.alter_on_renewal(&key, beat, &renewal, now);
        match renewal {
            // The peer is to adopt what this renewal made of it.
            Renewal::PeerIsBehind(before) => Renewal::PeerIsBehind(altered.unwrap_or(before)),
            Renewal::Accepted | Renewal::Unknown | Renewal::SenderIsAhead => renewal,
        }
    }

    fn compare_dirty(&self, entry: &Entry, beat: Heartbeat) -> Renewal {
        let held = entry.info.last_dirty;
        match beat.last_dirty.filter(|_| self.config.sync_when_timestamp_differs) {
            Some(told) if told > held => Renewal::SenderIsAhead,
            Some(told) if told < held && beat.origin == Origin::Peer => {
                let mut info = InstanceInfo::clone(&entry.info);
                info.lease = entry.lease.told(&entry.info.lease, 0);
                Renewal::PeerIsBehind(Arc::new(info))
            }
            _ => Renewal::Accepted,
        }
    }

    /// The rare renewal that changes what is told: the status follows an override, or an override
    /// comes from a peer (OV-5). The reference does this silently, and full and delta answers
    /// drift apart; here it is a change like any other (section 8, row 12). Returns what is told
    /// now; `None` if the instance went in between.
    fn alter_on_renewal(
        &self,
        key: &Key,
        beat: Heartbeat,
        renewal: &Renewal,
        now: Moment,
    ) -> Option<Arc<InstanceInfo>> {
        let mut changes = self.changes.lock();
        let mut entry = self.leases.get_mut(key.as_str())?;
        let mut info = InstanceInfo::clone(&entry.info);
        info.status = settled_status(&entry, beat.origin);
        if *renewal == Renewal::SenderIsAhead
            && beat.origin == Origin::Peer
            && let Some(told) = beat.override_status
        {
            entry.override_status = Some(told);
            info.overridden_status = told;
        }
        info.action = Some(ActionType::Modified);
        info.last_updated = now.wall_ms;
        info.lease = entry.lease.told(&info.lease, 0);
        entry.info = Arc::new(info);
        let (key, info) = (Arc::clone(entry.key()), Arc::clone(&entry.info));
        drop(entry);
        self.publish(&mut changes, &key, &info, now);
        Some(info)
    }
}

/// The status that the rules give the instance as it is held.
fn settled_status(entry: &Entry, origin: Origin) -> InstanceStatus {
    let held = entry.info.status;
    effective_status(held, entry.override_status, Some(held), origin)
}
