//! A request through filters that wait, count or remember, with the pure ones in between (LC-6).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use eureka_client::Endpoint;
use gateway_routing::{Answer, Context, Flow, Match, RequestHead, ResponseHead, Retry, Upstream};
use http::{HeaderMap, Response};
use service_kit::random;

use super::failed::{Cause, Failed};
use super::send::Errand;
use super::{Incident, Proxy, held, too_large};
use crate::message::Body;
use crate::routes::Live;
use crate::stateful::{Guarded, Keeper, Kind, Plan};
use crate::upstream::{ErrorKind, RequestBody};

/// A request on its way through a route.
pub(super) struct Walk<'w> {
    pub(super) proxy: &'w Proxy,
    pub(super) live: &'w Live,
    pub(super) found: &'w Match<'w>,
    pub(super) incident: &'w Incident<'w>,
    pub(super) context: Context<'w>,
    pub(super) plan: &'w Plan,
}

/// What is remembered from one attempt to the next.
pub(super) struct Trip {
    pub(super) tried: Vec<Arc<Endpoint>>,
    keeper: Option<Keeper>,
    /// Whether the request has no body at all.
    is_empty: bool,
}

/// An answer on its way back.
pub(super) enum Passed {
    /// Of the route's upstream: filters in front change it.
    Upstream(Response<Body>),
    /// Of another route, with all that was to be done (GF-13).
    Done(Response<Body>),
}

pub(super) type Outcome = Result<Passed, Failed>;
/// Filters call the ones behind them, as often as they like.
pub(super) type Way<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

impl Trip {
    /// The body once more, if all of it is still there.
    pub(super) fn again(&self) -> Option<RequestBody> {
        match &self.keeper {
            Some(keeper) => keeper.send().map(RequestBody::Held),
            None => Some(RequestBody::Empty).filter(|_| self.is_empty),
        }
    }
}

impl Passed {
    pub(super) fn response_mut(&mut self) -> &mut Response<Body> {
        match self {
            Self::Upstream(response) | Self::Done(response) => response,
        }
    }
}

impl<'w> Walk<'w> {
    /// Through all filters, there and back.
    pub(super) async fn run(
        &self,
        headers: HeaderMap,
        body: RequestBody,
    ) -> Result<Response<Body>, Box<Answer>> {
        let incident = self.incident;
        let mut head = RequestHead::new(incident.method, incident.path, incident.query, headers);
        if let Upstream::Forward { path } = self.found.route.upstream() {
            // GF-5: the filters see the path of the target.
            head.path = path.to_string().into();
        }
        let is_empty = matches!(body, RequestBody::Empty);
        let (body, keeper) = held(self.plan, body, self.live);
        let mut trip = Trip { tried: Vec::new(), keeper, is_empty };
        match self.step(0, 0, &mut trip, head, body).await {
            Ok(Passed::Upstream(response) | Passed::Done(response)) => Ok(response),
            Err(failed) => Err(too_large(self.plan, trip.keeper.as_ref()).unwrap_or(failed.answer)),
        }
    }

