//! The audit log: who changed what.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::web::{Page, PageRequest, Total, micros};

/// Members that an audit row has itself.
const OWN: [&str; 5] = ["version", "createdAt", "createdBy", "updatedAt", "updatedBy"];

/// One write.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditView)]
pub struct AuditRow {
    /// Version that it made.
    pub version: i64,
    /// What was done.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// When.
    #[serde(serialize_with = "micros")]
    pub at: DateTime<Utc>,
    /// Each changed field: what it was, and what it is.
    #[schema(value_type = std::collections::BTreeMap<String, Vec<Value>>)]
    pub changes: Value,
}

/// A page of `rows`, of which there may be one more than asked for. Versions have no gaps, so there
/// are as many rows as the resource has versions.
#[must_use]
pub fn history_page(request: &PageRequest, rows: Vec<AuditRow>, versions: i64) -> Page<AuditRow> {
    Page::with_lookahead(request, rows, Total::Exact(u64::try_from(versions).unwrap_or_default()))
}

/// Members that differ between two states of a resource.
pub(super) fn changes(before: &Value, after: &Value) -> Value {
    let empty = Map::new();
    let (old, new) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let mut changed = Map::new();
    for name in names.into_iter().filter(|name| !OWN.contains(&name.as_str())) {
        let (was, is) =
            (old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null));
        if was != is {
            changed.insert(name.clone(), json!([was, is]));
        }
    }
    Value::Object(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_with_both_values() {
        let before = json!({"name": "a", "spec": "x", "tags": [1], "version": 1});
        let after = json!({"name": "b", "tags": [1], "note": null, "version": 2});
        assert_eq!(changes(&before, &after), json!({"name": ["a", "b"], "spec": ["x", null]}));
        assert_eq!(changes(&Value::Null, &json!({"name": "a"})), json!({"name": [null, "a"]}));
    }
}
