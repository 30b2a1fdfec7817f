//! Metadata set from outside (EP-43).

use eureka_wire::InstanceInfo;

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
        let Some(info) = self.instance(app, id, now) else { return false };
        let mut info = InstanceInfo::clone(&info);
        let mut pairs: Vec<(Box<str>, Box<str>)> =
            info.metadata.iter().map(|(name, value)| (name.into(), value.into())).collect();
        // Of a name given twice the first value counts; of the pairs the last does.
        pairs.extend(entries.iter().rev().map(|(n, v)| (n.as_str().into(), v.as_str().into())));
        info.metadata = eureka_wire::Metadata::from_pairs(pairs);
        self.register(info, origin, now);
        true
    }
}
