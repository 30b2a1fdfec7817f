//! Erasing what is known of a contact (C-4).

use serde_json::{Value, json};
use service_kit::store::Write;
use service_kit::web::{Precondition, Problem};
use sqlx::Row as _;
use sqlx::types::Json;
use uuid::Uuid;

use super::{SqlStore, Tx, begin, engine, partners};
use crate::domain::Partner;
use crate::store::PARTNER;
use crate::store::erasure::{Found, blank_in, blank_in_changes};
use crate::view;

/// Audit rows that are read at once.
const SLICE: i64 = 100;

pub(super) async fn contact(
    store: &SqlStore,
    (id, contact): (Uuid, Uuid),
    write: Write,
    condition: Precondition,
) -> Result<Partner, Problem> {
    let mut unscrubbed = store.unscrubbed.lock().await;
    let mut tx = begin(&store.write).await?;
    let before = partners::locked(&mut tx, id).await?;
    let before = before.ok_or_else(|| Problem::not_found("partner"))?;
    condition.check(before.version)?;
    let past = blank_history(&mut tx, id, contact).await?;
    let erased = before.without_person(contact);
    let is_there = before.draft.contacts.iter().any(|one| one.id == contact);
    if !is_there && !past.present {
        return Err(Problem::not_found("contact"));
    }
    let mut after = before.clone();
    if erased.is_some() || past.blanked {
        after = erased.unwrap_or(after);
        partners::stamp(&mut after, &before, &write);
        partners::update(&mut tx, &after).await?;
        let mut told = view::json(&before);
        blank_in(told.get_mut("contacts").unwrap_or(&mut json!(null)), contact);
        let key = (PARTNER, id, after.version);
        engine::record(&mut tx, key, &write, &told, &view::json(&after)).await?;
        *unscrubbed = true;
        engine::commit(tx).await?;
    } else {
        tx.rollback().await?;
    }
    if *unscrubbed {
        engine::scrub(&store.write).await?;
        *unscrubbed = false;
    }
    Ok(after)
}

/// Blanks the contact in all audit rows of the partner.
async fn blank_history(tx: &mut Tx, id: Uuid, contact: Uuid) -> Result<Found, Problem> {
    let select = "SELECT version, changes FROM audit_log \
                  WHERE entity = $1 AND entity_id = $2 AND version > $3 ORDER BY version LIMIT $4";
    let update = "UPDATE audit_log SET changes = $4 \
                  WHERE entity = $1 AND entity_id = $2 AND version = $3";
    let (mut found, mut behind) = (Found::default(), 0_i64);
    loop {
        let query = sqlx::query(select).bind(PARTNER).bind(id).bind(behind).bind(SLICE);
        let rows = query.fetch_all(&mut **tx).await?;
        for row in &rows {
            behind = row.try_get("version")?;
            let mut changes: Json<Value> = row.try_get("changes")?;
            let one = blank_in_changes(&mut changes.0, contact);
            found.present |= one.present;
            found.blanked |= one.blanked;
            if one.blanked {
                let query = sqlx::query(update).bind(PARTNER).bind(id).bind(behind).bind(changes);
                query.execute(&mut **tx).await?;
            }
        }
        if rows.is_empty() {
            return Ok(found);
        }
    }
}
