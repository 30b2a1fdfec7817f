//! All routes, and which of them takes a request (LC-4, RO-1 to RO-6).

mod compile;
mod index;
mod weights;

pub use compile::{Compiled, compile};

use std::collections::HashMap;
use std::sync::Arc;

use crate::captures::Captures;
use crate::{PartDefinition, Request, Route, Settings};
use index::{Candidates, Index};
use weights::Weights;

/// Routes in the order in which they are asked. Never changes; a new one takes its place.
#[derive(Debug, Default)]
pub struct Table {
    routes: Vec<Arc<Route>>,
    index: Index,
    weights: Weights,
    by_id: HashMap<String, usize>,
    settings: Arc<Settings>,
    default_filters: Arc<[PartDefinition]>,
}

/// The route that takes a request.
#[derive(Debug)]
pub struct Match<'t> {
    /// The route.
    pub route: &'t Arc<Route>,
    /// Its position in the table.
    pub position: usize,
    /// Its variables.
    pub captures: Captures,
}

impl Table {
    /// Puts routes in order: by their `order`, equal ones as they come (RD-8).
    #[must_use]
    pub fn new(
        mut routes: Vec<Arc<Route>>,
        settings: Arc<Settings>,
        default_filters: Arc<[PartDefinition]>,
    ) -> Self {
        routes.sort_by_key(|route| route.definition().order);
        let ids = routes.iter().enumerate();
        let by_id = ids.map(|(at, route)| (route.id().to_owned(), at)).collect();
        let index = Index::new(&routes);
        let weights = Weights::new(&routes);
        Self { routes, index, weights, by_id, settings, default_filters }
    }

    /// The first route all of whose conditions hold.
    #[must_use]
    pub fn find(&self, request: &Request<'_>) -> Option<Match<'_>> {
        let mut candidates = Candidates::default();
        self.index.collect(request, &mut candidates);
        let mut captures = Captures::default();
        while let Some(position) = candidates.next() {
            if let Some(route) = self.routes.get(position)
                && self.takes(position, route, request, &mut captures)
            {
                return Some(Match { route, position, captures });
            }
        }
        None
    }

    /// The same, asking every route in turn: what [`find`](Self::find) means.
    #[must_use]
    pub fn find_linear(&self, request: &Request<'_>) -> Option<Match<'_>> {
        let mut captures = Captures::default();
        let mut routes = self.routes.iter().enumerate();
        let (position, route) =
            routes.find(|(at, route)| self.takes(*at, route, request, &mut captures))?;
        Some(Match { route, position, captures })
    }

    fn takes(
        &self,
        position: usize,
        route: &Route,
        request: &Request<'_>,
        captures: &mut Captures,
    ) -> bool {
        self.weights.takes(position, request.random) && route.is_match(request, captures)
    }

    /// Whether the route at a position was drawn in its weight group, or is in none (PR-12).
    pub(crate) fn is_drawn(&self, position: usize, random: u64) -> bool {
        self.weights.takes(position, random)
    }

    /// Whether requests need a random number.
    #[must_use]
    pub fn has_weights(&self) -> bool {
        !self.weights.is_empty()
    }

    /// All routes in order.
    #[must_use]
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// A route by its id.
    #[must_use]
    pub fn route(&self, id: &str) -> Option<&Arc<Route>> {
        self.by_id.get(id).and_then(|at| self.routes.get(*at))
    }

    /// What the routes were compiled with.
    #[must_use]
    pub const fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }
}
