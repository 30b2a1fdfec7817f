//! The door: what is seen of every request, before and after it is passed on.
//!
//! The actuator is answered here; ids and traces begin here; times, and lines of the access log,
//! end here, when the last byte of an answer has gone. What is not switched on costs a branch.

pub(crate) mod journal;
pub(crate) mod observed;
pub(crate) mod seen;
pub(crate) mod trace;

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Incoming;
use service_kit::config::{Config, ConfigError};
use service_kit::random;
use service_kit::serve::{Connection, Handler};
use tracing::Instrument as _;

use crate::entrance::journal::Journal;
use crate::entrance::observed::{Observed, Watch};
use crate::entrance::seen::Seen;
use crate::entrance::trace::Tracing;
use crate::message::Body;
use crate::meters::Meters;
use crate::proxy::Proxy;

/// Characters that an id of a request may have; a longer one is replaced.
const REQUEST_ID_MAX: usize = 128;

/// Answers everything that comes to the gateway's own port.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(crate) proxy: Arc<Proxy>,
    pub(crate) meters: Meters,
    pub(crate) extras: Extras,
}

/// What is only done where it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Extras {
    pub(crate) journal: Option<Journal>,
    tracing: Option<Tracing>,
    request_id: Option<HeaderName>,
}

impl Extras {
    /// Reads what is switched on.
    ///
    /// # Errors
    /// A value that cannot be used.
    pub(crate) fn read(config: &Config, journal: Option<Journal>) -> Result<Self, ConfigError> {
        let key = "myerp.gateway.request-id-header";
        let name: Option<String> = config.find(key)?;
        let parsed = name.map(|name| name.parse::<HeaderName>().map_err(|_| name)).transpose();
        let request_id = parsed.map_err(|name| ConfigError {
            origin: config.origin(key).cloned(),
            problem: format!("{key}: {name:?} is not a header name"),
            suggestion: None,
        })?;
        Ok(Self { journal, tracing: Tracing::read(config)?, request_id })
    }

    fn is_empty(&self) -> bool {
        self.journal.is_none() && self.tracing.is_none() && self.request_id.is_none()
    }
}

impl Handler for Entrance {
    type Body = Observed;

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Response<Observed> {
        if let Some(operations) = &self.proxy.operations
            && operations.is_at(request.uri().path())
        {
            let response = Box::pin(operations.answer(request)).await;
            return response.map(|body| Observed::new(Body::Own(body), None));
        }
        let begun = Instant::now();
        if !self.extras.is_empty() {
            return Box::pin(self.with_extras(request, &connection, begun)).await;
        }
        let seen = Seen::new(self.meters, false);
        let response = self.proxy.serve(request, &connection, &seen).await;
        let status = response.status();
        let held = seen.take_held();
        let counted = seen.into_counted();
        let watch = (counted.is_some() || held.is_some()).then(|| Watch {
            meters: self.meters,
            counted,
            begun,
            status,
            entry: None,
            held,
        });
        response.map(|body| Observed::new(body, watch))
    }
}

impl Entrance {
    /// The same with everything that is switched on.
    async fn with_extras(
        &self,
        mut request: Request<Incoming>,
        connection: &Arc<Connection>,
        begun: Instant,
    ) -> Response<Observed> {
        let (extras, peer) = (&self.extras, connection.peer);
        let is_trusted = self.proxy.is_trusted(peer);
        let id = extras.request_id.as_ref().map(|name| {
            let value = request_id(&request, name, is_trusted);
            request.headers_mut().insert(name.clone(), value.clone());
            (name.clone(), value)
        });
        let trace =
            extras.tracing.as_ref().map(|tracing| tracing.begin(request.headers_mut(), is_trusted));
        let entry = extras.journal.as_ref().map(|journal| {
            journal.begin(&request, peer, id.as_ref().map(|(_, id)| id), trace.as_ref())
        });
        let seen = Seen::new(self.meters, entry.is_some());
        let span = trace.as_ref().map_or_else(tracing::Span::none, |trace| trace.span());
        let mut response = self.proxy.serve(request, connection, &seen).instrument(span).await;
        if let Some((name, value)) = id {
            response.headers_mut().insert(name, value);
        }
        let status = response.status();
        let entry = entry.map(|mut entry| {
            entry.about = seen.take_about();
            entry
        });
        let held = seen.take_held();
        let counted = seen.into_counted();
        let is_watched = counted.is_some() || entry.is_some() || held.is_some();
        let watch =
            is_watched.then(|| Watch { meters: self.meters, counted, begun, status, entry, held });
        response.map(|body| Observed::new(body, watch))
    }
}

/// The id of a request: what a trusted peer says, else a new one (MT-10).
fn request_id(request: &Request<Incoming>, name: &HeaderName, is_trusted: bool) -> HeaderValue {
    let is_fine = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
        !bytes.is_empty() && bytes.len() <= REQUEST_ID_MAX && bytes.iter().all(is_plain)
    };
    let told = request.headers().get(name).filter(|_| is_trusted).filter(is_fine);
    told.cloned().unwrap_or_else(|| {
        let text = format!("{:032x}", random::wide());
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    })
}
