//! Asks instances whether they are well, where `configurations: health-check` says so (LB-9, BY-16).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use eureka_client::{Client, Endpoint};
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body::Body as _;
use service_kit::clock::Clock;
use service_kit::random;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::routes::{Live, Routes};
use crate::stateful::{HealthRule, Service};
use crate::upstream::{Exchange, Place, Protocol, RequestBody, send};

/// How often is looked who has to be asked.
const TICK: Duration = Duration::from_millis(250);
/// Instances that are asked at the same time.
const ASKED_MAX: usize = 64;
/// Bytes of an answer that are read so that its connection can be used again.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Asks until `stop`, as a task of the process.
pub(crate) async fn run(
    routes: Arc<Routes>,
    client: Client,
    clock: Clock,
    stop: CancellationToken,
) {
    let mut asked = JoinSet::new();
    loop {
        let live = Arc::clone(&routes.now());
        for service in live.state.checked_services() {
            begin(&live, &service, &client, &clock, &mut asked);
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TICK) => {}
        }
        while asked.try_join_next().is_some() {}
    }
}

fn begin(
    live: &Arc<Live>,
    service: &Arc<Service>,
    client: &Client,
    clock: &Clock,
    asked: &mut JoinSet<()>,
) {
    let Some(rule) = &service.rule.health else { return };
    let endpoints = client.instances(&service.name);
    let ids = endpoints.iter().map(|endpoint| endpoint.info().id());
    let room = ASKED_MAX.saturating_sub(asked.len());
    for id in service.checks.begin(rule, ids, clock.monotonic(), room) {
        let Some(endpoint) = endpoints.iter().find(|one| one.info().id() == &*id) else { continue };
        let (live, service) = (Arc::clone(live), Arc::clone(service));
        let (endpoint, clock) = (Arc::clone(endpoint), clock.clone());
        asked.spawn(async move {
            let Some(rule) = &service.rule.health else { return };
            let asking = is_well(&live, rule, &endpoint);
            let is_alive = tokio::time::timeout(rule.interval, asking).await.unwrap_or(false);
            let now = clock.monotonic();
            let news = service.checks.end(rule, &id, is_alive, now, random::fraction());
            if news && is_alive {
                tracing::info!(?endpoint, "an instance passes its health check");
            } else if news {
                tracing::warn!(?endpoint, "an instance fails its health check");
            }
        });
    }
}

/// Whether an instance answers exactly 200.
async fn is_well(live: &Live, rule: &HealthRule, endpoint: &Endpoint) -> bool {
    let secure = endpoint.port(true).map(|port| (port, true));
    let Some((port, is_secure)) = secure.or_else(|| Some((endpoint.port(false)?, false))) else {
        return false;
    };
    let place =
        Place { host: &endpoint.info().host_name, port: rule.port.unwrap_or(port), is_secure };
    let exchange = Exchange {
        place,
        settings: &live.definition.client,
        protocol: Protocol::H1,
        connect_limit: rule.interval.min(live.definition.connect_timeout),
        response_limit: Some(rule.interval),
        host: None,
    };
    let Ok(target) = rule.path.parse() else { return false };
    let mut request = Request::new(RequestBody::Empty);
    *request.method_mut() = Method::GET;
    *request.uri_mut() = target;
    let accept = HeaderValue::from_static("application/json, */*");
    request.headers_mut().insert(header::ACCEPT, accept);
    let Ok(response) = send(&exchange, Box::new(request)).await else { return false };
    let status = response.status();
    let mut body = pin!(response.into_body());
    let mut read = 0_usize;
    while let Some(Ok(frame)) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        read = read.saturating_add(frame.data_ref().map_or(0, bytes::Bytes::len));
        if read > ANSWER_BYTES_MAX {
            break;
        }
    }
    status == StatusCode::OK
}
