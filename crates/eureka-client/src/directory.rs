//! The known instances, and the choice among them: what calls need of a client.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::balance::{Balance, Choice};
use crate::cache::Registry;
use crate::endpoint::View;
use crate::{Clock, Endpoint, Random, Snapshot};

/// The current snapshot, with clock and chance to choose from it.
pub(crate) struct Directory {
    snapshot: ArcSwap<Snapshot>,
    /// Tells who watches; holds the same snapshot.
    changes: watch::Sender<Arc<Snapshot>>,
    view: View,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

impl Directory {
    pub(crate) fn new(view: View, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let empty = Arc::new(Snapshot::default());
        let (changes, _) = watch::channel(Arc::clone(&empty));
        Self { snapshot: ArcSwap::new(empty), changes, view, clock, random }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.changes.subscribe()
    }

    /// Shows `registry` from now on. Only one task may publish.
    pub(crate) fn publish(&self, registry: &Registry) {
        let previous = self.snapshot.load();
        let next = Arc::new(Snapshot::new(registry, &self.view, &previous, &*self.random));
        self.snapshot.store(Arc::clone(&next));
        self.changes.send_replace(next);
    }

    /// An instance of the service `name`, but none of those in `tried`. Neither waits nor
    /// allocates.
    pub(crate) fn pick(
        &self,
        name: &str,
        secure: bool,
        balance: &dyn Balance,
        tried: &[Arc<Endpoint>],
    ) -> Option<Arc<Endpoint>> {
        let snapshot = self.snapshot.load();
        let group = snapshot.service(name, secure)?;
        let choice = Choice::new(group, group.visible(), tried, &*self.clock, &*self.random);
        choice.made_by(balance).cloned()
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("instances", &self.snapshot.load().endpoints().len())
            .finish_non_exhaustive()
    }
}
