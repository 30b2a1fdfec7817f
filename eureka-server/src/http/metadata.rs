//! `PUT /eureka/apps/{app}/{id}/metadata`: puts entries into an instance's metadata.

use http::StatusCode;
use http::request::Parts;

use super::reply::{Reply, empty};
use super::{fault, query, respond};
use crate::app::App;

/// Entries one call may put.
const ENTRIES_MAX: usize = 1000;

impl App {
    /// Answers 200 when put, 404 when there is no such instance (EP-43); 400 beyond the limit.
    ///
    /// Source: `InstanceResource#updateMetadata`.
    pub(super) fn set_metadata(&self, app: &str, id: &str, head: &Parts) -> Reply {
        let entries: Vec<_> = query::pairs(head.uri.query()).take(ENTRIES_MAX + 1).collect();
        if entries.len() > ENTRIES_MAX {
            return fault::invalid("query", "too many entries");
        }
        let origin = respond::origin(&head.headers);
        let found = self.registry.set_metadata(app, id, &entries, origin, self.now());
        empty(if found { StatusCode::OK } else { StatusCode::NOT_FOUND })
    }
}
