//! Requests that the gateway sends on to itself: fallbacks and routes to `forward:` (CB-3, GF-5,
//! GF-13).

use gateway_routing::RequestHead;
use gateway_routing::firewall::{Ambiguity, DoubleSlash, clean_path};
use http::{Response, StatusCode};

use super::failed::{Cause, Failed};
use super::walk::{Outcome, Passed, Trip, Walk};
use super::{Incident, Proxy};
use crate::fault;
use crate::message::Body;
use crate::stateful::Guarded;
use crate::upstream::RequestBody;

/// How often a request may be sent on.
const DEPTH_MAX: u8 = 5;

impl<'w> Walk<'w> {
    /// What stands in for a failed answer.
    pub(super) async fn fall(
        &self,
        guarded: &Guarded,
        trip: &Trip,
        head: RequestHead<'w>,
        outcome: Outcome,
    ) -> Outcome {
        let path = guarded.rule.fallback_path(&self.context).map_err(Failed::refused)?;
        let Some(path) = path else { return unhelped(guarded, outcome) };
        // A body of which nobody has the start any more cannot be sent anywhere.
        let Some(body) = trip.again() else { return outcome };
        let cause = match &outcome {
            Ok(Passed::Upstream(response) | Passed::Done(response)) => {
                Cause::Status(response.status())
            }
            Err(failed) => failed.cause.clone(),
        };
        drop(outcome);
        self.forward(&path, head, body, Some(&cause)).await
    }

    /// Sends a request on to the gateway itself, under another path. Its query stays, unless the
    /// path has one.
    pub(super) async fn forward(
        &self,
        path: &str,
        head: RequestHead<'w>,
        body: RequestBody,
        fallen: Option<&Cause>,
    ) -> Outcome {
        let depth = self.incident.depth.saturating_add(1);
        if depth > DEPTH_MAX {
            return Err(Failed::refused(Box::new(fault::circle())));
        }
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, head.query.as_deref()),
        };
        let clean = clean_path(path.as_bytes(), DoubleSlash::Merge)
            .map_err(|bad| Failed::refused(Box::new(fault::bad_request(bad.to_string()))))?;
        let ambiguity = Ambiguity::default();
        let incident =
            Incident { path: &clean.path, ambiguity, query, depth, fallen, ..*self.incident };
        if self.proxy.is_own(&clean.path) {
            let response = self.proxy.own(&incident, head.headers, body).await?;
            return Ok(Passed::Done(response));
        }
        // It was let in as what it came as.
        let passing = self.proxy.pass(self.live, &incident, head.headers, body, Ok(()));
        match passing.await {
            Ok(response) => Ok(Passed::Done(response)),
            Err(answer) => Err(Failed::refused(answer)),
        }
    }
}

/// What a failure is where nothing stands in for it (CB-4).
fn unhelped(guarded: &Guarded, outcome: Outcome) -> Outcome {
    let is_told = |failed: &Failed| matches!(failed.cause, Cause::Open(_) | Cause::TooSlow(_));
    match outcome {
        Err(failed) if guarded.rule.resume_without_error && !is_told(&failed) => {
            Ok(Passed::Upstream(Response::new(Body::Empty)))
        }
        outcome => outcome,
    }
}

impl Proxy {
    /// Whether a path is one of the gateway's own, which no route has.
    pub(super) fn is_own(&self, path: &str) -> bool {
        self.operations.as_ref().is_some_and(|operations| operations.is_at(path))
    }

    /// What the gateway itself has at a path.
    async fn own(
        &self,
        incident: &Incident<'_>,
        headers: http::HeaderMap,
        body: RequestBody,
    ) -> Result<Response<Body>, Failed> {
        let mut request = http::Request::new(axum::body::Body::new(body));
        *request.method_mut() = incident.method.clone();
        *request.headers_mut() = headers;
        let target = match incident.query {
            None => incident.path.to_owned(),
            Some(query) => format!("{}?{query}", incident.path),
        };
        *request.uri_mut() = target.parse().map_err(|_error| {
            let answer = gateway_routing::Answer::new(
                StatusCode::BAD_REQUEST,
                "bad_request",
                "the path fits no request",
            );
            Failed::refused(Box::new(answer))
        })?;
        let Some(operations) = &self.operations else {
            return Err(Failed::refused(Box::new(fault::no_route())));
        };
        Ok(operations.respond(request).await.map(Body::Own))
    }
}
