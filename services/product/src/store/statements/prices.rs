//! The audit log and the history of prices.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use service_kit::web::Problem;
use sqlx::Row as _;
use sqlx::types::Json;
use uuid::Uuid;

use super::{SqlStore, Tx};
use crate::domain::{Product, Stamp};
use crate::store::{AuditRow, Entity, PriceRow, Write};

/// Fields that differ: what they were and what they are; stamps and versions aside, which the row
/// itself has.
fn changes(before: &Value, after: &Value) -> Value {
    const OWN: [&str; 5] = ["version", "createdAt", "createdBy", "updatedAt", "updatedBy"];
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

/// Writes the row of one change.
pub(super) async fn record(
    tx: &mut Tx,
    (entity, id, version): (Entity, Uuid, i64),
    write: &Write,
    before: &Value,
    after: &Value,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO audit_log (id, entity, entity_id, version, action, actor, at, changes) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(insert)
        .bind(Uuid::now_v7())
        .bind(entity as i16)
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

pub(super) async fn history(
    store: &SqlStore,
    entity: Entity,
    id: Uuid,
    offset: u64,
    limit: u32,
) -> Result<Vec<AuditRow>, Problem> {
    let select = "SELECT version, action, actor, at, changes FROM audit_log \
                  WHERE entity = $1 AND entity_id = $2 ORDER BY version DESC LIMIT $3 OFFSET $4";
    let rows = sqlx::query(select)
        .bind(entity as i16)
        .bind(id)
        .bind(i64::from(limit))
        .bind(i64::try_from(offset).unwrap_or(i64::MAX))
        .fetch_all(&store.read)
        .await?;
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

/// Notes the prices that hold from now on (P-5).
pub(super) async fn record_prices(tx: &mut Tx, product: &Product) -> Result<(), sqlx::Error> {
    let Stamp { at, by } = &product.updated;
    let prices = &product.draft.prices;
    let currency = prices.currency();
    let insert = "INSERT INTO price_history \
                  (product_id, valid_from, version, sale_amount, purchase_amount, currency, actor) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(insert)
        .bind(product.id)
        .bind(at)
        .bind(product.version)
        .bind(prices.sale.map(|price| price.amount_minor()))
        .bind(prices.purchase.map(|price| price.amount_minor()))
        .bind(currency.map(|currency| currency.code().to_owned()))
        .bind(by)
        .execute(&mut **tx)
        .await
        .map(drop)
}

pub(super) async fn prices(
    store: &SqlStore,
    id: Uuid,
    at: Option<DateTime<Utc>>,
    offset: u64,
    limit: u32,
) -> Result<Vec<PriceRow>, Problem> {
    let mut sql = sqlx::QueryBuilder::<super::Engine>::new(
        "SELECT valid_from, sale_amount, purchase_amount, currency, actor FROM price_history \
         WHERE product_id = ",
    );
    sql.push_bind(id);
    if let Some(at) = at {
        sql.push(" AND valid_from <= ").push_bind(at);
    }
    sql.push(" ORDER BY valid_from DESC, version DESC LIMIT ").push_bind(i64::from(limit));
    sql.push(" OFFSET ").push_bind(i64::try_from(offset).unwrap_or(i64::MAX));
    let rows = sql.build().fetch_all(&store.read).await?;
    let read = rows.iter().map(|row| {
        Ok(PriceRow {
            valid_from: row.try_get("valid_from")?,
            sale_amount: row.try_get("sale_amount")?,
            purchase_amount: row.try_get("purchase_amount")?,
            currency: row.try_get("currency")?,
            actor: row.try_get("actor")?,
        })
    });
    read.collect::<Result<_, sqlx::Error>>().map_err(Problem::from)
}
