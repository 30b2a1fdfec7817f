//! Sending, and sending again where nobody can have noticed (RT-10).

use std::sync::Arc;
use std::time::Duration;

use eureka_client::Endpoint;
use gateway_routing::forwarded::{self, Arrival};
use gateway_routing::{HostChoice, RequestHead, ResponseTimeout, Route, Upstream};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, Uri, header};

use super::failed::Failed;
use super::target::{Finding, Target};
use super::{Incident, Proxy, room};
use crate::fault;
use crate::meters::Outcome;
use crate::routes::Live;
use crate::stateful::{Asking, Plan, Service};
use crate::upgrade::Upgrade;
use crate::upstream::{ErrorKind, Exchange, RequestBody, SendError, UpstreamBody, send};

/// Instances that a request is offered to, where nothing else is said (LB-17).
const TRIES_MAX: usize = 3;

/// What a request goes through, and the instances it has been at.
pub(super) struct Errand<'e> {
    pub(super) live: &'e Live,
    pub(super) route: &'e Route,
    pub(super) plan: &'e Plan,
    pub(super) incident: &'e Incident<'e>,
    pub(super) tried: &'e mut Vec<Arc<Endpoint>>,
}

impl Proxy {
    /// Sends a request whose filters have run.
    pub(super) async fn send(
        &self,
        errand: Errand<'_>,
        head: RequestHead<'_>,
        body: RequestBody,
    ) -> Result<Response<UpstreamBody>, Failed> {
        let Errand { live, route, plan, incident, tried } = errand;
        let named = head.target.clone();
        let upstream = named.as_ref().unwrap_or_else(|| route.upstream());
        let made = self.named_service(live, named.as_ref());
        let service = made.as_deref().or(plan.service.as_deref());
        let is_trusted = live.definition.forwarded.trust.contains(incident.peer.ip());
        let asked = service.map(|service| {
            let (headers, peer) = (&head.headers, incident.peer.ip());
            let (path, query) = (&*head.path, head.query.as_deref());
            service.asked(&Asking { headers, path, query, peer, is_trusted })
        });
        let asked = asked.unwrap_or_default();
        if let Some(problem) = asked.version.problem() {
            return Err(Failed::refused(Box::new(fault::bad_request(problem))));
        }
        let host = own_host(&head.host, incident);
        let limits = limits(live, route);
        let mut request =
            Some(Box::new(self.request(live, incident, head, body, route.chain().edits_body())?));
        let mut attempts = 0_usize;
        let mut last: Option<ErrorKind> = None;
        // Instances of which a connection had grown old: as good as any, but another is better.
        let mut stale: Vec<Arc<Endpoint>> = Vec::new();
        loop {
            let finding = Finding {
                client: self.client.as_ref(),
                service,
                asked: &asked,
                tried,
                // A retry that is asked for may go where it was; one that nobody sees may not.
                may_repeat: last.is_none(),
                is_404: live.definition.is_no_instance_404,
            };
            let chosen = match plan.cap.as_deref() {
                None => Target::choose_fresh(upstream, &finding, &stale).map(|found| (found, None)),
                Some(cap) => room::choose(upstream, &finding, &stale, (cap, &live.state.places)),
            };
            let (target, held) = match (chosen, last) {
                (Ok(found), _) => found,
                (Err(_), Some(kind)) => return Err(Failed::unsent(kind)),
                (Err(failed), None) => return Err(failed),
            };
            let Some(unsent) = request.take() else {
                return Err(Failed::refused(Box::new(fault::no_route())));
            };
            let way = (plan, incident, route);
            match attempt(live, way, &target, service, (limits, host.clone()), unsent).await {
                Ok(response) => {
                    if !plan.is_plain {
                        tried.extend(target.endpoint().cloned());
                    }
                    target.answered(response.status());
                    incident.seen.hold(held);
                    return Ok(response);
                }
                Err(SendError { kind, is_reused, request: returned, again }) => {
                    tracing::debug!(reason = kind.name(), is_reused, "no answer");
                    let instance = target.failed(kind, is_reused);
                    let is_balanced = instance.is_some();
                    if is_reused { &mut stale } else { &mut *tried }.extend(instance);
                    attempts = attempts.saturating_add(1);
                    last = Some(kind);
                    let next = next(kind, is_reused, is_balanced, returned, again);
                    request = next.filter(|_| attempts < attempts_max(live, service));
                    if request.is_none() || !self.may_retry(live, service) {
                        return Err(Failed::unsent(kind));
                    }
                }
            }
        }
    }

