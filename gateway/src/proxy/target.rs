//! Which address a request is sent to.

use std::sync::Arc;

use eureka_client::{Client, Endpoint, InFlight};
use gateway_routing::{Scheme, Upstream};

use super::super::fault;
use super::super::upstream::{ErrorKind, Place, Protocol};
use super::failed::Failed;
use crate::stateful::{Asked, Failure, Service};

/// An address, and the instance behind it if it was found by name.
pub(super) struct Target<'a> {
    /// That of the instance where it is `None`.
    host: Option<&'a str>,
    port: u16,
    is_secure: bool,
    instance: Option<(&'a Client, &'a Service, InFlight)>,
    /// When it was chosen, if that is looked at (BY-3).
    sent: Option<std::time::Duration>,
}

/// How an instance of a service is found.
pub(super) struct Finding<'a, 't> {
    pub(super) client: Option<&'a Client>,
    pub(super) service: Option<&'a Service>,
    pub(super) asked: &'t Asked,
    /// Instances that were tried; others come first.
    pub(super) tried: &'t [Arc<Endpoint>],
    /// Whether they may be tried again where there are no others.
    pub(super) may_repeat: bool,
    pub(super) is_404: bool,
}

impl<'a> Target<'a> {
    /// The same as [`Target::choose`], of others than `stale` if there are any.
    pub(super) fn choose_fresh(
        upstream: &'a Upstream,
        finding: &Finding<'a, '_>,
        stale: &[Arc<Endpoint>],
    ) -> Result<Self, Failed> {
        if !stale.is_empty() {
            let avoided = [finding.tried, stale].concat();
            let others = Finding { tried: &avoided, may_repeat: false, ..*finding };
            if let Ok(fresh) = Self::choose(upstream, &others) {
                return Ok(fresh);
            }
        }
        Self::choose(upstream, finding)
    }

    /// The address to send to.
    pub(super) fn choose(
        upstream: &'a Upstream,
        finding: &Finding<'a, '_>,
    ) -> Result<Self, Failed> {
        match upstream {
            Upstream::Address { scheme, host, port } => Ok(Self {
                host: Some(host),
                port: *port,
                is_secure: scheme.is_secure(),
                instance: None,
                sent: None,
            }),
            Upstream::Balanced { service: name, scheme } => {
                let none = || Failed::no_instance(name, finding.is_404);
                let client = finding.client.ok_or_else(none)?;
                let service = finding.service.ok_or_else(none)?;
                let again = || {
                    let pick = || service.pick(client, finding.asked, &[]);
                    Some(()).filter(|()| finding.may_repeat).and_then(|()| pick())
                };
                let endpoint = service.pick(client, finding.asked, finding.tried).or_else(again);
                let endpoint = endpoint.ok_or_else(none)?;
                Self::of(client, service, &endpoint, *scheme).ok_or_else(none)
            }
            Upstream::Forward { .. } | Upstream::ByFilter => {
                Err(Failed::refused(Box::new(fault::no_route())))
            }
        }
    }

    /// LB-3, LB-4: a secure port wins, unless the route insists on something else.
    fn of(
        client: &'a Client,
        service: &'a Service,
        endpoint: &Arc<Endpoint>,
        scheme: Option<Scheme>,
    ) -> Option<Self> {
        let secure = endpoint.port(true).map(|port| (port, true));
        let plain = endpoint.port(false).map(|port| (port, false));
        let (port, is_secure) = match scheme {
            None => secure.or(plain)?,
            Some(scheme) if scheme.is_secure() => (endpoint.port(true)?, true),
            Some(_) => plain?,
        };
        let instance = Some((client, service, endpoint.call()));
        Some(Self { host: None, port, is_secure, instance, sent: service.sent() })
    }

    /// What the instance says that it speaks (PT-12).
    pub(super) fn protocol(&self) -> Option<Protocol> {
        let (_, _, call) = self.instance.as_ref()?;
        let metadata = &call.endpoint().info().metadata;
        if metadata.is_empty() {
            return None;
        }
        let named = metadata.get("gateway.protocol").or_else(|| metadata.get("protocol"))?;
        Protocol::named(named)
    }

    pub(super) fn place(&self) -> Place<'_> {
        let own = || self.endpoint().map(|endpoint| &*endpoint.info().host_name);
        let host = self.host.or_else(own).unwrap_or_default();
        Place { host, port: self.port, is_secure: self.is_secure }
    }

    /// The instance, if it was found by name.
    pub(super) fn endpoint(&self) -> Option<&Arc<Endpoint>> {
        self.instance.as_ref().map(|(_, _, call)| call.endpoint())
    }

    /// Notes that it answered; some answers say that it cannot (BY-2, TM-12).
    pub(super) fn answered(self, status: http::StatusCode) {
        let Some((client, service, call)) = self.instance else { return };
        if !matches!(status.as_u16(), 500 | 502..=504) {
            service.answered(call.endpoint(), self.sent);
            return call.succeeded();
        }
        let endpoint = Arc::clone(call.endpoint());
        let ejection = service.ejection(client, &endpoint, Failure::Failing);
        if client.failed(call, ejection) {
            tracing::warn!(?endpoint, %status, "an instance is left out for a while");
        }
    }

    /// Notes that it did not; gives the instance that was tried.
    pub(super) fn failed(self, kind: ErrorKind, is_reused: bool) -> Option<Arc<Endpoint>> {
        let (client, service, call) = self.instance?;
        let endpoint = Arc::clone(call.endpoint());
        let failure = match kind {
            // The client's fault, and the ordinary end of a connection that waited.
            ErrorKind::Body | ErrorKind::SlowBody | ErrorKind::PoolFull => return Some(endpoint),
            ErrorKind::Closed if is_reused => return Some(endpoint),
            ErrorKind::Refused
            | ErrorKind::UnknownHost
            | ErrorKind::ConnectTimeout
            | ErrorKind::Closed => Failure::Gone,
            ErrorKind::ResponseTimeout | ErrorKind::Garbage | ErrorKind::Untrusted => {
                Failure::Failing
            }
        };
        let ejection = service.ejection(client, &endpoint, failure);
        if client.failed(call, ejection) {
            tracing::warn!(?endpoint, reason = kind.name(), "an instance is left out for a while");
        }
        Some(endpoint)
    }
}
