//! `PUT /eureka/apps/{app}/{id}/metadata`: puts entries into an instance's metadata.

use std::collections::HashSet;

use eureka_wire::Metadata;
use http::StatusCode;
use http::request::Parts;

use super::reply::{Reply, empty};
use super::{fault, query, respond};
use crate::app::App;

/// Entries one call may put.
const ENTRIES_MAX: usize = 1000;

impl App {
    /// Answers 200 when put, 404 when there is no such instance (EP-43); 400 when these are too many
    /// entries, 413 when the instance would have more than one registration may bring (W-17).
    ///
    /// Source: `InstanceResource#updateMetadata`.
    pub(super) fn set_metadata(&self, app: &str, id: &str, head: &Parts) -> Reply {
        let entries: Vec<_> = query::pairs(head.uri.query()).take(ENTRIES_MAX + 1).collect();
        if entries.len() > ENTRIES_MAX {
            return fault::invalid("query", "too many entries");
        }
        if let Some(held) = self.registry.instance(app, id, self.now())
            && bytes_with(&held.metadata, &entries) > self.settings.instance_bytes_max
        {
            let reason = format!("more than {} bytes", self.settings.instance_bytes_max);
            return fault::problem(StatusCode::PAYLOAD_TOO_LARGE, "metadata", &reason);
        }
        let origin = respond::origin(&head.headers);
        let found = self.registry.set_metadata(app, id, &entries, origin, self.now());
        empty(if found { StatusCode::OK } else { StatusCode::NOT_FOUND })
    }
}

/// Bytes of `held` after `entries` are put into it.
fn bytes_with(held: &Metadata, entries: &[(String, String)]) -> usize {
    let names: HashSet<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    let kept = held.iter().filter(|(name, _)| !names.contains(name));
    let kept: usize = kept.map(|(name, value)| name.len() + value.len()).sum();
    kept + entries.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
}
