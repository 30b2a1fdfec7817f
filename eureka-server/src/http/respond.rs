//! From request to answer: authentication, then the route table, then a handler.

use bytes::Bytes;
use eureka_registry::{Moment, Origin};
use eureka_wire::{Format, InstanceInfo, json, xml};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use http_body::Body;

use super::accept;
use super::body;
use super::register::unread;
use super::reply::{Reply, empty, with_body, wrong_method};
use super::route::Route;
use crate::app::App;
use crate::list::Kind;

impl App {
    /// Answers a request of the REST interface; the one place where methods meet resources.
    /// `received` is when the request came.
    pub(crate) async fn answer<B>(
        &self,
        route: &Route<'_>,
        head: &Parts,
        request: B,
        received: Moment,
    ) -> Reply
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let method = if head.method == Method::HEAD { &Method::GET } else { &head.method };
        match (method.as_str(), route) {
            ("POST", Route::Application(app)) => return self.register(app, head, request).await,
            ("POST", Route::Batch) => return self.replicate(head, request).await,
            _ => {
                if let Err(fault) = body::drain(request, self.settings.body_limits).await {
                    return unread(fault);
                }
            }
        }
        match (method.as_str(), route) {
            ("GET", Route::Apps) => self.list(Kind::Full, head).await,
            ("GET", Route::Delta) => self.list(Kind::Delta, head).await,
            ("GET", Route::Application(app)) => self.application(app, head),
            ("GET", Route::Instance(app, id)) => self.instance(app, id, head),
            ("PUT", Route::Instance(app, id)) => self.renew(app, id, head, received),
            ("DELETE", Route::Instance(app, id)) => self.cancel(app, id),
            ("PUT", Route::Status(app, id)) => self.set_override(app, id, head),
            ("DELETE", Route::Status(app, id)) => self.remove_override(app, id, head),
            ("PUT", Route::Metadata(app, id)) => self.set_metadata(app, id, head),
            ("GET", Route::AnyInstance(id)) => self.any_instance(id, head),
            ("GET", Route::Vip(name)) => self.vip(name, false, head),
            ("GET", Route::SecureVip(name)) => self.vip(name, true, head),
            ("GET", Route::ServerStatus) => self.server_status(head),
            // Only a server on Amazon knows scaling groups (EP-51).
            ("PUT", Route::Asg) => empty(StatusCode::BAD_REQUEST),
            ("OPTIONS", route) => {
                let mut reply = wrong_method(route.allow());
                *reply.status_mut() = StatusCode::OK;
                reply
            }
            (_, route) => wrong_method(route.allow()),
        }
    }
}

/// Says that a request comes from a peer.
static REPLICATION: HeaderName = HeaderName::from_static("x-netflix-discovery-replication");

/// Whether a request comes from a peer: the header says `true`, in exactly these letters (1.3).
pub(super) fn origin(headers: &HeaderMap) -> Origin {
    let replicated = headers.get(&REPLICATION);
    if replicated.is_some_and(|value| value == "true") { Origin::Peer } else { Origin::Client }
}

/// One instance in the negotiated representation.
pub(super) fn instance(status: StatusCode, headers: &HeaderMap, info: &InstanceInfo) -> Reply {
    let Some(choice) = accept::for_object(headers) else {
        return empty(StatusCode::NOT_ACCEPTABLE);
    };
    let body = match choice.format {
        Format::Json => json::encode_instance(info),
        Format::Xml => xml::encode_instance(info),
    };
    with_body(status, &choice, Bytes::from(body))
}

/// A refusal whose request body stays unread; the connection ends with it.
pub(super) fn refuse_body(status: StatusCode) -> Reply {
    let mut reply = empty(status);
    close(&mut reply);
    reply
}

/// Ends the connection with this answer.
pub(super) fn close(reply: &mut Reply) {
    reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}
