//! `PUT /eureka/apps/{app}/{id}`: heartbeat of one instance.

use eureka_registry::{Heartbeat, Moment, Origin, Renewal};
use eureka_wire::InstanceStatus;
use http::StatusCode;
use http::request::Parts;

use super::reply::{Reply, empty};
use super::{fault, query, respond};
use crate::app::App;

impl App {
    /// Answers 200 when renewed; 404 without a body when the lease is unknown or the client holds
    /// newer data, which makes it register again (ER-1, EP-30, EP-31, EP-34); 409 with our instance
    /// when a peer holds older data (EP-35); 400 when the timestamp is no number (EP-37).
    ///
    /// Source: `InstanceResource#renewLease`.
    pub(super) fn renew(&self, app: &str, id: &str, head: &Parts, now: Moment) -> Reply {
        let text = head.uri.query();
        let last_dirty = match query::first_number(text, "lastDirtyTimestamp") {
            None => None,
            Some(Ok(value)) => Some(value),
            Some(Err(())) => return fault::invalid("lastDirtyTimestamp", "not a whole number"),
        };
        let origin = respond::origin(&head.headers);
        // A client's own word on overrides means nothing here.
        let told = match origin {
            Origin::Client => None,
            Origin::Peer => query::first(text, "overriddenstatus"),
        };
        let override_status = told.and_then(|text| known_override(&text));
        let beat = Heartbeat { origin, last_dirty, override_status };
        match self.registry.renew(app, id, beat, now) {
            Renewal::Accepted => empty(StatusCode::OK),
            Renewal::Unknown | Renewal::SenderIsAhead => empty(StatusCode::NOT_FOUND),
            Renewal::PeerIsBehind(instance) => {
                respond::instance(StatusCode::CONFLICT, &head.headers, &instance)
            }
        }
    }
}

/// An override a peer tells; `UNKNOWN` tells none.
pub(super) fn known_override(text: &str) -> Option<InstanceStatus> {
    InstanceStatus::parse(text).filter(|status| *status != InstanceStatus::Unknown)
}
