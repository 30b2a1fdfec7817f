//! The registry as this client last heard of it: full lists, deltas, and whether they agree.
//!
//! Pure: it is handed what was fetched and says what to do next. Source: rules CL-10 to CL-13.

use std::collections::BTreeMap;
use std::sync::Arc;

use eureka_wire::{ActionType, Applications, InstanceInfo, StatusCounts};

use crate::endpoint::{Endpoint, View};

/// Every instance by application and id.
pub(crate) type Registry = BTreeMap<Box<str>, BTreeMap<Box<str>, Arc<Endpoint>>>;

/// The local copy of the registry.
#[derive(Debug)]
pub(crate) struct Cache {
    view: View,
    registry: Registry,
    counts: StatusCounts,
    /// Whether only a full list helps: nothing was fetched yet, or a delta did not fit.
    needs_full: bool,
    /// Whether the latest full list was much smaller than the copy, and was not believed.
    has_shrunk: bool,
    /// Whether a server has said what the copy says; otherwise it is from a file or a backup.
    is_told: bool,
}

/// What a list did to the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Nothing that a caller could notice.
    Unchanged,
    /// Something.
    Changed,
}

/// A delta that does not lead to the registry it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// `apps__hashcode` of the copy after the delta.
    pub(crate) ours: String,
    /// `apps__hashcode` of the server.
    pub(crate) theirs: Box<str>,
}

impl Cache {
    pub(crate) fn new(view: View) -> Self {
        let registry = Registry::new();
        Self {
            view,
            registry,
            counts: StatusCounts::default(),
            needs_full: true,
            has_shrunk: false,
            is_told: false,
        }
    }

    /// Whether the next fetch must be full (CL-10).
    pub(crate) fn needs_full(&self) -> bool {
        self.needs_full || self.registry.is_empty()
    }

    /// Everything known.
    pub(crate) const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Everything known, as a list that can be kept.
    pub(crate) fn to_list(&self) -> Applications {
        let mut list = Applications { version: 1, ..Applications::default() };
        list.hashcode = self.counts.to_string().into();
        for (name, instances) in &self.registry {
            let instances = instances.values().map(|endpoint| endpoint.info().clone()).collect();
            list.applications.push(eureka_wire::Application { name: name.clone(), instances });
        }
        list
    }

    /// Takes over a full list of the server. One with less than half of what a server said before has
    /// to be said twice in a row: a server that was just started has heard of few, and all of them
    /// still answer (TM-15).
    pub(crate) fn replace(&mut self, list: Applications) -> Applied {
        let told: usize = list.applications.iter().map(|one| one.instances.len()).sum();
        let known: usize = self.registry.values().map(BTreeMap::len).sum();
        self.has_shrunk = self.is_told && told * 2 < known && !self.has_shrunk;
        self.needs_full = self.has_shrunk;
        if self.has_shrunk {
            return Applied::Unchanged;
        }
        let applied = self.load(list);
        self.is_told = true;
        applied
    }

    /// Takes over a list that is not the server's word of now; the next fetch stays full.
    pub(crate) fn load(&mut self, list: Applications) -> Applied {
        self.is_told = false;
        let mut old = std::mem::take(&mut self.registry);
        self.counts = StatusCounts::default();
        let mut changed = false;
        for info in list.applications.into_iter().flat_map(|application| application.instances) {
            let previous = old.get_mut(&info.app).and_then(|app| app.remove(info.id()));
            changed |= self.insert(info, previous.as_ref());
        }
        changed |= old.values().any(|app| !app.is_empty());
        if changed { Applied::Changed } else { Applied::Unchanged }
    }

    /// Applies a delta, then compares with the server's hash (CL-12, CL-13). What was applied
    /// stays applied after a mismatch: it is newer than what was there.
    pub(crate) fn apply(&mut self, delta: Applications) -> (Applied, Result<(), Mismatch>) {
        let mut changed = false;
        for info in delta.applications.into_iter().flat_map(|application| application.instances) {
            changed |= match info.action {
                Some(ActionType::Added | ActionType::Modified) => {
                    let previous = self.find(&info);
                    self.insert(info, previous.as_ref())
                }
                Some(ActionType::Deleted) => self.remove(&info),
                None => false,
            };
        }
        let applied = if changed { Applied::Changed } else { Applied::Unchanged };
        let ours = self.counts.to_string();
        if *ours == *delta.hashcode {
            return (applied, Ok(()));
        }
        self.needs_full = true;
        (applied, Err(Mismatch { ours, theirs: delta.hashcode }))
    }

    fn find(&self, info: &InstanceInfo) -> Option<Arc<Endpoint>> {
        self.registry.get(&info.app)?.get(info.id()).cloned()
    }

    /// True if a caller could notice.
    fn insert(&mut self, info: InstanceInfo, previous: Option<&Arc<Endpoint>>) -> bool {
        let app = self.registry.entry(info.app.clone()).or_default();
        let id = Box::from(info.id());
        self.counts.add(info.status);
        let same = previous.filter(|old| old.tells_the_same(&info));
        let changed = same.is_none();
        let endpoint = same.cloned().unwrap_or_else(|| {
            let previous = previous.map(|old| &**old);
            Arc::new(Endpoint::new(info, previous, &self.view.weight_key))
        });
        if let Some(replaced) = app.insert(id, endpoint) {
            self.counts.remove(replaced.info().status);
        }
        changed
    }

    fn remove(&mut self, info: &InstanceInfo) -> bool {
        let Some(app) = self.registry.get_mut(&info.app) else { return false };
        let Some(removed) = app.remove(info.id()) else { return false };
        self.counts.remove(removed.info().status);
        if app.is_empty() {
            self.registry.remove(&info.app);
        }
        true
    }
}

#[cfg(test)]
mod tests;
