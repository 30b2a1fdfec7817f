//! The registry as its rules say it, without an index, a lock or a shortcut.

use std::collections::HashMap;

use eureka_registry::{Config, Heartbeat, Moment, Origin, OverrideOutcome};
use eureka_wire::{ActionType, InstanceInfo, InstanceStatus, LeaseInfo, Metadata};

/// Application and id.
pub(crate) type Key = (String, String);

/// One instance.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// All that is told of it but the times of its lease.
    info: InstanceInfo,
    override_status: Option<InstanceStatus>,
    pub(crate) registered: Moment,
    pub(crate) renewed: Option<Moment>,
    pub(crate) term_ms: u64,
    service_up: i64,
    /// As it was told when it last changed.
    pub(crate) told_then: InstanceInfo,
}

/// What a heartbeat is answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Ok,
    NotFound,
    /// The sender's copy is newer.
    Ahead,
    /// The sender's copy is older than this.
    Behind(Box<InstanceInfo>),
}

/// An entry of the delta queue, as queued.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) steady_ms: u64,
    pub(crate) key: Key,
    pub(crate) info: InstanceInfo,
}

/// The model.
#[derive(Debug)]
pub(crate) struct Naive {
    pub(crate) config: Config,
    pub(crate) held: HashMap<Key, Held>,
    pub(crate) queue: Vec<Queued>,
    pub(crate) expected: u32,
    /// How often anything told changed.
    pub(crate) changed: u64,
    pub(crate) registered: Vec<(i64, String)>,
    pub(crate) cancelled: Vec<(i64, String)>,
    pub(crate) cancellations: u64,
    pub(crate) evictions: u64,
    /// Steady times of all counted renewals.
    pub(crate) renewals: Vec<u64>,
    opened_ms: u64,
}

impl Held {
    /// Last ms of the lease: one term from the registration, two from a renewal (LS-4).
    pub(crate) const fn end_ms(&self, exact: bool) -> u64 {
        match self.renewed {
            Some(at) if exact => at.steady_ms + self.term_ms,
            Some(at) => at.steady_ms + 2 * self.term_ms,
            None => self.registered.steady_ms + self.term_ms,
        }
    }

    /// As an answer tells it: the holder's terms, the server's times (DM-11).
    pub(crate) fn told(&self) -> InstanceInfo {
        self.told_ended(0)
    }

    fn told_ended(&self, eviction_timestamp: i64) -> InstanceInfo {
        let term = i64::try_from(self.term_ms).unwrap();
        let lease = LeaseInfo {
            renewal_interval_secs: self.info.lease.renewal_interval_secs,
            duration_secs: self.info.lease.duration_secs,
            registration_timestamp: self.registered.wall_ms,
            last_renewal_timestamp: match self.renewed {
                Some(at) => at.wall_ms + term,
                None => self.registered.wall_ms,
            },
            eviction_timestamp,
            service_up_timestamp: self.service_up,
        };
        InstanceInfo { lease, ..self.info.clone() }
    }
}

/// Section 3.5.
fn status_by_rules(
    incoming: InstanceStatus,
    override_status: Option<InstanceStatus>,
    existing: Option<InstanceStatus>,
    origin: Origin,
) -> InstanceStatus {
    use InstanceStatus::{OutOfService, Up};
    let in_traffic = |status| status == Up || status == OutOfService;
    if !in_traffic(incoming) {
        incoming
    } else if let Some(status) = override_status {
        status
    } else if origin == Origin::Client && existing.is_some_and(in_traffic) {
        existing.unwrap()
    } else {
        incoming
    }
}

impl Naive {
    pub(crate) fn open(config: Config, now: Moment) -> Self {
        Self {
            expected: config.default_open_for_traffic_count,
            config,
            held: HashMap::new(),
            queue: Vec::new(),
            changed: 0,
            registered: Vec::new(),
            cancelled: Vec::new(),
            cancellations: 0,
            evictions: 0,
            renewals: Vec::new(),
            opened_ms: now.steady_ms,
        }
    }

