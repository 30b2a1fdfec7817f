//! What the way of a request leaves behind for those who count and log it.

use std::sync::OnceLock;
use std::time::Duration;

use eureka_client::Endpoint;
use gateway_routing::{Match, Route};
use http::Method;
use parking_lot::Mutex;

use crate::in_flight::Held;
use crate::meters::{Counted, Meters, Outcome};
use crate::routes::Attached;

/// Filled in along the way, by the one task that serves the request.
#[derive(Debug)]
pub(crate) struct Seen {
    meters: Meters,
    counted: OnceLock<Counted>,
    about: Option<Mutex<About>>,
    /// Where it counts as under way, if that is counted.
    held: Mutex<Option<Box<Held>>>,
}

/// What the access log tells of the way of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    /// Route that took it.
    pub(crate) route: Option<String>,
    /// Instance or address that was asked last.
    pub(crate) instance: Option<String>,
    /// How often it was sent.
    pub(crate) attempts: u32,
    /// From the last sending to the head of its answer.
    pub(crate) upstream: Option<Duration>,
    /// Kind of the answer that the gateway gave itself.
    pub(crate) error: Option<&'static str>,
    /// Who it was from, as the token says.
    pub(crate) user: Option<String>,
}

impl Seen {
    /// Nothing yet; `is_logged`: whether anybody wants to know about more than the route.
    pub(crate) fn new(meters: Meters, is_logged: bool) -> Self {
        let about = is_logged.then(Mutex::default);
        Self { meters, counted: OnceLock::new(), about, held: Mutex::new(None) }
    }

    /// The route that takes the request.
    pub(crate) fn route(
        &self,
        found: &Match<'_>,
        attached: &Attached,
        method: &Method,
        path: &str,
    ) {
        if let Some(counted) = self.meters.begin(found.route, attached.key, method, path) {
            // A fallback may find a second route: the first one counts.
            let _ = self.counted.set(counted);
        }
        self.tell(|about| about.route = Some(found.route.id().to_owned()));
    }

    /// An attempt at an instance.
    pub(crate) fn attempt(&self, route: &Route, endpoint: Option<&Endpoint>, outcome: Outcome) {
        if let Some(endpoint) = endpoint {
            self.meters.attempt(route, endpoint, outcome);
        }
    }

    /// It counts as under way somewhere, until its end.
    pub(crate) fn hold(&self, held: Option<Held>) {
        if let Some(held) = held {
            let mut all = self.held.lock();
            let before = all.take();
            *all = Some(held.and(before));
        }
    }

    /// What it counts for as long as this is kept.
    pub(crate) fn take_held(&self) -> Option<Box<Held>> {
        self.held.lock().take()
    }

    /// Whether there is an access log.
    pub(crate) const fn is_logged(&self) -> bool {
        self.about.is_some()
    }

    /// Something for the access log; costs a branch where there is none.
    pub(crate) fn tell(&self, tell: impl FnOnce(&mut About)) {
        if let Some(about) = &self.about {
            tell(&mut about.lock());
        }
    }

    /// What was told so far.
    pub(crate) fn take_about(&self) -> About {
        self.about.as_ref().map(|about| std::mem::take(&mut *about.lock())).unwrap_or_default()
    }

    /// The route as it is counted.
    pub(crate) fn into_counted(self) -> Option<Counted> {
        self.counted.into_inner()
    }
}
