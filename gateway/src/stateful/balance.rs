//! Which instance of a service gets a request, as `spring.cloud.loadbalancer.*` says (LB-6 to LB-16).

mod choose;
mod health;
mod settings;
#[cfg(test)]
mod tests;
mod version;
mod warm;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use eureka_client::{Client, Ejection, Endpoint};
use http::{HeaderMap, header};
use parking_lot::Mutex;
use smallvec::SmallVec;

use super::budget::{Budget, BudgetRule};
use choose::Chooser;
pub(crate) use health::{Checks, HealthRule};
use service_kit::clock::Clock;
use service_kit::random;
use settings::{Algorithm, HashOn};
pub(crate) use settings::{Balancing, BalancingTree};
use version::Wanted;

/// How long an instance on trial may take before another request tries it.
const TRIAL: Duration = Duration::from_secs(1);
/// Instances on trial that one request passes over.
const PASSED_OVER_MAX: usize = 4;
/// An instance that cannot be reached is left out at once: its process is gone or not there yet
/// (BY-2).
const GONE: Ejection =
    Ejection { failures: 1, time: Duration::from_secs(1), time_max: Duration::from_secs(1) };
/// One that keeps failing is left out longer each time.
const FAILING: Ejection =
    Ejection { failures: 5, time: Duration::from_secs(30), time_max: Duration::from_secs(300) };
/// The same where too many are out already: counted, never left out.
const COUNTED: Ejection = Ejection { failures: 0, time: Duration::ZERO, time_max: Duration::ZERO };

/// How an instance failed a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nobody is there, or the connection ended.
    Gone,
    /// It answered too late, wrongly, or that it cannot.
    Failing,
}

/// A service that requests are balanced over.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: Box<str>,
    pub(crate) rule: Balancing,
    /// Counts requests.
    turn: AtomicUsize,
    budget: Mutex<Budget>,
    /// Id of the instance chosen last, where that is preferred (LB-11).
    last: Mutex<Option<Box<str>>>,
    /// Which instances are well, if they are asked.
    pub(crate) checks: Checks,
    clock: Clock,
}

/// What a request says about the instance it wants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Id of the instance it went to before (LB-10).
    pub(crate) sticky: Option<String>,
    /// Hint that an instance's metadata must have (LB-13).
    pub(crate) hint: Option<String>,
    /// Key of what it says of itself, where that decides.
    pub(crate) hash: Option<u64>,
    /// The API version that it wants (LB-15).
    pub(crate) version: Wanted,
}

/// What a request is, as far as an instance is chosen by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'r> {
    pub(crate) headers: &'r HeaderMap,
    pub(crate) path: &'r str,
    pub(crate) query: Option<&'r str>,
    pub(crate) peer: IpAddr,
    /// Whether its sender may steer where it goes.
    pub(crate) is_trusted: bool,
}

impl Service {
    pub(crate) fn new(name: &str, rule: Balancing, clock: Clock) -> Self {
        Self {
            name: name.into(),
            rule,
            turn: AtomicUsize::new(0),
            budget: Mutex::default(),
            last: Mutex::default(),
            checks: Checks::default(),
            clock,
        }
    }

    /// What a request asks for.
    pub(crate) fn asked(&self, asking: &Asking<'_>) -> Asked {
        let Asking { headers, path, query, is_trusted, .. } = *asking;
        let mut asked = Asked { hint: self.rule.hint.clone(), ..Asked::default() };
        if let Some(version) = &self.rule.version {
            asked.version = version.wanted(headers, path, query);
        }
        if self.rule.algorithm == Algorithm::Hash {
            asked.hash = self.hashed(asking);
        }
        if self.rule.is_sticky {
            asked.sticky = cookie(headers, &self.rule.sticky_cookie).map(str::to_owned);
        }
        // It steers traffic: not for everybody.
        if is_trusted && let Some(hint) = headers.get(&self.rule.hint_header) {
            asked.hint = hint.to_str().ok().map(str::to_owned).or(asked.hint);
        }
        asked
    }

