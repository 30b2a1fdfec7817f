//! A request on its way: route, filters, upstream, and back (LC-1 to LC-10).

mod cached;
mod edit;
mod failed;
mod fall;
mod grpc;
mod limit;
mod origin;
mod relay;
mod room;
mod send;
mod target;
mod trailers;
mod walk;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use eureka_client::Client;
use gateway_routing::cors;
use gateway_routing::firewall::{Ambiguity, BadPath, CleanPath, clean_path, is_host};
use gateway_routing::{Answer, Context, Flow, Match, Request, RequestHead, ResponseHead};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, header};
use hyper::body::Incoming;
use service_kit::clock::Clock;
use service_kit::random;
use service_kit::security::tokens::Principal;
use service_kit::serve::Connection;

use crate::entrance::seen::Seen;
use crate::fault;
use crate::message::Body;
use crate::operations::Operations;
use crate::routes::{Live, Routes};
use crate::security::Gate;
use crate::stateful::{Keeper, Plan};
use crate::upgrade::Upgrade;
use crate::upstream::RequestBody;
pub(crate) use cached::Recorder;
use failed::Cause;
use origin::cors_headers;
use send::Errand;
use walk::Walk;

/// Answers requests.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) routes: Arc<Routes>,
    pub(crate) client: Option<Client>,
    /// The actuator, unless it has a port of its own.
    pub(crate) operations: Option<Operations>,
    /// Checks tokens, if that is configured.
    pub(crate) gate: Option<Gate>,
    pub(crate) clock: Clock,
    /// Application and id of this gateway in discovery: it is no upstream of its own.
    pub(crate) own: Option<(String, String)>,
}

/// What every step looks at.
pub(super) struct Incident<'r> {
    pub(super) method: &'r Method,
    /// Raw path, in the one form that everything sees.
    pub(super) path: &'r str,
    /// What of it other programs may read differently.
    pub(super) ambiguity: Ambiguity,
    pub(super) query: Option<&'r str>,
    pub(super) host: &'r str,
    pub(super) peer: SocketAddr,
    /// How often the gateway sent it on to itself (GF-13).
    pub(super) depth: u8,
    /// Why it is a fallback, if it is one (FO-13).
    pub(super) fallen: Option<&'r Cause>,
    /// As the client wrote it.
    pub(super) scheme: &'static str,
    /// Who it is from, as its token says.
    pub(super) principal: Option<&'r Principal>,
    /// For those who count and log.
    pub(super) seen: &'r Seen,
    /// The protocol that it wants instead of HTTP.
    pub(super) upgrade: Option<&'r HeaderValue>,
    /// Whether its client wants trailers, and to be told of them first.
    pub(super) announces_trailers: bool,
}

