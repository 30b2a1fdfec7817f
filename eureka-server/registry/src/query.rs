//! Reading the registry.

use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;

use eureka_wire::{Application, Applications, InstanceInfo, LeaseInfo, StatusCounts};

use crate::change_log::Change;
use crate::entry::{Entry, Key};
use crate::registry::{Changes, Totals};
use crate::{Lease, Moment, RecentEvent, Registry, Verdict};

/// What changed since a reader last looked, all of one moment.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Version of the registry at that moment.
    pub version: u64,
    /// Number of the latest change; where the reader goes on next time.
    pub number: u64,
    /// Counts of the whole registry, from which `apps__hashcode` is made.
    pub counts: StatusCounts,
    /// Changes after the reader's number, oldest first; `None` where some are no longer kept and
    /// the reader must take everything anew.
    pub changes: Option<Vec<Change>>,
    /// Changes up to this number are no longer part of the delta.
    pub dropped: u64,
}

/// A lease as an operator looks at it.
#[derive(Clone, Debug)]
pub struct LeaseView {
    /// The instance, as of its last change.
    pub info: Arc<InstanceInfo>,
    /// Application, upper case.
    pub app: Arc<str>,
    /// Ms since it last registered.
    pub age_ms: u64,
    /// Ms since its latest renewal; `None` before the first since it registered.
    pub silence_ms: Option<u64>,
    /// Ms until it runs out if nothing is heard until then; negative once it has.
    pub remaining_ms: i64,
    /// Ms that it asked for.
    pub term_ms: u64,
}

impl Registry {
    /// The instance `id` of `app` (upper case), its lease as of `now`.
    ///
    /// Where leases may expire, one whose lease has expired is hidden though not evicted yet
    /// (EP-23).
    #[must_use]
    pub fn instance(&self, app: &str, id: &str, now: Moment) -> Option<Arc<InstanceInfo>> {
        let hides_expired = self.verdict(now).expiration_enabled;
        self.visible(app, id, hides_expired, now).map(Arc::new)
    }

    /// The instance, unless expired ones are hidden and its lease has expired.
    pub(crate) fn visible(
        &self,
        app: &str,
        id: &str,
        hides_expired: bool,
        now: Moment,
    ) -> Option<InstanceInfo> {
        let entry = self.leases.get(Key::new(app, id).as_str())?;
        let hidden = hides_expired && entry.lease.is_expired(now, 0, self.config.exact_lease);
        (!hidden).then(|| stamped(&entry))
    }

    /// The first instance with `id` in any application, under the same rule (EP-24).
    #[must_use]
    pub fn instance_anywhere(&self, id: &str, now: Moment) -> Option<Arc<InstanceInfo>> {
        let keys: Vec<Arc<str>> = {
            let changes = self.changes.lock();
            let same = changes.instances.keys().filter(|key| Key::split(key).1 == id);
            same.cloned().collect()
        };
        keys.iter().find_map(|key| self.instance(Key::split(key).0, id, now))
    }

    /// All instances of `app` (upper case), expired ones included (EP-22); `None` if there is none.
    #[must_use]
    pub fn application(&self, app: &str) -> Option<Application> {
        let infos: Vec<_> = {
            let changes = self.changes.lock();
            let from = Key::new(app, "");
            let of_app = changes.instances.range::<str, _>((Included(from.as_str()), Unbounded));
            let of_app = of_app.take_while(|(key, _)| Key::split(key).0 == app);
            of_app.map(|(key, info)| (Arc::clone(key), Arc::clone(info))).collect()
        };
        let instances: Vec<_> = infos.iter().map(|(key, info)| self.restamped(key, info)).collect();
        (!instances.is_empty()).then(|| Application { name: app.into(), instances })
    }

    /// Instances whose virtual address `name` is, plain or secure (EP-25).
    #[must_use]
    pub fn by_vip(&self, name: &str, is_secure: bool) -> Applications {
        let infos: Vec<_> = {
            let changes = self.changes.lock();
            let keys = changes.vips.keys(name, is_secure);
            keys.filter_map(|key| changes.instances.get_key_value(key))
                .map(|(key, info)| (Arc::clone(key), Arc::clone(info)))
                .collect()
        };
        let mut list = Applications { version: -1, ..Applications::default() };
        for (key, info) in &infos {
            let (app, instance) = (Key::split(key).0, self.restamped(key, info));
            match list.applications.last_mut() {
                Some(last) if *last.name == *app => last.instances.push(instance),
                _ => {
                    let application = Application { name: app.into(), instances: vec![instance] };
                    list.applications.push(application);
                }
            }
        }
        list.hashcode = list.status_counts().to_string().into();
        list
    }

    /// What changed after change `number`, with the counts of the same moment.
    #[must_use]
    pub fn feed(&self, number: u64) -> Feed {
        let changes = self.changes.lock();
        let known = number >= changes.log.dropped();
        let after = known.then(|| changes.log.after(number).cloned().collect());
        Feed { changes: after, ..self.feed_from_here(&changes) }
    }

