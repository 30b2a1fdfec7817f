//! The routes in use, and everything that a change of them is made from.
//!
//! Requests see one [`Live`] from their beginning to their end. A change makes the next one beside
//! it and swaps a pointer: no request waits, and one that is under way keeps what it began with
//! (BY-6). Routes that did not change stay the same objects, with all that hangs on them (DL-11).

mod attached;
mod instances;
#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use eureka_client::{Client, Snapshot};
use gateway_routing::firewall::{Ambiguity, BadPath, PathPolicy};
use gateway_routing::locator::Instance;
use gateway_routing::{
    GatewayDefinition, Route, RouteDefinition, RouteError, Settings, Table, compile,
};
use parking_lot::Mutex;
use service_kit::clock::Clock;
use tokio_util::sync::CancellationToken;

pub(crate) use attached::Attached;

use crate::config::{Definition, SettingsError};
use crate::in_flight::RouteCap;
use crate::stateful::{Plan, State};

/// What requests are answered by at one moment.
#[derive(Debug)]
pub(crate) struct Live {
    /// What the configuration says.
    pub(crate) definition: Arc<Definition>,
    /// The routes.
    pub(crate) table: Table,
    /// What hangs on each route, by its position in the table.
    attached: Box<[Arc<Attached>]>,
    /// Counts changes; the first is 1.
    pub(crate) generation: u64,
    settings: Arc<Settings>,
    /// The ways in which routes treat ambiguous paths, each once.
    path_policies: Box<[PathPolicy]>,
    /// What all routes share, whatever becomes of them.
    pub(crate) state: Arc<State>,
}

impl Live {
    /// What hangs on the route at `position`, which is that of a match in this table.
    pub(crate) fn attached(&self, position: usize) -> Option<&Arc<Attached>> {
        self.attached.get(position)
    }

    /// Whether the gateway or any route lets a path pass in which `found` was found; which of them
    /// takes it shows later.
    ///
    /// # Errors
    /// The first ambiguity that the gateway does not let through, if no route does either.
    pub(crate) fn permit_for_any(&self, found: Ambiguity) -> Result<(), BadPath> {
        let paths = &self.definition.paths;
        let may_pass = |route: &PathPolicy| paths.or(route).permit(found).is_ok();
        paths
            .permit(found)
            .or_else(|bad| if self.path_policies.iter().any(may_pass) { Ok(()) } else { Err(bad) })
    }

    /// All routes with what hangs on them, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Arc<Route>, &Arc<Attached>)> {
        self.table.routes().iter().zip(&self.attached)
    }
}

/// What the routes are made from.
#[derive(Debug, Default)]
struct Origins {
    /// Made by the actuator, as saved and as in use: what is saved waits for a refresh (AC-8).
    saved: Vec<RouteDefinition>,
    added: Vec<RouteDefinition>,
    /// Instances that discovery knows.
    instances: Vec<Instance>,
}

/// The routes in use. All changes go through here, one at a time.
#[derive(Debug)]
pub(crate) struct Routes {
    live: ArcSwap<Live>,
    origins: Mutex<Origins>,
}

impl Routes {
    /// Compiles the routes of the configuration; the texts are warnings.
    ///
    /// # Errors
    /// Every fault of every route.
    pub(crate) fn new(
        definition: Definition,
        clock: &Clock,
    ) -> Result<(Self, Vec<String>), SettingsError> {
        let state = Arc::new(State::new(&definition.stateful, clock.clone()));
        let (live, warnings) = make(Arc::new(definition), &Origins::default(), None, &state)?;
        Ok((Self { live: ArcSwap::from_pointee(live), origins: Mutex::default() }, warnings))
    }

    /// What counts at this moment.
    pub(crate) fn now(&self) -> Guard<Arc<Live>> {
        self.live.load()
    }

    /// Takes another configuration; the texts are warnings.
    ///
    /// # Errors
    /// Every fault of every route; the routes in use stay.
    pub(crate) fn replace(&self, mut definition: Definition) -> Result<Vec<String>, SettingsError> {
        let origins = self.origins.lock();
        let before = Arc::clone(&self.live.load().definition);
        let client =
            |own: &Definition| own.gateway.tree.get("httpclient").cloned().unwrap_or_default();
        if client(&definition).says_the_same(&client(&before)) {
            // Connections belong to the settings they were made with: these stay in use.
            definition.client = Arc::clone(&before.client);
        }
        self.swap(Arc::new(definition), &origins)
    }

    /// Puts routes that were saved into use (AC-11). With `metadata`, a name and a value, only
    /// routes that have it are looked at.
    ///
    /// # Errors
    /// Every fault of every route; the routes in use stay.
    pub(crate) fn refresh(&self, metadata: Option<(&str, &str)>) -> Result<(), SettingsError> {
        let mut origins = self.origins.lock();
        let before = std::mem::take(&mut origins.added);
        let has = |route: &&RouteDefinition| match metadata {
            None => true,
            Some((name, value)) => route.metadata.text_at(name) == Some(value),
        };
        let stay = before.iter().filter(|route| !has(route));
        let fresh = origins.saved.iter().filter(has);
        let added = stay.chain(fresh).cloned().collect();
        origins.added = added;
        let swapped = self.swap(Arc::clone(&self.live.load().definition), &origins);
        if swapped.is_err() {
            origins.added = before;
        }
        swapped.map(log)
    }