impl Proxy {
    /// Answers a request; what is worth knowing afterwards goes to `seen`.
    pub(crate) async fn serve(
        &self,
        request: http::Request<Incoming>,
        connection: &Arc<Connection>,
        seen: &Seen,
    ) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let mut headers = std::mem::take(&mut parts.headers);
        let upgrade = Upgrade::asked(&mut parts, &mut headers, random::wide);
        if matches!(parts.method, Method::CONNECT | Method::TRACE) {
            return self.answer(fault::never_allowed(), &parts);
        }
        let named = host(&parts, &headers);
        let host = named.as_ref().and_then(|host| host.to_str().ok());
        let Some(host) = host.filter(|host| is_host(host)) else {
            return self.answer(fault::bad_request("Host names no host"), &parts);
        };
        let live = self.routes.now();
        if !live.definition.compat.allows_host(host) {
            return self.answer(fault::other_host(), &parts);
        }
        let (path, ambiguity) = match clean(&live, parts.uri.path()) {
            Ok(clean) => (clean.path, clean.ambiguity),
            Err(bad) => return self.answer(fault::bad_request(bad.to_string()), &parts),
        };
        let principal;
        let mut incident = Incident {
            method: &parts.method,
            path: &path,
            ambiguity,
            // A question mark with nothing behind it is dropped, as the reference does.
            query: parts.uri.query().filter(|query| !query.is_empty()),
            host,
            depth: 0,
            fallen: None,
            peer: connection.peer,
            scheme: connection.scheme(),
            principal: None,
            seen,
            upgrade: upgrade.as_ref().map(|upgrade| &upgrade.token),
            announces_trailers: trailers::are_announced(parts.version, &headers),
        };
        let admitted = match &self.gate {
            None => Ok(()),
            Some(gate) => match Box::pin(admit(gate, &live, &incident, &mut headers)).await {
                Ok(known) => {
                    principal = known;
                    incident.principal = principal.as_deref();
                    Ok(())
                }
                Err(answer) => Err(answer),
            },
        };
        let limit = live.definition.compat.request_timeout;
        let (is_call, limit) = grpc::call(&parts.method, &headers, limit);
        let body = RequestBody::of(body, || live.definition.edge.pace(&parts, &headers));
        // Made where it is awaited: a future that is moved about has room for itself twice.
        let passed = match limit {
            None => self.pass(&live, &incident, headers, body, admitted).await,
            Some(limit) => {
                let passing = self.pass(&live, &incident, headers, body, admitted);
                in_time(limit, Box::pin(passing)).await
            }
        };
        match passed {
            Ok(response) => match upgrade {
                Some(upgrade) => upgrade.finish(response, connection, &live.definition.edge, seen),
                None => response,
            },
            Err(answer) => self.refuse(*answer, &live, (&parts, is_call), seen),
        }
    }

    /// The answer of the gateway itself, in the words of gRPC for a call.
    fn refuse(
        &self,
        answer: Answer,
        live: &Live,
        (parts, is_call): (&Parts, bool),
        seen: &Seen,
    ) -> Response<Body> {
        seen.tell(|about| about.error = Some(answer.kind));
        if is_call {
            return grpc::response(live.definition.compat.adjust(answer));
        }
        self.answer(answer, parts)
    }

    /// Whether what a peer says of others is believed.
    pub(crate) fn is_trusted(&self, peer: SocketAddr) -> bool {
        self.routes.now().definition.forwarded.trust.contains(peer.ip())
    }

    fn answer(&self, answer: Answer, parts: &Parts) -> Response<Body> {
        let now = self.clock.wall_ms();
        let is_head = parts.method == Method::HEAD;
        let live = self.routes.now();
        let compat = &live.definition.compat;
        let (answer, path) = (compat.adjust(answer), parts.uri.path());
        if compat.has_spring_errors {
            return fault::spring_response(answer, path, is_head, now, random::next());
        }
        fault::response(answer, path, is_head, now)
    }

    /// Passes a request on, or says why not.
    async fn pass(
        &self,
        live: &Live,
        incident: &Incident<'_>,
        mut headers: HeaderMap,
        body: RequestBody,
        admitted: Result<(), Box<Answer>>,
    ) -> Result<Response<Body>, Box<Answer>> {
        let (definition, table) = (&*live.definition, &live.table);
        if incident.depth == 0 {
            let is_trusted = definition.forwarded.trust.contains(incident.peer.ip());
            definition.headers.remove_reserved(&mut headers, is_trusted);
        }
        let is_literal = definition.compat.has_literal_preflight;
        let asked = cors::requested_method(incident.method, &headers).filter(|_| !is_literal);
        let found = table.find(&Request {
            method: asked.as_ref().unwrap_or(incident.method),
            path: incident.path,
            query: incident.query,
            headers: &headers,
            host: incident.host,
            peer: incident.peer.ip(),
            now_ms: i64::try_from(self.clock.wall_ms()).unwrap_or(i64::MAX),
            random: if table.has_weights() { random::next() } else { 0 },
        });
        let Some(found) = found else {
            let permitted = definition.paths.permit(incident.ambiguity);
            permitted.map_err(|bad| Box::new(fault::bad_request(bad.to_string())))?;
            // Who may not know what there is does not learn it (JA-12).
            admitted?;
            return Err(Box::new(fault::no_route()));
        };
        if let Some(attached) = live.attached(found.position) {
            incident.seen.route(&found, attached, incident.method, incident.path);
        }
        let permitted = definition.paths.or(found.route.path_policy()).permit(incident.ambiguity);
        permitted.map_err(|bad| Box::new(fault::bad_request(bad.to_string())))?;
        let policy = found.route.cors().or_else(|| definition.cors.find(incident.path));
        let allowed = cors_headers(policy, incident, &headers)?;
        if let Err(mut answer) = admitted {
            // A page of another origin may read why it was refused.
            answer.headers.extend(allowed.unwrap_or_default());
            return Err(answer);
        }
        if let (Some(identity), Some(principal)) = (&definition.rules.identity, incident.principal)
        {
            identity.write(principal.claims(), &mut headers)?;
        }
        match (self.through(live, &found, incident, headers, body).await, allowed) {
            (Ok(mut response), Some(policy_headers)) => {
                cors::remove_upstream(response.headers_mut());
                response.headers_mut().extend(policy_headers);
                Ok(response)
            }
            (Err(mut answer), Some(policy_headers)) => {
                // A page of another origin may read that, too.
                answer.headers.extend(policy_headers);
                Err(answer)
            }
            (outcome, None) => outcome,
        }
    }

    /// Through the filters of the route, in and out.
    async fn through(
        &self,
        live: &Live,
        found: &Match<'_>,
        incident: &Incident<'_>,
        mut headers: HeaderMap,
        body: RequestBody,
    ) -> Result<Response<Body>, Box<Answer>> {
        let context =
            Context { path: incident.path, host: incident.host, captures: &found.captures };
        let Some(attached) = live.attached(found.position) else {
            return Err(Box::new(fault::no_route()));
        };
        if attached.strips_authorization {
            // Filters may put other credentials there.
            headers.remove(header::AUTHORIZATION);
        }
        let plan = &attached.plan;
        if let Some(cap) = &plan.cap {
            room::enter(cap, incident.seen)?;
        }
        if !plan.is_plain {
            let walk = Walk { proxy: self, live, found, incident, context, plan };
            return Box::pin(walk.run(headers, body)).await;
        }
        let chain = found.route.chain();
        let mut head = RequestHead::new(incident.method, incident.path, incident.query, headers);
        if let Flow::Answer(answer) = chain.run_all_requests(&mut head, &context) {
            return Err(answer);
        }
        let (body, keeper) = held(plan, body, live);
        let mut tried = Vec::new();
        let errand = Errand { live, route: found.route, plan, incident, tried: &mut tried };
        let response = match self.send(errand, head, body).await {
            Ok(response) => response,
            Err(failed) => return Err(too_large(plan, keeper.as_ref()).unwrap_or(failed.answer)),
        };
        let (mut parts, body) = response.into_parts();
        let (rules, is_announced) = (&live.definition.headers, incident.announces_trailers);
        trailers::end_hop(rules, is_announced, &mut parts.headers);
        let mut head = ResponseHead { status: parts.status, headers: parts.headers };
        let mut body = Body::Upstream(body);
        if chain.edits_body() {
            body = edit::edit(chain, &mut head, body, live.definition.stateful.edit_max).await?;
        }
        chain.run_all_responses(&mut head, &context);
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.headers_mut() = head.headers;
        Ok(response)
    }
}

