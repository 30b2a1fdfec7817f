//! Metadata set from outside (EP-43).

use std::collections::HashSet;

use eureka_wire::Metadata;

use crate::{Moment, Origin, Registry};

impl Registry {
    /// Puts `entries` into the metadata of `id` in `app` (upper case); false if there is no such
    /// instance or its lease has expired.
    ///
    /// A registration with an unchanged dirty timestamp, as in the reference: the lease starts over
    /// and the delta says `ADDED`. The next registration of the client takes its metadata back.
    pub fn set_metadata(
        &self,
        app: &str,
        id: &str,
        entries: &[(String, String)],
        origin: Origin,
        now: Moment,
    ) -> bool {
        // Locked from the look to the change: two at once must not take each other's entries back,
        // and none may bring back an instance that was cancelled in between.
        let mut changes = self.changes.lock();
        let hides_expired = self.verdict_of(&changes, now).expiration_enabled;
        let Some(mut info) = self.visible(app, id, hides_expired, now) else { return false };
        let mut pairs: Vec<(Box<str>, Box<str>)> =
            info.metadata.iter().map(|(name, value)| (name.into(), value.into())).collect();
        // Of a name given twice the first value counts.
        let mut given = HashSet::new();
        let first = entries.iter().filter(|(name, _)| given.insert(name.as_str()));
        pairs.extend(first.map(|(name, value)| (name.as_str().into(), value.as_str().into())));
        info.metadata = Metadata::from_pairs(pairs);
        self.register_locked(&mut changes, info, origin, now);
        true
    }
}
