//! What a route does besides its pure filters.

use std::sync::Arc;
use std::time::Duration;

use gateway_routing::{
    CircuitBreaker, FallbackHeaders, ResponseTimeout, Retry, Route, RouteError, Stateful, Upstream,
};

use super::balance::Service;
use super::breaker::Breaker;
use super::cache::Cache;
use super::held::Bounds;
use super::limiter::Limit;
use super::relay::TokenClient;
use super::settings::StatefulSettings;
use super::state::State;
use crate::in_flight::RouteCap;
use crate::upstream::Protocol;

/// What a route does besides its pure filters. Made with the route.
#[derive(Debug)]
pub(crate) struct Plan {
    /// In the order of the filters.
    pub(crate) steps: Box<[Step]>,
    /// The service that requests are balanced over.
    pub(crate) service: Option<Arc<Service>>,
    /// How much of a request's body is kept, and may be there; `None`: it streams by.
    pub(crate) bounds: Option<Bounds>,
    /// What its upstream speaks, if the route says so (PT-12).
    pub(crate) protocol: Option<Protocol>,
    /// How many requests may be under way, if that has a limit.
    pub(crate) cap: Option<Box<RouteCap>>,
    /// Whether a request goes the short way: its filters are pure and its target is elsewhere.
    pub(crate) is_plain: bool,
}

/// A filter between pure ones.
#[derive(Debug)]
pub(crate) struct Step {
    /// Number of filters in front of it.
    pub(crate) position: usize,
    pub(crate) kind: Kind,
}

/// What a step does.
#[derive(Debug)]
pub(crate) enum Kind {
    Retry(Box<Retry>),
    Breaker(Box<Guarded>),
    Limit(Box<Limit>),
    /// Answers from memory (RC-1).
    Cache(Arc<Cache>),
    /// The upstream gets a token of the gateway's own (FI-20).
    Relay(Arc<TokenClient>),
    FallbackHeaders(Box<FallbackHeaders>),
}

/// A circuit breaker on a route.
#[derive(Debug)]
pub(crate) struct Guarded {
    pub(crate) breaker: Arc<Breaker>,
    pub(crate) rule: CircuitBreaker,
    /// Until the answer's head is there (CB-6).
    pub(crate) time_limit: Option<Duration>,
}

impl Plan {
    /// The plan of `route`; the texts are warnings.
    ///
    /// # Errors
    /// What its filters cannot do.
    pub(crate) fn new(
        route: &Route,
        settings: &StatefulSettings,
        state: &State,
    ) -> Result<(Self, Vec<String>), RouteError> {
        let mut warnings = Vec::new();
        let (mut keeps, mut has_cache) = (false, false);
        let mut steps = Vec::new();
        for placed in route.chain().stateful() {
            let kind = match &placed.filter {
                Stateful::Retry(retry) => {
                    keeps = true;
                    Some(Kind::Retry(retry.clone()))
                }
                Stateful::CircuitBreaker(rule) => {
                    keeps |= rule.has_fallback();
                    let guarded = guarded(route, rule, settings, state, &mut warnings)?;
                    Some(Kind::Breaker(Box::new(guarded)))
                }
                Stateful::RateLimiter(rule) => {
                    let limit = state.limiter.limit(route, rule, &settings.limiter)?;
                    Some(Kind::Limit(Box::new(limit)))
                }
                Stateful::LocalResponseCache(rule) => {
                    has_cache = true;
                    let cache = settings.cache.of_route(rule.time_to_live, rule.bytes_max);
                    Some(Kind::Cache(Arc::new(state.cache(cache))))
                }
                // The caller's token goes on by itself.
                Stateful::TokenRelay(None) => None,
                Stateful::TokenRelay(Some(name)) => {
                    Some(Kind::Relay(token_client(route, name, settings, state)?))
                }
                Stateful::CacheRequestBody => {
                    keeps = true;
                    None
                }
                Stateful::FallbackHeaders(names) => Some(Kind::FallbackHeaders(names.clone())),
            };
            steps.extend(kind.map(|kind| Step { position: placed.position, kind }));
        }
        if settings.cache.is_global && !has_cache {
            let kind = Kind::Cache(state.global_cache(settings.cache.of_route(None, None)));
            steps.insert(0, Step { position: 0, kind });
        }
        let bytes_max = route.chain().body_bytes_max();
        let keep_max = if keeps { settings.keep_max } else { 0 };
        let bounds = Bounds { keep_max, bytes_max };
        let service = match route.upstream() {
            Upstream::Balanced { service, .. } => {
                let (service, more) = state
                    .service(settings, service)
                    .map_err(|error| RouteError { route: Some(route.id().to_owned()), ..error })?;
                warnings.extend(more);
                Some(service)
            }
            Upstream::Address { .. } | Upstream::Forward { .. } | Upstream::ByFilter => None,
        };
        let metadata = &route.definition().metadata;
        let is_forward = matches!(route.upstream(), Upstream::Forward { .. });
        let plan = Self {
            is_plain: steps.is_empty() && !is_forward,
            protocol: metadata.text_at("gateway.protocol").and_then(Protocol::named),
            steps: steps.into_boxed_slice(),
            service,
            cap: None,
            bounds: Some(bounds).filter(|_| keeps || bytes_max.is_some()),
        };
        Ok((plan, warnings))
    }
}

fn token_client(
    route: &Route,
    name: &str,
    settings: &StatefulSettings,
    state: &State,
) -> Result<Arc<TokenClient>, RouteError> {
    state.token_client(settings, name).map_err(|error| RouteError {
        // A fault of the registration is told with its own place.
        origin: if error.origin.is_known() {
            error.origin
        } else {
            route.definition().origin.clone()
        },
        route: Some(route.id().to_owned()),
        part: Some(format!("TokenRelay={name}")),
        ..error
    })
}

fn guarded(
    route: &Route,
    rule: &CircuitBreaker,
    settings: &StatefulSettings,
    state: &State,
    warnings: &mut Vec<String>,
) -> Result<Guarded, RouteError> {
    let in_route = |error: RouteError| RouteError { route: Some(route.id().to_owned()), ..error };
    let breaker = state.breaker(settings, &rule.name).map_err(in_route)?;
    let limit = settings.resilience.time_limit(&rule.name).map_err(in_route)?;
    let has_own = !matches!(route.timeouts().response, ResponseTimeout::Inherited);
    // A time that nobody wrote down gives way to one that somebody did.
    let limit = limit.filter(|limit| limit.is_told || !has_own);
    if let Some(limit) = limit.filter(|limit| !limit.is_told) {
        warnings.push(format!(
            "route {}: its circuit breaker ends calls after {:?}, as Resilience4j does; say \
             otherwise with resilience4j.timelimiter.instances.{}.timeout-duration",
            route.id(),
            limit.time,
            rule.name
        ));
    }
    Ok(Guarded { breaker, rule: rule.clone(), time_limit: limit.map(|limit| limit.time) })
}

/// What is wrong with a route.
pub(super) fn problem(route: &Route, problem: &str) -> RouteError {
    RouteError {
        origin: route.definition().origin.clone(),
        route: Some(route.id().to_owned()),
        problem: problem.to_owned(),
        ..RouteError::default()
    }
}