    /// Through the filters from `from` on, of which the first that remembers is the one at `at`.
    pub(super) fn step<'a>(
        &'a self,
        at: usize,
        from: usize,
        trip: &'a mut Trip,
        mut head: RequestHead<'w>,
        body: RequestBody,
    ) -> Way<'a> {
        Box::pin(async move {
            let step = self.plan.steps.get(at);
            let to = step.map_or(usize::MAX, |step| step.position);
            let chain = self.found.route.chain();
            if let Flow::Answer(answer) = chain.run_request(from..to, &mut head, &self.context) {
                return Err(Failed::refused(answer));
            }
            let next = (at.saturating_add(1), to);
            let outcome = match step.map(|step| &step.kind) {
                None => self.arrive(trip, head, body).await,
                Some(Kind::Retry(rule)) => self.retry(next, rule, trip, head, body).await,
                Some(Kind::Breaker(guarded)) => self.guard(next, guarded, trip, head, body).await,
                Some(Kind::Limit(limit)) => self.limit(next, limit, trip, head, body).await,
                Some(Kind::Cache(cache)) => self.cached(next, cache, trip, head, body).await,
                Some(Kind::Relay(client)) => match self.relay(client, &mut head.headers).await {
                    Ok(()) => self.step(next.0, next.1, trip, head, body).await,
                    Err(failed) => Err(failed),
                },
                Some(Kind::FallbackHeaders(names)) => {
                    if let Some(cause) = self.incident.fallen {
                        cause.tell(names, &mut head.headers);
                    }
                    self.step(next.0, next.1, trip, head, body).await
                }
            };
            match outcome {
                Ok(Passed::Upstream(response)) => {
                    Ok(Passed::Upstream(self.edit(from..to, response)))
                }
                outcome => outcome,
            }
        })
    }

    /// Runs the filters at these positions on an answer.
    fn edit(&self, positions: std::ops::Range<usize>, response: Response<Body>) -> Response<Body> {
        let (parts, body) = response.into_parts();
        let mut head = ResponseHead { status: parts.status, headers: parts.headers };
        self.found.route.chain().run_response(positions, &mut head, &self.context);
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        response
    }

    /// The end of the way: the upstream, or the gateway itself.
    async fn arrive(&self, trip: &mut Trip, head: RequestHead<'w>, body: RequestBody) -> Outcome {
        let target = head.target.as_ref().unwrap_or_else(|| self.found.route.upstream());
        if matches!(target, Upstream::Forward { .. }) {
            let path = head.path.clone().into_owned();
            return self.forward(&path, head, body, None).await;
        }
        let errand = Errand {
            live: self.live,
            route: self.found.route,
            plan: self.plan,
            incident: self.incident,
            tried: &mut trip.tried,
        };
        let mut response = self.proxy.send(errand, head, body).await?;
        let is_announced = self.incident.announces_trailers;
        let rules = &self.live.definition.headers;
        super::trailers::end_hop(rules, is_announced, response.headers_mut());
        let response = response.map(Body::Upstream);
        let chain = self.found.route.chain();
        if !chain.edits_body() {
            return Ok(Passed::Upstream(response));
        }
        let (parts, body) = response.into_parts();
        let mut head = ResponseHead { status: parts.status, headers: parts.headers };
        let edit_max = self.live.definition.stateful.edit_max;
        let body = super::edit::edit(chain, &mut head, body, edit_max).await;
        let mut response = Response::new(body.map_err(Failed::refused)?);
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        Ok(Passed::Upstream(response))
    }

    /// Sends again what failed, filters behind it included (RT-9).
    async fn retry(
        &self,
        next: (usize, usize),
        rule: &Retry,
        trip: &mut Trip,
        head: RequestHead<'w>,
        mut body: RequestBody,
    ) -> Outcome {
        let clock = &self.proxy.clock;
        let (began, mut previous) = (clock.monotonic(), Duration::ZERO);
        for retry in 0.. {
            let outcome = self.step(next.0, next.1, trip, head.clone(), body).await;
            if retry >= rule.retries || !self.is_retried(rule, &outcome) {
                return outcome;
            }
            let wait = rule.wait(retry, previous, random::fraction());
            let waited = clock.monotonic().saturating_sub(began).saturating_add(wait);
            let is_late = rule.timeout.is_some_and(|timeout| waited > timeout);
            // RT-14: the last answer goes to the client as it is.
            let Some(again) = trip.again().filter(|_| !is_late) else { return outcome };
            if !self.proxy.may_retry(self.live, self.plan.service.as_deref()) {
                return outcome;
            }
            drop(outcome);
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            (body, previous) = (again, wait);
        }
        Err(Failed::unsent(ErrorKind::Closed))
    }

    fn is_retried(&self, rule: &Retry, outcome: &Outcome) -> bool {
        let method = self.incident.method;
        match outcome {
            Ok(Passed::Upstream(response)) => rule.wants(method, response.status()),
            Ok(Passed::Done(_)) => false,
            Err(failed) => {
                let is_meant = match &failed.cause {
                    Cause::Send(ErrorKind::ResponseTimeout) | Cause::TooSlow(_) => rule.on_timeout,
                    Cause::Send(ErrorKind::ConnectTimeout) => rule.on_timeout || rule.on_io,
                    Cause::Send(ErrorKind::Body | ErrorKind::SlowBody) => false,
                    Cause::Send(_) => rule.on_io,
                    Cause::Refused | Cause::NoInstance | Cause::Open(_) | Cause::Status(_) => false,
                };
                is_meant && rule.methods.contains(method)
            }
        }
    }

    /// Lets a breaker decide, and falls back where it says so (CB-1 to CB-4).
    async fn guard(
        &self,
        next: (usize, usize),
        guarded: &Guarded,
        trip: &mut Trip,
        head: RequestHead<'w>,
        body: RequestBody,
    ) -> Outcome {
        let name = &guarded.breaker.name;
        let permit = match guarded.breaker.begin() {
            Ok(permit) => permit,
            Err(wait) => {
                let failed = Failed::open(name, wait);
                return self.fall(guarded, trip, head, Err(failed)).await;
            }
        };
        let way = self.step(next.0, next.1, trip, head.clone(), body);
        let outcome = match guarded.time_limit {
            None => way.await,
            Some(limit) => match tokio::time::timeout(limit, way).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Failed::too_slow(limit)),
            },
        };
        let is_failure = match &outcome {
            Ok(Passed::Upstream(response)) => guarded.rule.statuses.contains(&response.status()),
            Ok(Passed::Done(_)) => false,
            Err(failed) => failed.cause.is_failure(),
        };
        permit.end(is_failure);
        if is_failure { self.fall(guarded, trip, head, outcome).await } else { outcome }
    }
}