    /// The service that a filter named instead of the route's.
    fn named_service(&self, live: &Live, target: Option<&Upstream>) -> Option<Arc<Service>> {
        let Some(Upstream::Balanced { service, .. }) = target else { return None };
        live.state.service(&live.definition.stateful, service).ok().map(|found| found.0)
    }

    /// Whether the budget of a service allows for one more retry (RT-13).
    pub(super) fn may_retry(&self, live: &Live, service: Option<&Service>) -> bool {
        let rule = live.definition.stateful.budget;
        service.is_none_or(|service| service.may_retry(rule, self.clock.monotonic()))
    }

    /// The request as the upstream gets it, but for its `Host`.
    fn request(
        &self,
        live: &Live,
        incident: &Incident<'_>,
        head: RequestHead<'_>,
        body: RequestBody,
        is_edited: bool,
    ) -> Result<Request<RequestBody>, Failed> {
        let definition = &live.definition;
        let mut headers = head.headers;
        definition.headers.remove_hop_by_hop(&mut headers);
        if let HostChoice::Set(host) = &head.host {
            headers.insert(header::HOST, host.clone());
        }
        let arrival = Arrival {
            peer: incident.peer,
            scheme: Some(incident.scheme).filter(|_| incident.fallen.is_none()),
            host: incident.host,
            original_path: incident.path,
            path: &head.path,
        };
        forwarded::apply(&definition.forwarded, &arrival, &mut headers);
        gateway_routing::hygiene::restore_grpc_te(&mut headers);
        if is_edited {
            // What is changed has to be read.
            let gzip = headers.get(header::ACCEPT_ENCODING);
            let gzip = gzip.is_some_and(|own| own.as_bytes().windows(4).any(|w| w == b"gzip"));
            let takes = if gzip { "gzip" } else { "identity" };
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(takes));
        }
        if let Some(token) = incident.upgrade {
            Upgrade::restore(token, &mut headers);
        }
        let target = match &head.query {
            None => head.path.into_owned(),
            Some(query) => format!("{}?{query}", head.path),
        };
        let target = PathAndQuery::try_from(target).map_err(|_| {
            Failed::refused(Box::new(fault::bad_request("the path fits no request")))
        })?;
        let mut request = Request::new(body);
        *request.method_mut() = head.method.clone();
        *request.uri_mut() = Uri::from(target);
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// What the upstream is to see as `Host` instead of its own address.
fn own_host(choice: &HostChoice, incident: &Incident<'_>) -> Option<HeaderValue> {
    match choice {
        HostChoice::Target => None,
        HostChoice::Preserve => incident.host.parse().ok(),
        HostChoice::Set(host) => Some(host.clone()),
    }
}

fn limits(live: &Live, route: &Route) -> (Duration, Option<Duration>) {
    let definition = &live.definition;
    let own = route.timeouts();
    let response = match own.response {
        ResponseTimeout::Inherited => definition.response_timeout,
        ResponseTimeout::Unlimited => None,
        ResponseTimeout::After(time) => Some(time),
    };
    (own.connect.unwrap_or(definition.connect_timeout), response)
}

/// For those who count and log: an attempt, begun at `sent` if anybody wants to know.
fn note(
    incident: &Incident<'_>,
    route: &Route,
    target: &Target<'_>,
    sent: Option<std::time::Instant>,
    answered: &Result<Response<UpstreamBody>, SendError>,
) {
    let outcome = match answered {
        Ok(response) => Outcome::Status(response.status().as_u16()),
        Err(failed) => Outcome::Failed(failed.kind.name()),
    };
    incident.seen.attempt(route, target.endpoint().map(|endpoint| &**endpoint), outcome);
    incident.seen.tell(|about| {
        about.attempts = about.attempts.saturating_add(1);
        about.instance = Some(target.place().to_string());
        about.upstream = sent.map(|sent| sent.elapsed());
    });
}

/// Sends a request to one address.
async fn attempt(
    live: &Live,
    (plan, incident, route): (&Plan, &Incident<'_>, &Route),
    target: &Target<'_>,
    service: Option<&Service>,
    (limits, host): ((Duration, Option<Duration>), Option<HeaderValue>),
    mut request: Box<Request<RequestBody>>,
) -> Result<Response<UpstreamBody>, SendError> {
    if let (Some(service), Some(endpoint)) = (service, target.endpoint())
        && service.rule.adds_cookie
    {
        add_cookie(&mut request, &service.rule.sticky_cookie, endpoint.info().id());
    }
    let exchange = Exchange {
        place: target.place(),
        settings: &live.definition.client,
        protocol: target.protocol().or(plan.protocol).unwrap_or_default(),
        connect_limit: limits.0,
        response_limit: limits.1,
        host,
    };
    let sent = incident.seen.is_logged().then(std::time::Instant::now);
    let answered = send(&exchange, request).await;
    note(incident, route, target, sent, &answered);
    answered
}

/// How often a request is sent where nobody asked for a retry.
fn attempts_max(live: &Live, service: Option<&Service>) -> usize {
    if !live.definition.stateful.retries_unseen {
        return 1;
    }
    let next = service.and_then(|service| service.rule.next_max);
    next.map_or(TRIES_MAX, |next| next.saturating_add(1))
}

/// The request to send once more, if that does no harm: nobody has seen it, or it is safe and goes
/// to another instance.
fn next(
    kind: ErrorKind,
    is_reused: bool,
    is_balanced: bool,
    returned: Option<Box<Request<RequestBody>>>,
    again: Option<Box<Request<RequestBody>>>,
) -> Option<Box<Request<RequestBody>>> {
    let again = again.filter(|request| request.body().is_whole());
    match kind {
        ErrorKind::Refused
        | ErrorKind::UnknownHost
        | ErrorKind::Untrusted
        | ErrorKind::ConnectTimeout
            if is_balanced =>
        {
            returned.or(again)
        }
        // The other end may have closed a connection that waited, unseen.
        ErrorKind::Closed if is_reused => returned.or(again),
        ErrorKind::Closed | ErrorKind::ResponseTimeout | ErrorKind::Garbage if is_balanced => {
            again.filter(|request| is_safe(request.method()))
        }
        ErrorKind::Refused
        | ErrorKind::UnknownHost
        | ErrorKind::Untrusted
        | ErrorKind::ConnectTimeout
        | ErrorKind::PoolFull
        | ErrorKind::ResponseTimeout
        | ErrorKind::Closed
        | ErrorKind::Garbage
        | ErrorKind::Body
        | ErrorKind::SlowBody => None,
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Tells the upstream which instance it is (GF-10).
fn add_cookie(request: &mut Request<RequestBody>, name: &str, id: &str) {
    let headers = request.headers_mut();
    let own = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = own.flat_map(|line| line.split(';')).map(str::trim);
    let others = pairs.filter(|pair| pair.split_once('=').is_none_or(|(own, _)| own != name));
    let line: Vec<&str> = others.collect();
    let line = [line.join("; "), format!("{name}={id}")];
    let line = line.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("; ");
    if let Ok(value) = HeaderValue::from_str(&line) {
        headers.insert(header::COOKIE, value);
    }
}
