//! Cancellation (section 3.4).

use crate::entry::{Entry, Key};
use crate::registry::Changes;
use crate::{Moment, Registry};

impl Registry {
    /// Ends the lease of `id` in `app` (upper case); false if there was none.
    pub fn cancel(&self, app: &str, id: &str, now: Moment) -> bool {
        let key = Key::new(app, id);
        let mut changes = self.changes.lock();
        // Also a cancellation of nobody is listed among the recent ones.
        changes.cancelled.push(now.wall_ms, app, id);
        let removed = self.remove_if(&mut changes, key.as_str(), now, |_| true);
        changes.totals.cancellations += u64::from(removed);
        removed
    }

    /// Removes the lease under `key`, and its override with it, if it `is_due`: asked and done in
    /// one step, so that a renewal accepted in between is never lost.
    pub(crate) fn remove_if(
        &self,
        changes: &mut Changes,
        key: &str,
        now: Moment,
        is_due: impl FnOnce(&Entry) -> bool,
    ) -> bool {
        let removed = self.leases.remove_if(key, |_, entry| is_due(entry));
        let Some((key, entry)) = removed else { return false };
        changes.withdraw(&key, &entry, now);
        self.raise_version(changes);
        changes.self_preservation.expect_one_less();
        true
    }
}
