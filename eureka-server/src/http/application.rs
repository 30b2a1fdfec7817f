//! `GET /eureka/apps/{app}`: all instances of one application, never compressed.

use bytes::Bytes;
use eureka_wire::Layout;
use http::StatusCode;
use http::request::Parts;

use super::accept;
use super::reply::{Reply, empty, with_body};
use crate::app::App;

impl App {
    /// Answers 200 with the application; 404 when it has no instance (EP-22); 403 where reads are
    /// refused; 406 when neither JSON nor XML is acceptable.
    pub(super) fn application(&self, app: &str, head: &Parts) -> Reply {
        if !self.may_read() {
            return empty(StatusCode::FORBIDDEN);
        }
        let Some(choice) = accept::for_list(&head.headers) else {
            return empty(StatusCode::NOT_ACCEPTABLE);
        };
        let Some(application) = self.registry.application(app) else {
            return empty(StatusCode::NOT_FOUND);
        };
        let layout = Layout { format: choice.format, detail: accept::detail(&head.headers) };
        let body = layout.encode_application(&application.name, &application.instances);
        with_body(StatusCode::OK, &choice, Bytes::from(body))
    }
}
