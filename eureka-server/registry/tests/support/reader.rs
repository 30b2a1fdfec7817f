//! A reader's own copy of the registry, kept as clients keep theirs.

use std::collections::BTreeMap;
use std::sync::Arc;

use eureka_registry::Change;
use eureka_wire::{ActionType, DataCenterInfo, DataCenterName, InstanceInfo};

/// Instances by application and id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mirror(BTreeMap<(String, String), Arc<InstanceInfo>>);

impl Mirror {
    /// A full copy.
    pub(crate) fn of(all: &[Change]) -> Self {
        let mut copy = Self::default();
        copy.apply(all);
        assert_eq!(copy.len(), all.len(), "an instance twice, or one that is gone");
        copy
    }

    /// What was added or modified is put in, what was deleted is taken out.
    pub(crate) fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            let key = (change.app().to_owned(), change.id().to_owned());
            match change.info.action.unwrap() {
                ActionType::Added | ActionType::Modified => {
                    self.0.insert(key, Arc::clone(&change.info));
                }
                ActionType::Deleted => {
                    self.0.remove(&key);
                }
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// `apps__hashcode` as a client computes it (section 3.8).
    pub(crate) fn hash(&self) -> String {
        let mut counts = BTreeMap::<&str, u32>::new();
        for info in self.0.values() {
            *counts.entry(info.status.as_str()).or_default() += 1;
        }
        counts.iter().map(|(status, count)| format!("{status}_{count}_")).collect()
    }
}

/// An instance that is `UP` with a lease of 90 s.
pub(crate) fn instance(app: &str, id: &str) -> InstanceInfo {
    InstanceInfo {
        instance_id: Some(id.into()),
        host_name: "host".into(),
        app: app.into(),
        ip_addr: "10.0.0.1".into(),
        data_center: Some(DataCenterInfo::Plain(Some(DataCenterName::MyOwn))),
        ..InstanceInfo::empty(0)
    }
}
