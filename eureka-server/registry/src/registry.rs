//! The registry as a value, its locks and what all changes have in common.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};

use dashmap::DashMap;
use eureka_wire::{ActionType, InstanceInfo, StatusCounts};
use parking_lot::Mutex;

use crate::change_log::ChangeLog;
use crate::entry::Entry;
use crate::rate::RenewalRate;
use crate::recent::Recent;
use crate::self_preservation::SelfPreservation;
use crate::vip_index::VipIndex;
use crate::{Config, Moment};

/// All instances, their leases and their recent changes.
///
/// Renewals, nearly all of the traffic, take one shard of `leases`. Everything that changes what is
/// told takes `changes` first and may then take a shard; never the other way round.
#[derive(Debug)]
pub struct Registry {
    pub(crate) config: Config,
    pub(crate) leases: DashMap<Arc<str>, Entry>,
    pub(crate) changes: Mutex<Changes>,
    pub(crate) renewals: RenewalRate,
    /// Raised under the lock of `changes` whenever what is told changes; a reader that comes after
    /// an acknowledged change sees it without taking the lock.
    version: AtomicU64,
}

/// What is told, all of one moment.
#[derive(Debug)]
pub(crate) struct Changes {
    /// By key: sorted by application, then id.
    pub(crate) instances: BTreeMap<Arc<str>, Arc<InstanceInfo>>,
    pub(crate) vips: VipIndex,
    pub(crate) counts: StatusCounts,
    pub(crate) log: ChangeLog,
    pub(crate) self_preservation: SelfPreservation,
    pub(crate) registered: Recent,
    pub(crate) cancelled: Recent,
    pub(crate) totals: Totals,
}

/// Events since the registry opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Registrations, repeated ones included.
    pub registrations: u64,
    /// Cancellations that removed a lease.
    pub cancellations: u64,
    /// Leases evicted.
    pub evictions: u64,
    /// Renewals, refused ones not included.
    pub renewals: u64,
}

impl Registry {
    /// An empty registry that opens at `now`.
    #[must_use]
    pub fn open(config: Config, now: Moment) -> Self {
        let changes = Changes {
            instances: BTreeMap::new(),
            vips: VipIndex::default(),
            counts: StatusCounts::default(),
            log: ChangeLog::default(),
            self_preservation: SelfPreservation::new(&config),
            registered: Recent::default(),
            cancelled: Recent::default(),
            totals: Totals::default(),
        };
        Self {
            config,
            leases: DashMap::new(),
            changes: Mutex::new(changes),
            renewals: RenewalRate::open(now.steady_ms),
            version: AtomicU64::new(0),
        }
    }

    /// Version of what is told: equal versions mean equal answers.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Acquire)
    }

    /// Raises the version; called with `changes` locked.
    pub(crate) fn raise_version(&self, _changes: &Changes) {
        self.version.fetch_add(1, Release);
    }

    /// Makes `info` what is told of `key`.
    pub(crate) fn publish(
        &self,
        changes: &mut Changes,
        key: &Arc<str>,
        info: &Arc<InstanceInfo>,
        now: Moment,
    ) {
        changes.publish(key, info, now);
        self.raise_version(changes);
    }

    /// The settings it was opened with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}

impl Changes {
    fn publish(&mut self, key: &Arc<str>, info: &Arc<InstanceInfo>, now: Moment) {
        let old = self.instances.insert(Arc::clone(key), Arc::clone(info));
        if let Some(old) = &old {
            self.counts.remove(old.status);
        }
        self.counts.add(info.status);
        self.vips.update(key, old.as_deref(), Some(info));
        self.log.push(now.steady_ms, key, Arc::clone(info));
    }

    /// Takes `key` out of what is told and logs its deletion.
    pub(crate) fn withdraw(&mut self, key: &Arc<str>, entry: &Entry, now: Moment) {
        if let Some(old) = self.instances.remove(key) {
            self.counts.remove(old.status);
            self.vips.update(key, Some(&old), None);
        }
        let mut gone = InstanceInfo::clone(&entry.info);
        gone.action = Some(ActionType::Deleted);
        gone.last_updated = now.wall_ms;
        gone.lease = entry.lease.told(&entry.info.lease, now.wall_ms);
        self.log.push(now.steady_ms, key, Arc::new(gone));
    }
}
