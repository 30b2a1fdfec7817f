//! The application: what all requests share, and how a request finds its answer.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use eureka_registry::{Moment, Registry};
use eureka_wire::{DataCenterInfo, DataCenterName, InstanceInfo, InstanceStatus, Port};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use hyper::body::Incoming;
use service_kit::actuator::Actuator;
use service_kit::clock::Clock;
use service_kit::metrics;
use service_kit::serve::{Connection, Handler};

use crate::answer::AnswerBody;
use crate::config::Settings;
use crate::http::reply::ReplyBody;
use crate::http::request_id::request_id;
use crate::http::route::{Target, target};
use crate::list::Lists;
use crate::metrics::{Metrics, Operation};
use crate::pages::Pages;

/// Bytes of a path and query; longer ones are answered with 414.
const URI_BYTES_MAX: usize = 8192;

/// What wrong credentials cost whoever sends them.
const REFUSAL_PAUSE: Duration = Duration::from_millis(250);

/// The running server without its socket.
#[derive(Debug)]
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) registry: Arc<Registry>,
    pub(crate) lists: Lists,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
    /// When it opened for traffic.
    pub(crate) opened: Moment,
    pages: Pages,
}

impl App {
    /// An application with an empty registry that opens now. What it counts is added to `counted`;
    /// `actuator` answers for the process.
    #[must_use]
    pub fn new(
        settings: Settings,
        clock: Clock,
        counted: &metrics::Registry,
        actuator: Actuator,
    ) -> Arc<Self> {
        let opened = moment(&clock);
        let registry = Arc::new(Registry::open(settings.registry.clone(), opened));
        let metrics = Arc::new(Metrics::new(counted, &registry, &clock, &settings));
        Arc::new_cyclic(|app| Self {
            lists: Lists::new(Arc::clone(&registry)),
            pages: Pages::new(Weak::clone(app), actuator, &settings),
            settings,
            registry,
            clock,
            metrics,
            opened,
        })
    }

    /// The registry, for those who look after it.
    #[must_use]
    pub const fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Port it is reached on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.settings.serve.address.port()
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        moment(&self.clock)
    }

    /// Answers `request`.
    pub async fn respond<B>(&self, request: Request<B>) -> Response<AnswerBody>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let started = self.clock.monotonic();
        let (head, body) = request.into_parts();
        let uri_bytes = head.uri.path().len() + head.uri.query().map_or(0, str::len);
        if uri_bytes > URI_BYTES_MAX {
            return plain(StatusCode::URI_TOO_LONG);
        }
        let context = self.settings.context_path.as_str();
        let Some(path) = below(head.uri.path(), context) else {
            return plain(StatusCode::NOT_FOUND);
        };
        let target = target(path);
        let user = self.settings.user.as_ref();
        let admitted = user.is_some_and(|user| user.admit(&head.headers));
        if user.is_some() && !admitted {
            let is_open = self.pages.is_open(path);
            let guesses = head.headers.contains_key(header::AUTHORIZATION);
            if guesses || !is_open {
                self.metrics.refused.add(1);
                log_access(&head, StatusCode::UNAUTHORIZED, Duration::ZERO);
            }
            // Only whoever guesses waits; the worker goes on with the others.
            if guesses {
                tokio::time::sleep(REFUSAL_PAUSE).await;
            }
            if !is_open {
                return unauthorized();
            }
        }
        match target {
            Target::Eureka(route) => {
                let operation = Operation::of(&route, &head.method);
                let received = moment_at(self.clock.wall_ms(), started);
                let reply = self.answer(&route, &head, body, received).await;
                let took = self.clock.monotonic().saturating_sub(started);
                self.metrics.observe(operation, reply.status(), reply.body().length(), took);
                log_access(&head, reply.status(), took);
                reply.map(AnswerBody::Eureka)
            }
            Target::Nothing => plain(StatusCode::NOT_FOUND),
            Target::Page => {
                let path = path.to_owned();
                self.pages.answer(head, &path, admitted).await.map(AnswerBody::Page)
            }
        }
    }

    /// Whether lists may be read: not while a server that knows it starts empty waits for clients
    /// to register (ST-2).
    pub(crate) fn may_read(&self) -> bool {
        if self.settings.registry.default_open_for_traffic_count > 0 {
            return true;
        }
        let open_for = self.now().steady_ms.saturating_sub(self.opened.steady_ms);
        u128::from(open_for) > self.settings.empty_wait.as_millis()
    }

    /// The server as an instance of itself.
    pub(crate) fn own_instance(&self) -> InstanceInfo {
        let own = &self.settings.own;
        let port = i32::from(self.settings.serve.address.port());
        InstanceInfo {
            instance_id: Some(own.id.as_str().into()),
            host_name: own.host.as_str().into(),
            app: own.app.as_str().into(),
            ip_addr: own.ip.as_str().into(),
            status: InstanceStatus::Up,
            port: Port { number: port, enabled: true },
            secure_port: Port { number: 443, enabled: false },
            data_center: Some(DataCenterInfo::Plain(Some(DataCenterName::MyOwn))),
            is_coordinating: true,
            ..InstanceInfo::empty(self.opened.wall_ms)
        }
    }
}

impl Handler for App {
    type Body = AnswerBody;

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        _: Arc<Connection>,
    ) -> Response<AnswerBody> {
        self.respond(request).await
    }
}

/// One line per request for whoever asks for them; by default only refusals are told.
fn log_access(head: &Parts, status: StatusCode, took: Duration) {
    // A 404 is an ordinary answer here: it tells a client to register.
    let is_refusal =
        status.is_server_error() || (status.is_client_error() && status != StatusCode::NOT_FOUND);
    if is_refusal {
        let (id, path) = (request_id(&head.headers), head.uri.path());
        tracing::info!(request_id = %id, method = %head.method, path, %status, "refused");
    } else if tracing::enabled!(tracing::Level::DEBUG) {
        let (id, uri, took_us) = (request_id(&head.headers), &head.uri, took.as_micros());
        tracing::debug!(request_id = %id, method = %head.method, %uri, %status, took_us, "request");
    }
}

/// `path` below `context`.
fn below<'a>(path: &'a str, context: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(context)?;
    match rest {
        "" => Some(""),
        _ if rest.starts_with('/') => Some(rest),
        _ => None,
    }
}

fn moment(clock: &Clock) -> Moment {
    moment_at(clock.wall_ms(), clock.monotonic())
}

fn moment_at(wall_ms: u64, steady: Duration) -> Moment {
    let whole = steady.as_secs().saturating_mul(1000);
    Moment {
        wall_ms: i64::try_from(wall_ms).unwrap_or(i64::MAX),
        steady_ms: whole.saturating_add(steady.subsec_millis().into()),
    }
}

fn plain(status: StatusCode) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::Eureka(ReplyBody::default()));
    *answer.status_mut() = status;
    answer
}

/// 401 without a body; clients take it as "try another server".
fn unauthorized() -> Response<AnswerBody> {
    let mut answer = plain(StatusCode::UNAUTHORIZED);
    let challenge = HeaderValue::from_static("Basic realm=\"Realm\"");
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    answer
}
