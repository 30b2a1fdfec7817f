//! Whether the process lives, whether it is ready, and how its parts are.
//!
//! Liveness says "restart me", readiness says "send me requests". A part may gate readiness.
//! Source: Spring Boot's `Health`, `AvailabilityState`, `SimpleStatusAggregator`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use parking_lot::RwLock;
use serde::Serialize;

/// State of a part or of the whole; of several the first in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It does not work.
    Down,
    /// It is withdrawn on purpose.
    OutOfService,
    /// It works.
    Up,
    /// Nobody can tell.
    Unknown,
}

impl Status {
    /// HTTP status of an answer with this health: 503 for the first two, else 200.
    #[must_use]
    pub const fn http(self) -> u16 {
        match self {
            Self::Down | Self::OutOfService => 503,
            Self::Up | Self::Unknown => 200,
        }
    }

    /// The status of several parts together; up when there are none.
    pub fn of_all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().min().unwrap_or(Self::Up)
    }
}

/// What a part says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How it is.
    pub status: Status,
    /// What those who may see details get to see. No secrets.
    pub details: BTreeMap<String, serde_json::Value>,
}

impl Report {
    /// It works.
    #[must_use]
    pub const fn up() -> Self {
        Self { status: Status::Up, details: BTreeMap::new() }
    }

    /// It does not work, and why.
    #[must_use]
    pub fn down(reason: &str) -> Self {
        Self { status: Status::Down, details: BTreeMap::new() }.with("error", reason)
    }

    /// The same with one more detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }
}

type Check = Box<dyn Fn() -> Report + Send + Sync>;

struct Part {
    gates_readiness: bool,
    check: Check,
}

#[derive(Default)]
struct Inner {
    accepting: AtomicBool,
    broken: AtomicBool,
    parts: RwLock<BTreeMap<String, Part>>,
}

/// Health of a process. Clones are the same; a new one is alive and not yet ready.
#[derive(Clone, Default)]
pub struct Health(Arc<Inner>);

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health")
            .field("accepting", &self.0.accepting.load(Relaxed))
            .field("broken", &self.0.broken.load(Relaxed))
            .finish_non_exhaustive()
    }
}

impl Health {
    /// Alive, without parts, and not ready before [`Health::accept_traffic`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether requests are welcome: on once everything is up, off first thing when stopping.
    pub fn accept_traffic(&self, accepting: bool) {
        self.0.accepting.store(accepting, Relaxed);
    }

    /// Says that only a restart helps. There is no way back.
    pub fn break_down(&self) {
        self.0.broken.store(true, Relaxed);
    }

    /// Adds a part that is asked at every request. `check` must not wait.
    pub fn check(
        &self,
        name: &str,
        gates_readiness: bool,
        check: impl Fn() -> Report + Send + Sync + 'static,
    ) {
        let part = Part { gates_readiness, check: Box::new(check) };
        self.0.parts.write().insert(name.to_owned(), part);
    }

    /// Adds a part that says itself how it is; up at first.
    #[must_use]
    pub fn component(&self, name: &str, gates_readiness: bool) -> Component {
        let report = Arc::new(RwLock::new(Report::up()));
        let own = Arc::clone(&report);
        self.check(name, gates_readiness, move || own.read().clone());
        Component(report)
    }

    /// Whether the liveness and readiness groups answer 200, in this order.
    #[must_use]
    pub fn probes(&self) -> (bool, bool) {
        let is_fine = |parts: BTreeMap<String, Report>| total(&parts).http() == 200;
        (is_fine(self.liveness()), is_fine(self.readiness()))
    }

    /// All parts: own, `livenessState`, `ping` and `readinessState`.
    pub(crate) fn all(&self) -> BTreeMap<String, Report> {
        let mut parts = self.own(|_| true);
        parts.extend(self.liveness());
        parts.insert("readinessState".to_owned(), self.readiness_state());
        parts.insert("ping".to_owned(), Report::up());
        parts
    }

    /// What the liveness group consists of.
    pub(crate) fn liveness(&self) -> BTreeMap<String, Report> {
        let status = if self.0.broken.load(Relaxed) { Status::Down } else { Status::Up };
        let report = Report { status, details: BTreeMap::new() };
        BTreeMap::from([("livenessState".to_owned(), report)])
    }

    /// What the readiness group consists of.
    pub(crate) fn readiness(&self) -> BTreeMap<String, Report> {
        let mut parts = self.own(|part| part.gates_readiness);
        parts.insert("readinessState".to_owned(), self.readiness_state());
        parts
    }

    fn readiness_state(&self) -> Report {
        let accepting = self.0.accepting.load(Relaxed);
        let status = if accepting { Status::Up } else { Status::OutOfService };
        Report { status, details: BTreeMap::new() }
    }

    fn own(&self, wanted: impl Fn(&Part) -> bool) -> BTreeMap<String, Report> {
        let parts = self.0.parts.read();
        let wanted = parts.iter().filter(|(_, part)| wanted(part));
        wanted.map(|(name, part)| (name.clone(), (part.check)())).collect()
    }
}

/// The status of parts together.
pub(crate) fn total(parts: &BTreeMap<String, Report>) -> Status {
    Status::of_all(parts.values().map(|report| report.status))
}

/// A part of the process that reports its own state.
#[derive(Clone, Debug)]
pub struct Component(Arc<RwLock<Report>>);

impl Component {
    /// Says how the part is now.
    pub fn report(&self, report: Report) {
        *self.0.write() = report;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_process_is_alive_and_not_ready() {
        let health = Health::new();

        assert_eq!(health.probes(), (true, false));
        health.accept_traffic(true);
        assert_eq!(health.probes(), (true, true));
    }

    #[test]
    fn only_gating_parts_take_readiness_away() {
        let health = Health::new();
        health.accept_traffic(true);
        let gating = health.component("tasks", true);
        let other = health.component("peers", false);

        other.report(Report::down("unreachable"));
        assert_eq!(health.probes(), (true, true));
        assert_eq!(total(&health.all()), Status::Down);

        gating.report(Report::down("a task ended"));
        assert_eq!(health.probes(), (true, false));
        gating.report(Report::up());
        assert_eq!(health.probes(), (true, true));
    }

    #[test]
    fn a_broken_process_is_not_alive() {
        let health = Health::new();
        health.accept_traffic(true);

        health.break_down();

        assert_eq!(health.probes(), (false, true));
    }

    #[test]
    fn checks_are_asked_every_time() {
        let health = Health::new();
        let asked = Arc::new(AtomicBool::new(false));
        let own = Arc::clone(&asked);
        health.accept_traffic(true);
        health.check("flip", true, move || {
            if own.fetch_xor(true, Relaxed) { Report::up() } else { Report::down("first") }
        });

        assert!(!health.probes().1);
        assert!(health.probes().1);
    }

    #[test]
    fn the_worst_status_counts() {
        use Status::{Down, OutOfService, Unknown, Up};

        assert_eq!(Status::of_all([Up, OutOfService, Down, Unknown]), Down);
        assert_eq!(Status::of_all([Up, OutOfService]), OutOfService);
        assert_eq!(Status::of_all([Unknown, Up]), Up);
        assert_eq!(Status::of_all([]), Up);
    }
}
