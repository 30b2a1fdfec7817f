//! The audit log.

use serde_json::Value;
use sqlx::types::Json;
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::{Engine, Tx};
use crate::database::Readers;
use crate::store::audit::changes;
use crate::store::{AuditRow, Write};
use crate::web::Problem;

/// Writes the row of one change: the kind and id of what was changed and its new version,
/// and what it was and is.
///
/// # Errors
/// The statement failed.
pub async fn record(
    tx: &mut Tx,
    (entity, id, version): (i16, Uuid, i64),
    write: &Write,
    before: &Value,
    after: &Value,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO audit_log (id, entity, entity_id, version, action, actor, at, changes) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(insert)
        .bind(Uuid::now_v7())
        .bind(entity)
        .bind(id)
        .bind(version)
        .bind(write.action)
        .bind(&write.actor)
        .bind(write.at)
        .bind(Json(changes(before, after)))
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// What one of many changes was about: kind, id and new version, what was done, before and after.
pub type Recorded = ((i16, Uuid, i64), &'static str, Value, Value);

/// Writes the rows of many changes of `by`, whose own action is not looked at.
///
/// # Errors
/// The statement failed.
pub async fn record_all(tx: &mut Tx, by: &Write, all: Vec<Recorded>) -> Result<(), sqlx::Error> {
    if all.is_empty() {
        return Ok(());
    }
    let insert =
        "INSERT INTO audit_log (id, entity, entity_id, version, action, actor, at, changes) ";
    let mut sql = QueryBuilder::<Engine>::new(insert);
    sql.push_values(all, |mut row, ((entity, id, version), action, before, after)| {
        row.push_bind(Uuid::now_v7()).push_bind(entity).push_bind(id).push_bind(version);
        row.push_bind(action).push_bind(by.actor.clone()).push_bind(by.at);
        row.push_bind(Json(changes(&before, &after)));
    });
    // As many texts as there are numbers of rows: not worth keeping.
    sql.build().persistent(false).execute(&mut **tx).await.map(drop)
}

/// Rows of one thing, newest first.
///
/// # Errors
/// The database is away.
pub async fn history(
    readers: &Readers<Engine>,
    (entity, id): (i16, Uuid),
    offset: u64,
    limit: u32,
) -> Result<Vec<AuditRow>, Problem> {
    let select = "SELECT version, action, actor, at, changes FROM audit_log \
                  WHERE entity = $1 AND entity_id = $2 ORDER BY version DESC LIMIT $3 OFFSET $4";
    let query = sqlx::query(select)
        .bind(entity)
        .bind(id)
        .bind(i64::from(limit))
        .bind(i64::try_from(offset).unwrap_or(i64::MAX));
    let rows = readers.all(query).await?;
    let read = rows.iter().map(|row| {
        let changes: Json<Value> = row.try_get("changes")?;
        Ok(AuditRow {
            version: row.try_get("version")?,
            action: row.try_get("action")?,
            actor: row.try_get("actor")?,
            at: row.try_get("at")?,
            changes: changes.0,
        })
    });
    read.collect::<Result<_, sqlx::Error>>().map_err(Problem::from)
}
