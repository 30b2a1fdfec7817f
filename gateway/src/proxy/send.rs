//! Sending, and sending again where nobody can have noticed (RT-10).

use std::sync::Arc;
use std::time::Duration;

use eureka_client::Endpoint;
use gateway_routing::forwarded::{self, Arrival};
use gateway_routing::{Answer, HostChoice, RequestHead, ResponseTimeout, Route};
use http::uri::PathAndQuery;
use http::{Response, Uri, header};

use super::target::Target;
use super::{Incident, Proxy};
use crate::config::Definition;
use crate::fault;
use crate::routes::Live;
use crate::upgrade::Upgrade;
use crate::upstream::{Exchange, Protocol, RequestBody, SendError, UpstreamBody, send};

/// Instances that a request is offered to.
const TRIES_MAX: usize = 3;

impl Proxy {
    /// Sends a request whose filters have run.
    pub(super) async fn send(
        &self,
        live: &Live,
        route: &Route,
        incident: &Incident<'_>,
        head: RequestHead<'_>,
        body: RequestBody,
    ) -> Result<Response<UpstreamBody>, Box<Answer>> {
        let definition = &live.definition;
        let upstream = head.target.clone();
        let upstream = upstream.as_ref().unwrap_or_else(|| route.upstream());
        let host = match &head.host {
            HostChoice::Target => None,
            HostChoice::Preserve => incident.host.parse().ok(),
            HostChoice::Set(host) => Some(host.clone()),
        };
        let (connect_limit, response_limit) = limits(definition, route);
        let own_protocol = route.definition().metadata.text_at("gateway.protocol");
        let own_protocol = own_protocol.and_then(Protocol::named);
        let mut request = Some(request(definition, incident, head, body)?);
        let mut tried: Vec<Arc<Endpoint>> = Vec::new();
        loop {
            let target = Target::choose(
                upstream,
                self.client.as_ref(),
                &tried,
                definition.is_no_instance_404,
            )?;
            let Some(unsent) = request.take() else {
                return Err(Box::new(fault::no_route()));
            };
            let again = again(&unsent);
            let exchange = Exchange {
                place: target.place(),
                settings: &definition.client,
                protocol: target.protocol().or(own_protocol).unwrap_or_default(),
                connect_limit,
                response_limit,
                host: host.clone(),
            };
            match send(&exchange, unsent).await {
                Ok(response) => {
                    target.answered();
                    return Ok(response);
                }
                Err(SendError { kind, is_reused, request: returned }) => {
                    let endpoint = target.failed(kind);
                    tracing::debug!(reason = kind.name(), is_reused, "no answer");
                    request = match returned {
                        Some(returned) if kind.is_before_sending() && endpoint.is_some() => {
                            Some(*returned)
                        }
                        // The other end may have closed a connection that waited, unseen.
                        _ if is_reused && kind == crate::upstream::ErrorKind::Closed => again,
                        _ => None,
                    };
                    tried.extend(endpoint);
                    if request.is_none() || tried.len() >= TRIES_MAX {
                        return Err(Box::new(fault::unanswered(kind)));
                    }
                }
            }
        }
    }
}

fn limits(definition: &Definition, route: &Route) -> (Duration, Option<Duration>) {
    let own = route.timeouts();
    let response = match own.response {
        ResponseTimeout::Inherited => definition.response_timeout,
        ResponseTimeout::Unlimited => None,
        ResponseTimeout::After(time) => Some(time),
    };
    (own.connect.unwrap_or(definition.connect_timeout), response)
}

/// The request as the upstream gets it, but for its `Host`.
fn request(
    definition: &Definition,
    incident: &Incident<'_>,
    head: RequestHead<'_>,
    body: RequestBody,
) -> Result<http::Request<RequestBody>, Box<Answer>> {
    let mut headers = head.headers;
    definition.headers.remove_hop_by_hop(&mut headers);
    if let HostChoice::Set(host) = &head.host {
        headers.insert(header::HOST, host.clone());
    }
    let arrival = Arrival {
        peer: incident.peer,
        scheme: incident.scheme,
        host: incident.host,
        original_path: incident.path,
        path: &head.path,
    };
    forwarded::apply(&definition.forwarded, &arrival, &mut headers);
    gateway_routing::hygiene::restore_grpc_te(&mut headers);
    if let Some(token) = incident.upgrade {
        Upgrade::restore(token, &mut headers);
    }
    let target = match &head.query {
        None => head.path.into_owned(),
        Some(query) => format!("{}?{query}", head.path),
    };
    let target = PathAndQuery::try_from(target)
        .map_err(|_| Box::new(fault::bad_request("the path fits no request")))?;
    let mut request = http::Request::new(body);
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = Uri::from(target);
    *request.headers_mut() = headers;
    Ok(request)
}

/// The same request again, if its body is no stream and sending it twice does no harm.
fn again(request: &http::Request<RequestBody>) -> Option<http::Request<RequestBody>> {
    if !request.method().is_idempotent() {
        return None;
    }
    let mut again = http::Request::new(request.body().again()?);
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.headers_mut() = request.headers().clone();
    Some(again)
}
