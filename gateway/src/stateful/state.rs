//! What all routes share. It lives as long as the process.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use gateway_routing::RouteError;
use parking_lot::Mutex;
use service_kit::clock::Clock;
use service_kit::security::tokens::HttpFetch;

use super::balance::Service;
use super::breaker::{Breaker, BreakerSettings};
use super::cache::{Cache, CacheSettings};
use super::held::Ceiling;
use super::limiter::Limiter;
use super::relay::TokenClient;
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
    token_clients: Mutex<HashMap<String, Arc<TokenClient>>>,
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
            token_clients: Mutex::default(),
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
    ///
    /// # Errors
    /// A setting of it that cannot be.
    pub(crate) fn service(
        &self,
        settings: &StatefulSettings,
        name: &str,
    ) -> Result<(Arc<Service>, Vec<String>), RouteError> {
        let (rule, warnings) = settings.balancing.of(name)?;
        let key = name.to_ascii_lowercase();
        let mut services = self.services.lock();
        if let Some(service) = services.get(&key)
            && service.rule == rule
        {
            return Ok((Arc::clone(service), Vec::new()));
        }
        let service = Arc::new(Service::new(name, rule, self.clock.clone()));
        if services.len() < SERVICES_MAX {
            services.insert(key, Arc::clone(&service));
        }
        Ok((service, warnings))
    }

    /// The services whose instances are asked whether they are well (LB-9).
    pub(crate) fn checked_services(&self) -> Vec<Arc<Service>> {
        let services = self.services.lock();
        services.values().filter(|service| service.rule.health.is_some()).cloned().collect()
    }

    /// The client of a registration's name; another one once the registration has changed.
    ///
    /// # Errors
    /// There is no such registration, or one that cannot be used.
    pub(crate) fn token_client(
        &self,
        settings: &StatefulSettings,
        name: &str,
    ) -> Result<Arc<TokenClient>, RouteError> {
        let registration = settings.registrations.find(name)?;
        let mut clients = self.token_clients.lock();
        if let Some(client) = clients.get(name)
            && client.registration == registration
        {
            return Ok(Arc::clone(client));
        }
        let fetch = HttpFetch::new(&settings.issuer_roots).map_err(|error| RouteError {
            problem: format!("registration {name}: {error}"),
            ..RouteError::default()
        })?;
        let client = Arc::new(TokenClient::new(registration, fetch, self.clock.clone()));
        clients.insert(name.to_owned(), Arc::clone(&client));
        Ok(client)
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
