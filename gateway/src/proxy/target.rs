//! Which address a request is sent to.

use std::sync::Arc;

use eureka_client::{Client, Ejection, Endpoint, InFlight, TwoChoices};
use gateway_routing::{Answer, Scheme, Upstream};

use super::super::fault;
use super::super::upstream::{ErrorKind, Place, Protocol};

/// Failures after which an instance is left out, and for how long (BY-2).
const EJECTION: Ejection = Ejection { failures: 5, time: std::time::Duration::from_secs(30) };
/// A refused connection leaves an instance out at once: its process is gone or not there yet.
const REFUSED: Ejection = Ejection { failures: 1, time: std::time::Duration::from_secs(1) };

/// An address, and the instance behind it if it was found by name.
pub(super) struct Target<'a> {
    host: Box<str>,
    port: u16,
    is_secure: bool,
    instance: Option<(&'a Client, InFlight)>,
}

impl<'a> Target<'a> {
    /// The address to send to, of another instance than those in `tried` if there is one.
    pub(super) fn choose(
        upstream: &Upstream,
        client: Option<&'a Client>,
        tried: &[Arc<Endpoint>],
        is_404: bool,
    ) -> Result<Self, Box<Answer>> {
        match upstream {
            Upstream::Address { scheme, host, port } => Ok(Self {
                host: host.clone(),
                port: *port,
                is_secure: scheme.is_secure(),
                instance: None,
            }),
            Upstream::Balanced { service, scheme } => {
                let none = || Box::new(fault::no_instance(service, is_404));
                let client = client.ok_or_else(none)?;
                let endpoint = client.pick_other(service, &TwoChoices, tried).ok_or_else(none)?;
                Self::of(client, &endpoint, *scheme).ok_or_else(none)
            }
            Upstream::Forward { .. } | Upstream::ByFilter => Err(Box::new(fault::no_route())),
        }
    }

    /// LB-3, LB-4: a secure port wins, unless the route insists on something else.
    fn of(client: &'a Client, endpoint: &Arc<Endpoint>, scheme: Option<Scheme>) -> Option<Self> {
        let secure = endpoint.port(true).map(|port| (port, true));
        let plain = endpoint.port(false).map(|port| (port, false));
        let (port, is_secure) = match scheme {
            None => secure.or(plain)?,
            Some(scheme) if scheme.is_secure() => (endpoint.port(true)?, true),
            Some(_) => plain?,
        };
        let host = endpoint.info().host_name.clone();
        Some(Self { host, port, is_secure, instance: Some((client, endpoint.call())) })
    }

    /// What the instance says that it speaks (PT-12).
    pub(super) fn protocol(&self) -> Option<Protocol> {
        let (_, call) = self.instance.as_ref()?;
        let metadata = &call.endpoint().info().metadata;
        if metadata.is_empty() {
            return None;
        }
        let named = metadata.get("gateway.protocol").or_else(|| metadata.get("protocol"))?;
        Protocol::named(named)
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place { host: &self.host, port: self.port, is_secure: self.is_secure }
    }

    /// Notes that it answered.
    pub(super) fn answered(self) {
        if let Some((_, call)) = self.instance {
            call.succeeded();
        }
    }

    /// Notes that it did not; gives the instance that was tried.
    pub(super) fn failed(self, kind: ErrorKind) -> Option<Arc<Endpoint>> {
        let (client, call) = self.instance?;
        let endpoint = Arc::clone(call.endpoint());
        let ejection = if kind == ErrorKind::Refused { REFUSED } else { EJECTION };
        if client.failed(call, ejection) {
            tracing::warn!(?endpoint, reason = kind.name(), "an instance is left out for a while");
        }
        Some(endpoint)
    }
}
