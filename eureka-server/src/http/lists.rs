//! `GET /eureka/apps` and `GET /eureka/apps/delta`: the full list and what changed lately.

use eureka_wire::Layout;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};

use super::accept;
use super::reply::{Reply, empty, with_body};
use crate::app::App;
use crate::list::Kind;

impl App {
    /// Answers 200 with the list (EP-20, EP-21), compressed where the client takes gzip (CN-5); 403
    /// where reads are refused or deltas are disabled; 406 when neither JSON nor XML is acceptable.
    ///
    /// `regions` of others are unknown here and ignored, as in the reference.
    pub(super) async fn list(&self, kind: Kind, head: &Parts) -> Reply {
        if !self.may_read() || (kind == Kind::Delta && self.settings.disable_delta) {
            return empty(StatusCode::FORBIDDEN);
        }
        let Some(choice) = accept::for_list(&head.headers) else {
            return empty(StatusCode::NOT_ACCEPTABLE);
        };
        let layout = Layout { format: choice.format, detail: accept::detail(&head.headers) };
        let gzip = accept::gzip(&head.headers);
        let body = self.lists.get(kind, layout, gzip).await;
        let mut reply = with_body(StatusCode::OK, &choice, body);
        if gzip {
            let encoding = HeaderValue::from_static("gzip");
            reply.headers_mut().insert(header::CONTENT_ENCODING, encoding);
        }
        reply
    }
}
