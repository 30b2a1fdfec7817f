//! What changed lately, each instance once with its last state.
//!
//! The delta is the whole of it (DL-1, DL-2); readers that keep encoded copies follow it by number.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use eureka_wire::InstanceInfo;

use crate::entry::Key;

/// The last change of an instance.
#[derive(Clone, Debug)]
pub struct Change {
    /// Number of the change; each is greater than all before it.
    pub number: u64,
    /// Steady clock, ms.
    pub steady_ms: u64,
    /// Application and id, joined; sorts by application, then id.
    pub key: Arc<str>,
    /// As it was after the change; its action says what happened.
    pub info: Arc<InstanceInfo>,
}

impl Change {
    /// Application, upper case.
    #[must_use]
    pub fn app(&self) -> &str {
        Key::split(&self.key).0
    }

    /// Effective id.
    #[must_use]
    pub fn id(&self) -> &str {
        Key::split(&self.key).1
    }
}

/// Changes within the retention time, oldest first.
///
/// Bounded by the number of instances plus those removed within the retention time.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    last_number: u64,
    /// Greatest number that was dropped.
    dropped: u64,
    changes: BTreeMap<u64, Change>,
    by_instance: HashMap<Arc<str>, u64>,
}

impl ChangeLog {
    pub(crate) fn push(&mut self, steady_ms: u64, key: &Arc<str>, info: Arc<InstanceInfo>) {
        self.last_number += 1;
        let number = self.last_number;
        if let Some(before) = self.by_instance.insert(Arc::clone(key), number) {
            self.changes.remove(&before);
        }
        let change = Change { number, steady_ms, key: Arc::clone(key), info };
        self.changes.insert(number, change);
    }

    /// Drops what is older than `retention_ms` (DL-1); false if there was nothing to drop.
    pub(crate) fn expire(&mut self, steady_ms: u64, retention_ms: u64) -> bool {
        let before = self.dropped;
        while let Some(entry) = self.changes.first_entry() {
            if entry.get().steady_ms.saturating_add(retention_ms) >= steady_ms {
                break;
            }
            let change = entry.remove();
            self.dropped = change.number;
            self.by_instance.remove(&change.key);
        }
        self.dropped != before
    }

    /// Number of the latest change; 0 before the first.
    pub(crate) const fn last_number(&self) -> u64 {
        self.last_number
    }

    /// Greatest number no longer in the log.
    pub(crate) const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Changes after `number`, oldest first.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = &Change> {
        self.changes.range(number.saturating_add(1)..).map(|(_, change)| change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(log: &mut ChangeLog, at: u64, id: &str) {
        log.push(at, &Key::new("A", id).into(), Arc::new(InstanceInfo::empty(0)));
    }

    fn ids(log: &ChangeLog, after: u64) -> Vec<String> {
        log.after(after).map(|change| change.id().to_owned()).collect()
    }

    #[test]
    fn an_instance_appears_once_at_its_last_change() {
        let mut log = ChangeLog::default();
        for (at, id) in [(0, "x"), (1, "y"), (2, "x")] {
            push(&mut log, at, id);
        }
        assert_eq!(ids(&log, 0), ["y", "x"]);
        assert_eq!(ids(&log, 2), ["x"]);
        assert_eq!(log.last_number(), 3);
    }

    #[test]
    fn a_change_stays_for_the_retention_time() {
        let mut log = ChangeLog::default();
        push(&mut log, 0, "x");
        push(&mut log, 5, "y");
        log.expire(180, 180);
        assert_eq!(ids(&log, 0), ["x", "y"]);
        log.expire(181, 180);
        assert_eq!((ids(&log, 0), log.dropped()), (vec!["y".to_owned()], 1));
        push(&mut log, 200, "x");
        assert_eq!(ids(&log, 0), ["y", "x"]);
    }
}