    /// An instance, of those that were not tried if there are such.
    pub(crate) fn pick(
        &self,
        client: &Client,
        asked: &Asked,
        tried: &[Arc<Endpoint>],
    ) -> Option<Arc<Endpoint>> {
        let turn = self.turn.fetch_add(1, Relaxed).wrapping_add(1);
        let last = if self.rule.prefers_same { self.last.lock().clone() } else { None };
        let alive = self.rule.health.as_ref().map(|_| self.checks.alive());
        let now = if self.is_timed() { self.clock.monotonic() } else { Duration::ZERO };
        let (last, alive) = (last.as_deref(), alive.as_deref());
        let chooser = Chooser { rule: &self.rule, asked, turn, last, alive, now };
        let pick = |tried: &[Arc<Endpoint>]| client.pick_other(&self.name, &chooser, tried);
        let mut chosen = pick(tried)?;
        let mut passed_over: SmallVec<[Arc<Endpoint>; 4]> = SmallVec::new();
        while passed_over.len().saturating_sub(tried.len()) < PASSED_OVER_MAX
            && (self.is_warming(asked, &chosen) || !client.may_enter(&chosen, TRIAL))
        {
            if passed_over.is_empty() {
                passed_over.extend(tried.iter().cloned());
            }
            passed_over.push(Arc::clone(&chosen));
            match pick(&passed_over) {
                Some(other) => chosen = other,
                None => break,
            }
        }
        if self.rule.prefers_same {
            *self.last.lock() = Some(chosen.info().id().into());
        }
        Some(chosen)
    }

    /// Whether the times of answers are looked at.
    pub(crate) fn is_timed(&self) -> bool {
        self.rule.algorithm == Algorithm::Ewma
    }

    /// When a request is sent, where times are looked at.
    pub(crate) fn sent(&self) -> Option<Duration> {
        self.is_timed().then(|| self.clock.monotonic())
    }

    /// Notes how long an instance took whose request was sent at `sent`.
    pub(crate) fn answered(&self, endpoint: &Endpoint, sent: Option<Duration>) {
        if let Some(sent) = sent {
            let now = self.clock.monotonic();
            endpoint.load().latency().observe(now.saturating_sub(sent), now);
        }
    }

    /// Whether an instance that is new leaves a request to others (BY-15).
    fn is_warming(&self, asked: &Asked, endpoint: &Endpoint) -> bool {
        let Some(window) = self.rule.slow_start else { return false };
        // Who wants this very instance gets it.
        if asked.sticky.is_some() || asked.hash.is_some() {
            return false;
        }
        let registered = endpoint.info().lease.registration_timestamp;
        let share = warm::share(registered, self.clock.wall_ms(), window);
        share < 1.0 && random::fraction() >= share
    }

    /// What requests are told apart by, of this one.
    fn hashed(&self, asking: &Asking<'_>) -> Option<u64> {
        match &self.rule.hash_on {
            HashOn::Address => Some(choose::key(&asking.peer.to_canonical().to_string())),
            HashOn::Header(name) => asking.headers.get(name)?.to_str().ok().map(choose::key),
            HashOn::Cookie(name) => cookie(asking.headers, name).map(choose::key),
        }
    }

    /// Whether one more request may be sent again.
    pub(crate) fn may_retry(&self, rule: BudgetRule, now: Duration) -> bool {
        self.budget.lock().take(rule, now.as_secs(), self.turn.load(Relaxed))
    }

    /// What a failure of `endpoint` means for those that come after: at most half of the instances
    /// are left out for failing, whatever they say (BY-2).
    pub(crate) fn ejection(
        &self,
        client: &Client,
        endpoint: &Endpoint,
        failure: Failure,
    ) -> Ejection {
        if failure == Failure::Gone {
            return GONE;
        }
        let snapshot = client.snapshot();
        let Some(group) = snapshot.service(&self.name, false) else { return FAILING };
        let all = group.visible().endpoints();
        let is_out = |one: &&Arc<Endpoint>| {
            one.info().id() != endpoint.info().id() && client.is_ejected(one)
        };
        let out = all.iter().filter(is_out).count().saturating_add(1);
        if out.saturating_mul(2) <= all.len() { FAILING } else { COUNTED }
    }
}

/// A cookie of a request.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(own, _)| own.trim() == name).map(|(_, value)| value.trim())
}