/// Checks the token of a request, and takes away what only the gateway may say of it.
async fn admit(
    gate: &Gate,
    live: &Live,
    incident: &Incident<'_>,
    headers: &mut HeaderMap,
) -> Result<Option<Arc<Principal>>, Box<Answer>> {
    let rules = &live.definition.rules;
    if let Some(identity) = &rules.identity {
        identity.strip(headers);
    }
    let principal = gate.admit(rules, incident.method, incident.path, headers).await?;
    if let Some(principal) = &principal {
        incident.seen.tell(|about| about.user = principal.name().map(str::to_owned));
    }
    Ok(principal)
}

/// The path in the one form that everything sees, unless neither the gateway nor any route takes it.
fn clean<'p>(live: &Live, path: &'p str) -> Result<CleanPath<'p>, BadPath> {
    let clean = clean_path(path.as_bytes(), live.definition.paths.double_slash)?;
    live.permit_for_any(clean.ambiguity)?;
    Ok(clean)
}

/// The body as the route has to treat it, and what is known of it then.
fn held(plan: &Plan, body: RequestBody, live: &Live) -> (RequestBody, Option<Keeper>) {
    match (plan.bounds, body) {
        (Some(bounds), RequestBody::Streamed(streamed)) => {
            let keeper = Keeper::new(streamed, bounds, &live.state.ceiling);
            match keeper.send() {
                Some(held) => (RequestBody::Held(held), Some(keeper)),
                None => (RequestBody::Empty, Some(keeper)),
            }
        }
        (_, body) => (body, None),
    }
}

/// The answer to a body that turned out too long on its way (FI-18).
fn too_large(plan: &Plan, keeper: Option<&Keeper>) -> Option<Box<Answer>> {
    let bytes = keeper?.too_large()?;
    let bytes_max = plan.bounds?.bytes_max?;
    Some(gateway_routing::body_refusal(bytes, bytes_max))
}

/// What `passing` gives, or that it took longer than all of it may (TO-10).
async fn in_time(
    limit: Duration,
    passing: impl Future<Output = Result<Response<Body>, Box<Answer>>> + Unpin,
) -> Result<Response<Body>, Box<Answer>> {
    match tokio::time::timeout(limit, passing).await {
        Ok(passed) => passed,
        Err(_) => Err(Box::new(fault::too_late())),
    }
}

/// The host that is asked for: of the target if it has one, which must be that of `Host` (PN-10).
fn host(parts: &Parts, headers: &HeaderMap) -> Option<HeaderValue> {
    let told = headers.get(header::HOST);
    match (parts.uri.authority(), told) {
        (None, told) => told.cloned(),
        (Some(target), None) => HeaderValue::from_str(target.as_str()).ok(),
        (Some(target), Some(told)) => {
            let text = told.to_str().ok()?;
            let is_same = gateway_routing::firewall::is_same_authority(target.as_str(), text);
            is_same.then(|| told.clone())
        }
    }
}