    /// Keys by application, then id.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.held.keys().cloned().collect();
        keys.sort();
        keys
    }

    pub(crate) fn renewals_last_minute(&self, now: Moment) -> u64 {
        let minute = (now.steady_ms - self.opened_ms) / 60_000;
        let in_last = |at: &&u64| (**at - self.opened_ms) / 60_000 + 1 == minute;
        self.renewals.iter().filter(in_last).count().try_into().unwrap()
    }

    /// Renewals per minute that must be exceeded (SP-1).
    pub(crate) fn threshold(&self) -> u64 {
        let interval = f64::from(self.config.expected_client_renewal_interval_secs);
        let share = self.config.renewal_percent_threshold;
        let exact = f64::from(self.expected) * (60.0 / interval) * share;
        (0_u32..).take_while(|whole| f64::from(*whole) <= exact).last().map_or(0, u64::from)
    }

    pub(crate) fn may_expire(&self, now: Moment) -> bool {
        let threshold = self.threshold();
        !self.config.enable_self_preservation
            || (threshold > 0 && self.renewals_last_minute(now) > threshold)
    }

    pub(crate) fn is_expired(&self, key: &Key, lateness_ms: u64, now: Moment) -> bool {
        now.steady_ms > self.held[key].end_ms(self.config.exact_lease) + lateness_ms
    }

    /// As the instance resource shows it (EP-23).
    pub(crate) fn visible(&self, key: &Key, now: Moment) -> Option<&Held> {
        let held = self.held.get(key)?;
        (!(self.may_expire(now) && self.is_expired(key, 0, now))).then_some(held)
    }

    fn publish(&mut self, key: &Key, action: ActionType, now: Moment) {
        let held = self.held.get_mut(key).unwrap();
        held.info.action = Some(action);
        held.info.last_updated = now.wall_ms;
        held.told_then = held.told();
        let info = held.told_then.clone();
        self.queue.push(Queued { steady_ms: now.steady_ms, key: key.clone(), info });
        self.changed += 1;
    }

    pub(crate) fn register(&mut self, incoming: &InstanceInfo, origin: Origin, now: Moment) {
        let key: Key = (incoming.app.to_string(), incoming.id().to_owned());
        let existing = self.held.get(&key).cloned();
        let holder = match &existing {
            Some(held) if held.info.last_dirty > incoming.last_dirty => &held.info,
            _ => incoming,
        };
        let mut info = holder.clone();
        let mut override_status = existing.as_ref().and_then(|held| held.override_status);
        if override_status.is_none() && info.overridden_status != InstanceStatus::Unknown {
            override_status = Some(info.overridden_status);
        }
        info.overridden_status = override_status.unwrap_or(InstanceStatus::Unknown);
        let existing_status = existing.as_ref().map(|held| held.info.status);
        info.status = status_by_rules(info.status, override_status, existing_status, origin);
        info.is_coordinating = key.1 == *self.config.own_instance_id;
        let mut service_up = existing.as_ref().map_or(0, |held| held.service_up);
        if info.status == InstanceStatus::Up && service_up == 0 {
            service_up = now.wall_ms;
        }
        let term_ms = u64::try_from(incoming.lease.duration_secs).unwrap() * 1000;
        let told_then = info.clone();
        let held = Held {
            info,
            override_status,
            registered: now,
            renewed: None,
            term_ms,
            service_up,
            told_then,
        };
        if existing.is_none() && self.expected > 0 {
            self.expected += 1;
        }
        self.held.insert(key.clone(), held);
        self.registered.push((now.wall_ms, format!("{}({})", key.0, key.1)));
        self.publish(&key, ActionType::Added, now);
    }

    pub(crate) fn renew(&mut self, key: &Key, beat: Heartbeat, now: Moment) -> Answer {
        let Some(held) = self.held.get_mut(key) else { return Answer::NotFound };
        let before = held.info.status;
        let status = status_by_rules(before, held.override_status, Some(before), beat.origin);
        if status == InstanceStatus::Unknown {
            return Answer::NotFound;
        }
        held.renewed = Some(now);
        held.info.status = status;
        let mut is_changed = status != before;
        self.renewals.push(now.steady_ms);
        let told = beat.last_dirty.filter(|_| self.config.sync_when_timestamp_differs);
        let is_ahead = told.is_some_and(|told| told > held.info.last_dirty);
        let is_behind = told.is_some_and(|told| told < held.info.last_dirty);
        let by_peer = beat.origin == Origin::Peer;
        let adopted = beat
            .override_status
            .filter(|told| is_ahead && by_peer && held.override_status != Some(*told));
        if let Some(status) = adopted {
            held.override_status = Some(status);
            held.info.overridden_status = status;
            is_changed = true;
        }
        if is_changed {
            self.publish(key, ActionType::Modified, now);
        }
        match (is_ahead, is_behind && by_peer) {
            (true, _) => Answer::Ahead,
            (false, true) => Answer::Behind(Box::new(self.held[key].told())),
            (false, false) => Answer::Ok,
        }
    }

    /// The steps of a cancellation and of an eviction alike (section 3.4).
    fn remove(&mut self, key: &Key, now: Moment) -> bool {
        self.cancelled.push((now.wall_ms, format!("{}({})", key.0, key.1)));
        let Some(mut held) = self.held.remove(key) else { return false };
        held.info.action = Some(ActionType::Deleted);
        held.info.last_updated = now.wall_ms;
        let info = held.told_ended(now.wall_ms);
        self.queue.push(Queued { steady_ms: now.steady_ms, key: key.clone(), info });
        self.changed += 1;
        self.expected = self.expected.saturating_sub(1);
        true
    }

    pub(crate) fn cancel(&mut self, key: &Key, now: Moment) -> bool {
        let removed = self.remove(key, now);
        self.cancellations += u64::from(removed);
        removed
    }

    pub(crate) fn evicted(&mut self, key: &Key, now: Moment) {
        assert!(self.remove(key, now), "{key:?} was not there");
        self.evictions += 1;
    }

    /// Those of `limit` which one pass may end (EV-3).
    pub(crate) fn eviction_limit(&self) -> usize {
        let size = u32::try_from(self.held.len()).unwrap();
        let share = f64::from(size) * self.config.renewal_percent_threshold;
        let kept = (0..=size).take_while(|whole| f64::from(*whole) <= share).last().unwrap();
        usize::try_from(size - kept).unwrap()
    }

    pub(crate) fn set_override(
        &mut self,
        key: &Key,
        status: InstanceStatus,
        last_dirty: Option<i64>,
        now: Moment,
    ) -> OverrideOutcome {
        if self.visible(key, now).is_none() {
            return OverrideOutcome::NotFound;
        }
        let held = self.held.get_mut(key).unwrap();
        held.renewed = Some(now);
        if held.info.status != status {
            held.override_status = Some(status);
            held.info.overridden_status = status;
            held.info.status = status;
            if status == InstanceStatus::Up && held.service_up == 0 {
                held.service_up = now.wall_ms;
            }
            held.info.last_dirty = held.info.last_dirty.max(last_dirty.unwrap_or(0));
            self.publish(key, ActionType::Modified, now);
        }
        OverrideOutcome::Accepted
    }

    pub(crate) fn remove_override(
        &mut self,
        key: &Key,
        status: InstanceStatus,
        last_dirty: Option<i64>,
        now: Moment,
    ) -> OverrideOutcome {
        if self.visible(key, now).is_none() {
            return OverrideOutcome::NotFound;
        }
        let held = self.held.get_mut(key).unwrap();
        held.renewed = Some(now);
        if held.override_status.take().is_some() {
            held.info.overridden_status = InstanceStatus::Unknown;
            held.info.status = status;
            held.info.last_dirty = held.info.last_dirty.max(last_dirty.unwrap_or(0));
            self.publish(key, ActionType::Modified, now);
        }
        OverrideOutcome::Accepted
    }

    pub(crate) fn set_metadata(
        &mut self,
        key: &Key,
        entries: &[(String, String)],
        origin: Origin,
        now: Moment,
    ) -> bool {
        let Some(held) = self.visible(key, now) else { return false };
        let mut info = held.told();
        let mut given = Metadata::default();
        for (name, value) in entries {
            if given.get(name).is_none() {
                given.set(name, value);
                info.metadata.set(name, value);
            }
        }
        self.register(&info, origin, now);
        true
    }

    pub(crate) fn correct(&mut self) {
        let registered = u32::try_from(self.held.len()).unwrap();
        let floor = self.config.renewal_percent_threshold * f64::from(self.expected);
        if !self.config.enable_self_preservation || f64::from(registered) > floor {
            self.expected = registered;
        }
    }

    /// Drops the head of the queue while it is too old (DL-1).
    pub(crate) fn expire_changes(&mut self, now: Moment) {
        let told_before = self.delta().len();
        let retention_ms = self.config.delta_retention_ms;
        self.queue.retain(|queued| queued.steady_ms + retention_ms >= now.steady_ms);
        self.changed += u64::from(self.delta().len() < told_before);
    }

    /// The queue, each instance where it was queued last (DL-2).
    pub(crate) fn delta(&self) -> Vec<&Queued> {
        let later = |at: usize, key: &Key| self.queue[at + 1..].iter().any(|q| q.key == *key);
        let entries = self.queue.iter().enumerate();
        entries.filter(|(at, queued)| !later(*at, &queued.key)).map(|(_, queued)| queued).collect()
    }
}
