//! `GET /eureka/apps/{app}/{id}` and `GET /eureka/instances/{id}`: one instance, never compressed.

use http::StatusCode;
use http::request::Parts;

use super::reply::{Reply, empty};
use super::respond;
use crate::app::App;

impl App {
    /// Answers 200 with the instance as it is now; 404 when unknown, or expired though not evicted
    /// yet (EP-23); 406 when neither JSON nor XML is acceptable.
    pub(super) fn instance(&self, app: &str, id: &str, head: &Parts) -> Reply {
        match self.registry.instance(app, id, self.now()) {
            Some(info) => respond::instance(StatusCode::OK, &head.headers, &info),
            None => empty(StatusCode::NOT_FOUND),
        }
    }

    /// The same for the first instance with `id` in any application (EP-24).
    pub(super) fn any_instance(&self, id: &str, head: &Parts) -> Reply {
        match self.registry.instance_anywhere(id, self.now()) {
            Some(info) => respond::instance(StatusCode::OK, &head.headers, &info),
            None => empty(StatusCode::NOT_FOUND),
        }
    }
}
