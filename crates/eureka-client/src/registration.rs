//! The own instance: what is to be told to the servers, and what they were told already.
//!
//! Pure: it is told the time and what the servers answered.

use bytes::Bytes;
use eureka_wire::{InstanceInfo, InstanceStatus, Metadata};

/// The own instance as it is now.
#[derive(Debug)]
pub(crate) struct Registration {
    info: InstanceInfo,
    status_when_ready: InstanceStatus,
    /// Whether the servers were not told the latest change yet (CL-3).
    is_dirty: bool,
    /// Whether a server may know the instance: one was sent a registration.
    was_sent: bool,
}

/// A registration to send, and of which state it is.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) app: String,
    pub(crate) body: Bytes,
    pub(crate) last_dirty: i64,
}

impl Registration {
    pub(crate) const fn new(info: InstanceInfo, status_when_ready: InstanceStatus) -> Self {
        Self { info, status_when_ready, is_dirty: true, was_sent: false }
    }

    pub(crate) const fn info(&self) -> &InstanceInfo {
        &self.info
    }

    pub(crate) const fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    pub(crate) const fn was_sent(&self) -> bool {
        self.was_sent
    }

    /// Whether the instance never said that it is ready.
    pub(crate) fn is_starting(&self) -> bool {
        self.info.status == InstanceStatus::Starting
    }

    /// The instance is ready; true if that changed something.
    pub(crate) fn ready(&mut self, now: i64) -> bool {
        self.is_starting() && self.set_status(self.status_when_ready, now)
    }

    /// Sets the status; true if it changed.
    pub(crate) fn set_status(&mut self, status: InstanceStatus, now: i64) -> bool {
        self.change(now, |info| info.status = status)
    }

    /// Sets or, without a value, removes a metadata entry; true if that changed something.
    pub(crate) fn set_metadata(&mut self, key: &str, value: Option<&str>, now: i64) -> bool {
        self.change(now, |info| match value {
            Some(value) => info.metadata.set(key, value),
            None => {
                let kept: Metadata = info.metadata.iter().filter(|(k, _)| *k != key).collect();
                info.metadata = kept;
            }
        })
    }

    /// Sets host name and address; true if that changed something.
    pub(crate) fn set_address(&mut self, host: &str, ip: &str, now: i64) -> bool {
        self.change(now, |info| {
            info.host_name = host.into();
            info.ip_addr = ip.into();
        })
    }

    /// Changes the description; true if it differs afterwards. A change makes it dirty.
    fn change(&mut self, now: i64, change: impl FnOnce(&mut InstanceInfo)) -> bool {
        let before = self.info.clone();
        change(&mut self.info);
        let differs = self.info != before;
        if differs {
            self.touch(now);
        }
        differs
    }

    /// Makes the latest change later than any before, so that the servers take it (DT-1).
    fn touch(&mut self, now: i64) {
        self.info.last_dirty = now.max(self.info.last_dirty.saturating_add(1));
        self.info.last_updated = self.info.last_dirty;
        self.is_dirty = true;
    }

    /// The instance leaves: its status becomes `DOWN`. Application and id if a server may know it.
    pub(crate) fn leave(&mut self, now: i64) -> Option<(String, String)> {
        self.set_status(InstanceStatus::Down, now);
        let was_sent = std::mem::take(&mut self.was_sent);
        was_sent.then(|| (self.info.app.to_string(), self.info.id().to_owned()))
    }

    /// A server does not know the instance: register anew (CL-2).
    pub(crate) fn unknown_to_server(&mut self, now: i64) {
        self.touch(now);
    }

    /// The whole description to send. From now on a server may know it.
    pub(crate) fn outgoing(&mut self) -> Outgoing {
        self.was_sent = true;
        Outgoing {
            app: self.info.app.to_string(),
            body: eureka_wire::json::encode_instance(&self.info).into(),
            last_dirty: self.info.last_dirty,
        }
    }

    /// A server answered the description as of `last_dirty`, accepting it or not (CL-1).
    ///
    /// A change that was made meanwhile stays to be told.
    pub(crate) const fn sent(&mut self, last_dirty: i64) {
        if self.info.last_dirty == last_dirty {
            self.is_dirty = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration() -> Registration {
        let info = InstanceInfo { status: InstanceStatus::Starting, ..InstanceInfo::empty(100) };
        Registration::new(info, InstanceStatus::Up)
    }

    #[test]
    fn ready_counts_once() {
        let mut own = registration();
        assert!(own.ready(200));
        assert_eq!((own.info().status, own.info().last_dirty), (InstanceStatus::Up, 200));
        own.set_status(InstanceStatus::OutOfService, 300);
        assert!(!own.ready(400), "who was taken out stays out");
    }

    #[test]
    fn every_change_is_told_and_none_twice() {
        let mut own = registration();
        let first = own.outgoing();
        own.sent(first.last_dirty);
        assert!(!own.is_dirty());

        assert!(own.set_metadata("a", Some("1"), 200) && own.is_dirty());
        let second = own.outgoing();
        assert_eq!(second.last_dirty, 200);
        own.sent(second.last_dirty);
        assert!(!own.set_metadata("a", Some("1"), 300));
        assert!(!own.set_metadata("b", None, 300));
        assert!(!own.is_dirty());
        assert!(own.set_metadata("a", None, 300) && own.set_address("h", "i", 300));
        assert!(own.is_dirty());
    }

    #[test]
    fn a_change_during_sending_stays_to_be_told() {
        let mut own = registration();
        let sent = own.outgoing();
        own.set_status(InstanceStatus::Up, 200);
        own.sent(sent.last_dirty);
        assert!(own.is_dirty());
    }

    #[test]
    fn changes_of_one_millisecond_or_a_clock_set_back_are_later_all_the_same() {
        let mut own = registration();
        own.set_status(InstanceStatus::Up, 100);
        assert_eq!(own.info().last_dirty, 101);
        own.unknown_to_server(50);
        assert_eq!(own.info().last_dirty, 102);
    }

    #[test]
    fn who_leaves_is_down_and_says_so_once_and_only_if_somebody_may_know_it() {
        let mut own = registration();
        assert_eq!(own.leave(200), None);
        own.outgoing();
        assert!(own.leave(300).is_some());
        assert_eq!(own.leave(400), None);
        assert_eq!(own.info().status, InstanceStatus::Down);
    }

    #[test]
    fn what_a_server_answered_is_not_repeated_at_once() {
        let mut own = registration();
        assert!(!own.was_sent());
        let sent = own.outgoing();
        own.sent(sent.last_dirty);
        assert!(own.was_sent() && !own.is_dirty());
    }
}
