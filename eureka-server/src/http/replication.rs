//! `POST /eureka/peerreplication/batch`: what another discovery server tells.

use bytes::Bytes;
use eureka_registry::{Heartbeat, Moment, Origin, OverrideOutcome, Renewal, validate};
use eureka_wire::{
    DecodeError, Format, InstanceStatus, ReplicationAction, ReplicationItem, ReplicationOutcome,
    json, xml,
};
use http::request::Parts;
use http::{StatusCode, header};
use http_body::Body;

use super::accept::{self, Choice};
use super::body::{self, BodyLimits};
use super::register::unread;
use super::renew::known_override;
use super::reply::{Reply, empty, with_body};
use super::{fault, respond};
use crate::app::App;

/// A batch holds up to 250 instances, so it may be larger than one registration.
const BODY_FACTOR: usize = 8;

impl App {
    /// Answers 200 with an outcome for each item, in order; a broken item fails alone (4.3). 400
    /// when the batch cannot be read, 415 when it is neither JSON nor XML.
    ///
    /// Every item is a replication, whatever the headers say. Source: `PeerReplicationResource`.
    pub(super) async fn replicate<B>(&self, head: &Parts, request: B) -> Reply
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let content = head.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let content = content.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if content.eq_ignore_ascii_case("application/xml") {
            let error = DecodeError::body("a batch is JSON");
            return fault::unreadable(&error, Format::Xml, Format::Xml.media_type());
        }
        if !content.eq_ignore_ascii_case("application/json") {
            return respond::refuse_body(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let limits = self.settings.body_limits;
        let bytes_max = limits.bytes_max.saturating_mul(BODY_FACTOR);
        let limits = BodyLimits { bytes_max, ..limits };
        let bytes = match body::read(&head.headers, request, limits).await {
            Ok(bytes) => bytes,
            Err(fault) => return unread(fault),
        };
        let now = self.now();
        let items = match json::decode_batch(&bytes, now.wall_ms) {
            Ok(items) => items,
            Err(error) => {
                return fault::unreadable(&error, Format::Json, Format::Json.media_type());
            }
        };
        let outcomes: Vec<_> = items.into_iter().map(|item| self.repeat(item, now)).collect();
        outcomes_reply(accept::for_object(&head.headers), &outcomes)
    }

    /// Does what one item tells.
    fn repeat(&self, item: ReplicationItem, now: Moment) -> ReplicationOutcome {
        const BROKEN: ReplicationOutcome = ReplicationOutcome::of(500);
        let (Some(app), Some(id), Some(action)) = (&item.app_name, &item.id, item.action) else {
            return BROKEN;
        };
        let app = app.to_uppercase();
        let status = item.status.as_deref().and_then(InstanceStatus::parse);
        match (action, status) {
            (ReplicationAction::Register, _) => self.repeat_register(&app, item, now),
            (ReplicationAction::Heartbeat, _) => self.repeat_heartbeat(&app, id, &item, now),
            (ReplicationAction::Cancel, _) => found(self.registry.cancel(&app, id, now)),
            (ReplicationAction::StatusUpdate, Some(status)) => {
                outcome(self.registry.set_override(&app, id, status, item.last_dirty, now))
            }
            (ReplicationAction::DeleteStatusOverride, status) if item.last_dirty.is_some() => {
                let status = status.unwrap_or(InstanceStatus::Unknown);
                outcome(self.registry.remove_override(&app, id, status, item.last_dirty, now))
            }
            (ReplicationAction::StatusUpdate | ReplicationAction::DeleteStatusOverride, _) => {
                BROKEN
            }
        }
    }

    /// Always 200, as in the reference, also where the instance is refused: old peers only log it.
    fn repeat_register(&self, app: &str, item: ReplicationItem, now: Moment) -> ReplicationOutcome {
        let Some(mut info) = item.instance else { return ReplicationOutcome::of(500) };
        match validate::validate(&mut info, app) {
            Ok(()) => self.registry.register(*info, Origin::Peer, now),
            Err(refusal) => tracing::warn!(app, reason = refusal.0, "replicated instance refused"),
        }
        ReplicationOutcome::of(200)
    }

    fn repeat_heartbeat(
        &self,
        app: &str,
        id: &str,
        item: &ReplicationItem,
        now: Moment,
    ) -> ReplicationOutcome {
        let beat = Heartbeat {
            origin: Origin::Peer,
            last_dirty: item.last_dirty,
            override_status: item.overridden_status.as_deref().and_then(known_override),
        };
        match self.registry.renew(app, id, beat, now) {
            Renewal::Accepted => ReplicationOutcome::of(200),
            Renewal::Unknown | Renewal::SenderIsAhead => ReplicationOutcome::of(404),
            Renewal::PeerIsBehind(info) => ReplicationOutcome {
                status_code: 409,
                entity: Some(Box::new(eureka_wire::InstanceInfo::clone(&info))),
            },
        }
    }
}

fn found(found: bool) -> ReplicationOutcome {
    ReplicationOutcome::of(if found { 200 } else { 404 })
}

fn outcome(outcome: OverrideOutcome) -> ReplicationOutcome {
    found(outcome == OverrideOutcome::Accepted)
}

fn outcomes_reply(choice: Option<Choice>, outcomes: &[ReplicationOutcome]) -> Reply {
    let Some(choice) = choice else { return empty(StatusCode::NOT_ACCEPTABLE) };
    let body = match choice.format {
        Format::Json => json::encode_outcomes(outcomes),
        Format::Xml => xml::encode_outcomes(outcomes),
    };
    with_body(StatusCode::OK, &choice, Bytes::from(body))
}
