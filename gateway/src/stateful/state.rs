//! What all routes share. It lives as long as the process.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use gateway_routing::RouteError;
use parking_lot::Mutex;
use service_kit::clock::Clock;

use super::balance::Service;
use super::breaker::{Breaker, BreakerSettings};
use super::cache::{Cache, CacheSettings};
use super::held::Ceiling;
use super::limiter::Limiter;
use super::settings::StatefulSettings;
use crate::in_flight::Places;

/// Services that requests can name through filters; more are made for each request anew.
const SERVICES_MAX: usize = 10_000;

/// Breakers, services and counters by their names.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) ceiling: Arc<Ceiling>,
    pub(crate) limiter: Arc<Limiter>,
    breakers: Mutex<HashMap<String, (BreakerSettings, Arc<Breaker>)>>,
    services: Mutex<HashMap<String, Arc<Service>>>,
    /// Bytes of all caches.
    cached: Arc<AtomicUsize>,
    /// Requests at addresses, for routes that limit them.
    pub(crate) places: Places,
    global_cache: Mutex<Option<(CacheSettings, Arc<Cache>)>>,
}

impl State {
    pub(crate) fn new(settings: &StatefulSettings, clock: Clock) -> Self {
        Self {
            ceiling: Arc::new(Ceiling::new(settings.keep_all_max)),
            limiter: Arc::new(Limiter::new(&settings.limiter, clock.clone())),
            breakers: Mutex::default(),
            services: Mutex::default(),
            cached: Arc::default(),
            places: Places::default(),
            global_cache: Mutex::default(),
            clock,
        }
    }

    /// The breaker of a name; another one once its settings have changed.
    ///
    /// # Errors
    /// Settings that cannot be.
    pub(crate) fn breaker(
        &self,
        settings: &StatefulSettings,
        name: &str,
    ) -> Result<Arc<Breaker>, RouteError> {
        let wanted = settings.resilience.breaker(name)?;
        let mut breakers = self.breakers.lock();
        if let Some((own, breaker)) = breakers.get(name)
            && *own == wanted
        {
            return Ok(Arc::clone(breaker));
        }
        let breaker = Arc::new(Breaker::new(name, wanted.clone(), self.clock.clone()));
        breakers.insert(name.to_owned(), (wanted, Arc::clone(&breaker)));
        Ok(breaker)
    }

    /// The service of a name, which is the same in any spelling (LB-1); the texts are warnings.
    pub(crate) fn service(
        &self,
        settings: &StatefulSettings,
        name: &str,
    ) -> (Arc<Service>, Vec<String>) {
        let (rule, warnings) = settings.balancing.of(name);
        let key = name.to_ascii_lowercase();
        let mut services = self.services.lock();
        if let Some(service) = services.get(&key)
            && service.rule == rule
        {
            return (Arc::clone(service), Vec::new());
        }
        let service = Arc::new(Service::new(name, rule));
        if services.len() < SERVICES_MAX {
            services.insert(key, Arc::clone(&service));
        }
        (service, warnings)
    }

    /// A cache of a route's own.
    pub(crate) fn cache(&self, settings: CacheSettings) -> Cache {
        Cache::new(settings, &self.cached, self.clock.clone())
    }

    /// The cache of all routes that have none of their own.
    pub(crate) fn global_cache(&self, settings: CacheSettings) -> Arc<Cache> {
        let mut global = self.global_cache.lock();
        if let Some((own, cache)) = &*global
            && *own == settings
        {
            return Arc::clone(cache);
        }
        let cache = Arc::new(self.cache(settings));
        *global = Some((settings, Arc::clone(&cache)));
        cache
    }

    /// All breakers, by name.
    pub(crate) fn breakers(&self) -> Vec<Arc<Breaker>> {
        let breakers = self.breakers.lock();
        let mut all: Vec<_> = breakers.values().map(|(_, breaker)| Arc::clone(breaker)).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }
}
