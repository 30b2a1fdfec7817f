//! The instances behind one name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::Endpoint;
use crate::endpoint::View;
use crate::random::{Random, index};

/// Turns that counting may begin with.
const FIRST_TURNS: usize = 1_000;

/// The instances behind one name: an application, a VIP or a secure VIP.
#[derive(Debug)]
pub struct Group {
    name: Box<str>,
    up: Arc<Members>,
    all: Arc<Members>,
    only_up: bool,
    /// Counts picks; shared with the groups of this name before and after.
    turns: Arc<AtomicUsize>,
}

impl Group {
    pub(super) fn new(
        name: &str,
        mut endpoints: Vec<Arc<Endpoint>>,
        view: &View,
        previous: Option<&Self>,
        random: &dyn Random,
    ) -> Self {
        // The same order after every fetch: who goes through the instances in turn misses none.
        endpoints.sort_by(|one, other| {
            let is_far = |endpoint| !view.is_local(endpoint);
            let by_zone = is_far(one).cmp(&is_far(other));
            by_zone.then_with(|| one.info().id().cmp(other.info().id()))
        });
        let is_all_up = endpoints.iter().all(|endpoint| endpoint.is_up());
        let up = endpoints.iter().filter(|endpoint| endpoint.is_up()).cloned().collect();
        let up = Arc::new(Members::new(up, view));
        let all = if is_all_up { Arc::clone(&up) } else { Arc::new(Members::new(endpoints, view)) };
        // Clients that start together must not all begin with the same instance (CL-14).
        let first = || Arc::new(AtomicUsize::new(index(random, FIRST_TURNS)));
        let turns = previous.map_or_else(first, |old| Arc::clone(&old.turns));
        Self { name: name.into(), up, all, only_up: view.only_up, turns }
    }

    /// The name, as the instance first found tells it.
    #[must_use]
    pub const fn name(&self) -> &str {
        &self.name
    }

    /// Instances that take traffic.
    #[must_use]
    pub fn up(&self) -> &Members {
        &self.up
    }

    /// Every instance, whatever its status.
    #[must_use]
    pub fn all(&self) -> &Members {
        &self.all
    }

    /// Instances that calls go to: those that are up, or all where the client does not filter.
    #[must_use]
    pub fn visible(&self) -> &Members {
        if self.only_up { &self.up } else { &self.all }
    }

    /// The next number of this name: 0, 1, 2, …
    pub(crate) fn turn(&self) -> usize {
        self.turns.fetch_add(1, Relaxed)
    }
}

/// Instances to choose from, those of the own zone first.
#[derive(Debug)]
pub struct Members {
    endpoints: Box<[Arc<Endpoint>]>,
    /// Sum of the weights up to and including each.
    weights: Box<[u64]>,
    local: usize,
}

impl Members {
    fn new(endpoints: Vec<Arc<Endpoint>>, view: &View) -> Self {
        let local = endpoints.iter().take_while(|endpoint| view.is_local(endpoint)).count();
        let sum = |total: &mut u64, endpoint: &Arc<Endpoint>| {
            *total = total.saturating_add(endpoint.weight().into());
            Some(*total)
        };
        let weights = endpoints.iter().scan(0, sum).collect();
        Self { endpoints: endpoints.into(), weights, local }
    }

    /// The instances.
    #[must_use]
    pub fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    /// How many of them, from the first on, are in the own zone.
    #[must_use]
    pub const fn local(&self) -> usize {
        self.local
    }

    /// Sums of weights: of the first, of the first two, and so on.
    pub(crate) fn weights(&self) -> &[u64] {
        &self.weights
    }

    /// Number of instances.
    #[must_use]
    pub fn len(&self) -> usize {
        self.endpoints.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }
}
