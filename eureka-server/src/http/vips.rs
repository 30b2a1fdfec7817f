//! `GET /eureka/vips/{vip}` and `GET /eureka/svips/{svip}`: instances by virtual address.

use bytes::Bytes;
use eureka_wire::Layout;
use http::StatusCode;
use http::request::Parts;

use super::accept;
use super::reply::{Reply, empty, with_body};
use crate::app::App;

impl App {
    /// Answers 200 with the instances, also when there is none (EP-25); 403 where reads are
    /// refused; 406 when neither JSON nor XML is acceptable.
    pub(super) fn vip(&self, name: &str, is_secure: bool, head: &Parts) -> Reply {
        if !self.may_read() {
            return empty(StatusCode::FORBIDDEN);
        }
        let Some(choice) = accept::for_list(&head.headers) else {
            return empty(StatusCode::NOT_ACCEPTABLE);
        };
        let list = self.registry.by_vip(name, is_secure);
        let layout = Layout { format: choice.format, detail: accept::detail(&head.headers) };
        with_body(StatusCode::OK, &choice, Bytes::from(layout.encode_applications(&list)))
    }
}
