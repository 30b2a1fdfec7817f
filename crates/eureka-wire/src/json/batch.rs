//! Replication batches (section 4.3).

use serde_json::value::RawValue;

use super::decode::instance;
use super::encode::{Object, write_instance};
use super::members::{Members, checked_text, elements, members, root};
use super::number::{as_long, as_text};
use crate::{DecodeError, Detail, ReplicationAction, ReplicationItem, ReplicationOutcome};

/// Items a batch may hold; a Java peer sends at most 250.
const ITEMS_MAX: usize = 10_000;

/// Reads `{"replicationList":[…]}`, received at `now` (ms since the epoch).
///
/// Unknown members are skipped; Java peers refuse them, so we never send any.
///
/// # Errors
/// The field that cannot be read, an unknown action among them.
pub fn decode_batch(body: &[u8], now: i64) -> Result<Vec<ReplicationItem>, DecodeError> {
    let list = root(checked_text(body)?, "replicationList")?;
    let list = elements("replicationList", list, ITEMS_MAX)?;
    list.into_iter()
        .enumerate()
        .map(|(index, raw)| {
            item(raw, now).map_err(|error| {
                let field = format!("replicationList[{index}].{}", error.field);
                DecodeError::new(field, error.reason)
            })
        })
        .collect()
}

fn item(raw: &RawValue, now: i64) -> Result<ReplicationItem, DecodeError> {
    let Members(list) = members("item", raw)?;
    let mut item = ReplicationItem::default();
    for (name, raw) in list {
        if raw.get() == "null" {
            continue;
        }
        let fail = |reason: &str| DecodeError::new(name.clone(), reason);
        let text = || -> Result<Option<Box<str>>, DecodeError> {
            Ok(as_text(raw).map_err(fail)?.map(Into::into))
        };
        match &*name {
            "appName" => item.app_name = text()?,
            "id" => item.id = text()?,
            "lastDirtyTimestamp" => item.last_dirty = Some(as_long(raw).map_err(fail)?),
            "overriddenStatus" => item.overridden_status = text()?,
            "status" => item.status = text()?,
            "instanceInfo" => item.instance = Some(Box::new(instance(raw, now)?)),
            "action" => {
                let action = text()?.unwrap_or_default();
                let action = ReplicationAction::parse(&action);
                item.action = Some(action.ok_or_else(|| fail("unknown action"))?);
            }
            _ => {}
        }
    }
    Ok(item)
}

/// Writes `{"replicationList":[…]}` with the members and order that Java peers accept.
#[must_use]
pub fn encode_batch(items: &[ReplicationItem]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 + items.len() * 256);
    out.extend_from_slice(b"{\"replicationList\":[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let mut object = Object::open(&mut out);
        object.text_if("appName", item.app_name.as_deref());
        object.text_if("id", item.id.as_deref());
        if let Some(last_dirty) = item.last_dirty {
            object.number("lastDirtyTimestamp", last_dirty);
        }
        object.text_if("overriddenStatus", item.overridden_status.as_deref());
        object.text_if("status", item.status.as_deref());
        if let Some(instance) = &item.instance {
            write_instance(object.name("instanceInfo"), instance, &instance.lease, Detail::Full);
        }
        object.text_if("action", item.action.map(ReplicationAction::as_str));
        object.close();
    }
    out.extend_from_slice(b"]}");
    out
}

/// Writes `{"responseList":[…]}`, one entry per item, in order.
#[must_use]
pub fn encode_outcomes(outcomes: &[ReplicationOutcome]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + outcomes.len() * 24);
    out.extend_from_slice(b"{\"responseList\":[");
    for (index, outcome) in outcomes.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let mut object = Object::open(&mut out);
        object.number("statusCode", outcome.status_code.into());
        if let Some(entity) = &outcome.entity {
            write_instance(object.name("responseEntity"), entity, &entity.lease, Detail::Full);
        }
        object.close();
    }
    out.extend_from_slice(b"]}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_skips_unknown_members() {
        let items = vec![
            ReplicationItem {
                app_name: Some("FOO".into()),
                id: Some("h:foo".into()),
                last_dirty: Some(7),
                overridden_status: Some("OUT_OF_SERVICE".into()),
                status: Some("UP".into()),
                instance: None,
                action: Some(ReplicationAction::Heartbeat),
            },
            ReplicationItem { app_name: Some("FOO".into()), ..ReplicationItem::default() },
        ];
        let body = encode_batch(&items);
        assert_eq!(decode_batch(&body, 0).unwrap(), items);

        let body = String::from_utf8(body).unwrap().replace("\"id\"", "\"new\":[1],\"id\"");
        assert_eq!(decode_batch(body.as_bytes(), 0).unwrap(), items);
    }

    #[test]
    fn refuses_what_is_no_batch() {
        for (body, field) in [
            ("{", "body"),
            ("{}", "replicationList"),
            ("{\"replicationList\":5}", "replicationList"),
            ("{\"replicationList\":[{\"action\":\"Fly\"}]}", "replicationList[0].action"),
            ("{\"replicationList\":[5]}", "replicationList[0].item"),
        ] {
            assert_eq!(decode_batch(body.as_bytes(), 0).unwrap_err().field, field, "{body}");
        }
    }
}