    /// Saves routes for the next refresh, each in the place of one with its id (AC-12).
    ///
    /// # Errors
    /// What is wrong with any of them; none is saved (AC-9).
    pub(crate) fn save(&self, routes: Vec<RouteDefinition>) -> Result<(), Vec<RouteError>> {
        let live = self.live.load();
        let trial = GatewayDefinition {
            default_filters: live.definition.gateway.default_filters.clone(),
            ..GatewayDefinition::default()
        };
        compile(&trial, &routes, &[], &live.settings, None)?;
        let mut origins = self.origins.lock();
        for route in routes {
            match origins.saved.iter_mut().find(|saved| saved.id == route.id) {
                Some(saved) => *saved = route,
                None => origins.saved.push(route),
            }
        }
        Ok(())
    }

    /// Forgets a saved route at the next refresh; false if none has the id (AC-10).
    pub(crate) fn forget(&self, id: &str) -> bool {
        let saved = &mut self.origins.lock().saved;
        let before = saved.len();
        saved.retain(|route| route.id != id);
        saved.len() < before
    }

    /// Definitions of the configuration, of the actuator and of discovery, as they would be used
    /// after a refresh (AC-4).
    pub(crate) fn definitions(&self) -> Vec<RouteDefinition> {
        let live = self.live.load();
        let origins = self.origins.lock();
        let gateway = without(&live.definition.gateway, &origins.saved);
        let discovered = discovered(&live.definition, &origins.instances);
        gateway.routes.into_iter().chain(origins.saved.iter().cloned()).chain(discovered).collect()
    }

    /// Makes routes of services as discovery comes to know them, until `stop` (DL-11).
    pub(crate) async fn follow(self: Arc<Self>, client: Client, stop: CancellationToken) {
        let mut changes = client.watch();
        self.discover(&client.snapshot());
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                change = changes.next() => match change {
                    Some(change) => self.discover(change.after()),
                    None => return stop.cancelled().await,
                },
            }
        }
    }

    fn discover(&self, snapshot: &Snapshot) {
        let mut origins = self.origins.lock();
        origins.instances = instances::of(snapshot);
        let definition = Arc::clone(&self.live.load().definition);
        if definition.locator.is_none() {
            return;
        }
        match self.swap(definition, &origins) {
            Ok(warnings) => warnings.iter().for_each(|warning| tracing::debug!("{warning}")),
            Err(error) => tracing::warn!(%error, "discovered routes are left as they were"),
        }
    }

    fn swap(
        &self,
        definition: Arc<Definition>,
        origins: &Origins,
    ) -> Result<Vec<String>, SettingsError> {
        let before = self.live.load();
        let (live, warnings) = make(definition, origins, Some(&before), &before.state)?;
        self.live.store(Arc::new(live));
        Ok(warnings)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the end of a chain")]
fn log(warnings: Vec<String>) {
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
}

/// Compiles everything; routes and what hangs on them are taken over from `before` where they are
/// the same.
fn make(
    definition: Arc<Definition>,
    origins: &Origins,
    before: Option<&Live>,
    state: &Arc<State>,
) -> Result<(Live, Vec<String>), SettingsError> {
    let settings = match before {
        Some(live) if *live.settings == definition.settings => Arc::clone(&live.settings),
        _ => Arc::new(definition.settings.clone()),
    };
    let gateway = without(&definition.gateway, &origins.added);
    let discovered = discovered(&definition, &origins.instances);
    let table = before.map(|live| &live.table);
    let compiled = compile(&gateway, &origins.added, &discovered, &settings, table)
        .map_err(SettingsError::Routes)?;
    let routes = compiled.table.routes();
    let mut warnings = compiled.warnings;
    let stateful = &definition.stateful;
    let plan = |route: &Route| {
        let (mut plan, warnings) = Plan::new(route, stateful, state)?;
        plan.cap = RouteCap::of(route, &definition.edge)?;
        Ok((plan, warnings))
    };
    let known = before.into_iter().flat_map(Live::all);
    let (attached, more) =
        attached::carry_over(routes, known, plan).map_err(SettingsError::Routes)?;
    warnings.extend(more);
    let generation = before.map_or(0, |live| live.generation).saturating_add(1);
    let mut path_policies: Vec<PathPolicy> = Vec::new();
    for route in routes {
        if !path_policies.contains(route.path_policy()) {
            path_policies.push(*route.path_policy());
        }
    }
    let path_policies = path_policies.into_boxed_slice();
    let (state, table) = (Arc::clone(state), compiled.table);
    let live = Live { definition, table, attached, generation, settings, path_policies, state };
    Ok((live, warnings))
}

/// The configuration without those of its routes that one of `added` stands for.
fn without(gateway: &GatewayDefinition, added: &[RouteDefinition]) -> GatewayDefinition {
    let mut gateway = gateway.clone();
    gateway.routes.retain(|route| added.iter().all(|other| other.id != route.id));
    gateway
}

fn discovered(definition: &Definition, instances: &[Instance]) -> Vec<RouteDefinition> {
    definition.locator.as_ref().map(|locator| locator.routes(instances)).unwrap_or_default()
}
