//! Circuit breakers: stop sending to what keeps failing, as Resilience4j does (CB-1 to CB-8).

mod core;
mod settings;
mod window;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use service_kit::clock::Clock;

use self::core::{Core, Generation};
pub(crate) use self::core::{Rates, Shown};
use super::tally::Tally;
pub(crate) use settings::{BreakerSettings, Resilience};

/// A breaker of one name, shared by all routes that name it.
#[derive(Debug)]
pub(crate) struct Breaker {
    pub(crate) name: Box<str>,
    core: Mutex<Core>,
    clock: Clock,
    /// Calls that it did not let through.
    pub(crate) refused: Tally,
}

/// A call that the breaker let through. Dropped untold it counts neither way.
#[derive(Debug)]
pub(crate) struct Permit {
    breaker: Arc<Breaker>,
    generation: Generation,
    began: Duration,
    is_told: bool,
}

impl Breaker {
    pub(crate) fn new(name: &str, settings: BreakerSettings, clock: Clock) -> Self {
        Self {
            name: name.into(),
            core: Mutex::new(Core::new(settings)),
            clock,
            refused: Tally::default(),
        }
    }

    /// Lets a call through, or says after which time it may be worth trying again.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Permit, Duration> {
        let began = self.clock.monotonic();
        let begun = self.core.lock().begin(began);
        let generation = begun.inspect_err(|_| self.refused.add())?;
        Ok(Permit { breaker: Arc::clone(self), generation, began, is_told: false })
    }

    /// What it is doing now, and the calls that it decides by.
    pub(crate) fn looked_at(&self) -> (Shown, Rates) {
        let core = self.core.lock();
        (core.shown(self.clock.monotonic()), core.rates())
    }
}

impl Permit {
    /// The call came to an end.
    pub(crate) fn end(mut self, is_failure: bool) {
        self.is_told = true;
        let now = self.breaker.clock.monotonic();
        let took = now.saturating_sub(self.began);
        let changed = self.breaker.core.lock().end(self.generation, now, took, is_failure);
        if let Some(state) = changed {
            let name = &*self.breaker.name;
            tracing::warn!(breaker = name, state = state.name(), "a circuit breaker changed");
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.is_told {
            self.breaker.core.lock().release(self.generation);
        }
    }
}
