//! `PUT` and `DELETE /eureka/apps/{app}/{id}/status`: sets and removes a status override.

use eureka_registry::OverrideOutcome;
use eureka_wire::InstanceStatus;
use http::StatusCode;
use http::request::Parts;

use super::reply::{Reply, empty};
use super::{fault, query};
use crate::app::App;

impl App {
    /// Answers 200 when set or already so; 404 when there is no such instance; 400 when the status
    /// is missing or none of the five, or the timestamp is no number (EP-40, EP-41: checked before
    /// anything changes).
    ///
    /// Source: `InstanceResource#statusUpdate`.
    pub(super) fn set_override(&self, app: &str, id: &str, head: &Parts) -> Reply {
        match parameters(head) {
            Ok((Some(status), last_dirty)) => {
                answer(self.registry.set_override(app, id, status, last_dirty, self.now()))
            }
            Ok((None, _)) => {
                self.refuse_override(app, id, &Invalid { field: "value", reason: "missing" })
            }
            Err(invalid) => self.refuse_override(app, id, &invalid),
        }
    }

    /// Answers 200 when removed or there was none; 404 when there is no such instance; 400 as above
    /// (EP-42). Without `value` the instance is `UNKNOWN` until it registers again (OV-3).
    ///
    /// Source: `InstanceResource#deleteStatusUpdate`.
    pub(super) fn remove_override(&self, app: &str, id: &str, head: &Parts) -> Reply {
        match parameters(head) {
            Ok((status, last_dirty)) => {
                let status = status.unwrap_or(InstanceStatus::Unknown);
                answer(self.registry.remove_override(app, id, status, last_dirty, self.now()))
            }
            Err(invalid) => self.refuse_override(app, id, &invalid),
        }
    }

    /// That there is no such instance is said before anything about the parameters.
    fn refuse_override(&self, app: &str, id: &str, invalid: &Invalid) -> Reply {
        match self.registry.instance(app, id, self.now()) {
            Some(_) => fault::invalid(invalid.field, invalid.reason),
            None => empty(StatusCode::NOT_FOUND),
        }
    }
}

/// A parameter that cannot be used.
struct Invalid {
    field: &'static str,
    reason: &'static str,
}

fn answer(outcome: OverrideOutcome) -> Reply {
    empty(match outcome {
        OverrideOutcome::Accepted => StatusCode::OK,
        OverrideOutcome::NotFound => StatusCode::NOT_FOUND,
    })
}

fn parameters(head: &Parts) -> Result<(Option<InstanceStatus>, Option<i64>), Invalid> {
    let text = head.uri.query();
    let status = match query::first(text, "value") {
        None => None,
        Some(name) => match InstanceStatus::parse(&name) {
            None => {
                let reason = "not one of UP, DOWN, STARTING, OUT_OF_SERVICE, UNKNOWN";
                return Err(Invalid { field: "value", reason });
            }
            known => known,
        },
    };
    match query::first_number(text, "lastDirtyTimestamp") {
        None => Ok((status, None)),
        Some(Ok(value)) => Ok((status, Some(value))),
        Some(Err(())) => Err(Invalid { field: "lastDirtyTimestamp", reason: "not a whole number" }),
    }
}
