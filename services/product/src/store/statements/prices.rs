//! The history of prices.

use chrono::{DateTime, Utc};
use erp_values::Stamp;
use service_kit::web::Problem;
use sqlx::Row as _;
use uuid::Uuid;

use super::{SqlStore, Tx};
use crate::domain::Product;
use crate::store::PriceRow;

/// Notes the prices that hold from now on (P-5).
pub(super) async fn record(tx: &mut Tx, product: &Product) -> Result<(), sqlx::Error> {
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
    let rows = store.read.all(sql.build()).await?;
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
