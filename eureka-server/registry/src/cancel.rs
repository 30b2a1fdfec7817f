//! Cancellation (section 3.4).

use crate::entry::Key;
use crate::registry::Changes;
use crate::{Moment, Registry};

impl Registry {
    /// Ends the lease of `id` in `app` (upper case); false if there was none.
    pub fn cancel(&self, app: &str, id: &str, now: Moment) -> bool {
        let key = Key::new(app, id);
        let mut changes = self.changes.lock();
        // Also a cancellation of nobody is listed among the recent ones.
        changes.cancelled.push(now.wall_ms, app, id);
        let removed = self.remove(&mut changes, key.as_str(), now);
        changes.totals.cancellations += u64::from(removed);
        removed
    }

    /// Removes the lease under `key` and its override with it.
    pub(crate) fn remove(&self, changes: &mut Changes, key: &str, now: Moment) -> bool {
        let Some((key, entry)) = self.leases.remove(key) else { return false };
        changes.withdraw(&key, &entry, now);
        self.raise_version(changes);
        changes.self_preservation.expect_one_less();
        true
    }
}