    /// Every instance, sorted by application and id, as changes with number 0; with the feed that
    /// goes on from the same moment.
    #[must_use]
    pub fn everything(&self) -> (Vec<Change>, Feed) {
        let changes = self.changes.lock();
        let all = changes.instances.iter().map(|(key, info)| Change {
            number: 0,
            steady_ms: 0,
            key: Arc::clone(key),
            info: Arc::clone(info),
        });
        (all.collect(), self.feed_from_here(&changes))
    }

    /// Every change still in the delta, oldest first; with the feed that goes on from the same
    /// moment.
    #[must_use]
    pub fn whole_delta(&self) -> (Vec<Change>, Feed) {
        let changes = self.changes.lock();
        (changes.log.after(0).cloned().collect(), self.feed_from_here(&changes))
    }

    fn feed_from_here(&self, changes: &Changes) -> Feed {
        Feed {
            version: self.version(),
            number: changes.log.last_number(),
            counts: changes.counts,
            changes: Some(Vec::new()),
            dropped: changes.log.dropped(),
        }
    }

    /// The lease of the instance as of `change`, as told on the wire; `None` if it has changed
    /// again or is gone, since two registrations are never told as one.
    #[must_use]
    pub fn lease_of(&self, change: &Change) -> Option<LeaseInfo> {
        let entry = self.leases.get(&change.key)?;
        Arc::ptr_eq(&entry.info, &change.info).then(|| entry.lease.told(&entry.info.lease, 0))
    }

    /// Every lease with its state at `now`, sorted by application and id.
    #[must_use]
    pub fn leases(&self, now: Moment) -> Vec<LeaseView> {
        let keys: Vec<Arc<str>> = self.changes.lock().instances.keys().cloned().collect();
        let view = |key: Arc<str>| {
            let entry = self.leases.get(&key)?;
            Some(LeaseView {
                app: Key::split(&key).0.into(),
                info: Arc::clone(&entry.info),
                age_ms: now.steady_ms.saturating_sub(entry.lease.registered().steady_ms),
                silence_ms: entry
                    .lease
                    .renewed()
                    .map(|at| now.steady_ms.saturating_sub(at.steady_ms)),
                remaining_ms: remaining_ms(&entry.lease, now, self.config.exact_lease),
                term_ms: entry.lease.term_ms(),
            })
        };
        keys.into_iter().filter_map(view).collect()
    }

    /// State of self-preservation at `now`.
    #[must_use]
    pub fn verdict(&self, now: Moment) -> Verdict {
        self.verdict_of(&self.changes.lock(), now)
    }

    pub(crate) fn verdict_of(&self, changes: &Changes, now: Moment) -> Verdict {
        changes.self_preservation.verdict(self.renewals.last_minute(now.steady_ms))
    }

    /// Corrects the number of expected clients (SP-6), counting the registry's own instances.
    pub fn correct_expected_clients(&self) {
        let mut changes = self.changes.lock();
        let registered = changes.counts.total();
        changes.self_preservation.correct(registered);
    }

    /// Drops changes that have been in the delta long enough (DL-1).
    pub fn expire_changes(&self, now: Moment) {
        let retention_ms = self.config.delta_retention_ms;
        let mut changes = self.changes.lock();
        if changes.log.expire(now.steady_ms, retention_ms) {
            self.raise_version(&changes);
        }
    }

    /// Recent registrations and cancellations, newest first.
    #[must_use]
    pub fn recent(&self) -> (Vec<RecentEvent>, Vec<RecentEvent>) {
        let changes = self.changes.lock();
        (changes.registered.newest_first(), changes.cancelled.newest_first())
    }

    /// Instances by status.
    #[must_use]
    pub fn counts(&self) -> StatusCounts {
        self.changes.lock().counts
    }

    /// Instances by status for each application, sorted by name.
    #[must_use]
    pub fn counts_by_application(&self) -> Vec<(Box<str>, StatusCounts)> {
        let changes = self.changes.lock();
        let mut all: Vec<(Box<str>, StatusCounts)> = Vec::new();
        for (key, info) in &changes.instances {
            let app = Key::split(key).0;
            if all.last().is_none_or(|(last, _)| **last != *app) {
                all.push((app.into(), StatusCounts::default()));
            }
            if let Some((_, counts)) = all.last_mut() {
                counts.add(info.status);
            }
        }
        all
    }

    /// Events since the registry opened.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let totals = self.changes.lock().totals;
        Totals { renewals: self.renewals.total(), ..totals }
    }

    /// `info` with the lease as it is now, unless that is the lease of a later registration.
    fn restamped(&self, key: &Arc<str>, info: &Arc<InstanceInfo>) -> InstanceInfo {
        let mut told = InstanceInfo::clone(info);
        if let Some(entry) = self.leases.get(key)
            && Arc::ptr_eq(&entry.info, info)
        {
            told.lease = entry.lease.told(&told.lease, 0);
        }
        told
    }
}

fn stamped(entry: &Entry) -> InstanceInfo {
    let mut info = InstanceInfo::clone(&entry.info);
    info.lease = entry.lease.told(&info.lease, 0);
    info
}

fn remaining_ms(lease: &Lease, now: Moment, exact: bool) -> i64 {
    let until = i64::try_from(lease.lasts_until(exact)).unwrap_or(i64::MAX);
    until.saturating_sub_unsigned(now.steady_ms)
}
