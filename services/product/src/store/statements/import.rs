//! Files of products.

use std::collections::HashMap;

use async_trait::async_trait;
use service_kit::store::Write;
use service_kit::web::{CsvRow, Known, Outcome, Planned, Problem};
use sqlx::{QueryBuilder, Row as _};
use uuid::Uuid;

use super::engine::{self, TakeRows, met_another, push_in};
use super::{Engine, FOR_UPDATE, Tx, prices, products, rows};
use crate::domain::Product;
use crate::import::ProductImport;
use crate::store::Entity;
use crate::view;

#[async_trait]
impl TakeRows for ProductImport {
    async fn take(&mut self, tx: &mut Tx, rows: &[CsvRow]) -> Result<Vec<Outcome>, Problem> {
        let known = known(tx, self, rows).await?;
        let planned = self.plan(rows, known);
        write(tx, &planned, &self.rows.write).await?;
        Ok(planned.iter().map(Planned::outcome).collect())
    }
}

/// What there is of what `rows` name; products are kept from others until the end.
async fn known(
    tx: &mut Tx,
    import: &ProductImport,
    rows: &[CsvRow],
) -> Result<Known<Product>, Problem> {
    let skus: Vec<String> = rows.iter().filter_map(|row| import.rows.sku(row)).collect();
    let mut by_key = HashMap::new();
    if !skus.is_empty() {
        let select = format!("SELECT {} FROM product WHERE ", rows::PRODUCT);
        let mut sql = QueryBuilder::<Engine>::new(select);
        push_in(&mut sql, "sku", skus);
        // In one order, so that two files do not wait for each other.
        sql.push(" ORDER BY sku").push(FOR_UPDATE);
        for row in sql.build().fetch_all(&mut **tx).await? {
            let product = rows::product(&row)?;
            by_key.insert(product.sku.clone(), product);
        }
    }
    let barcodes: Vec<String> = rows.iter().filter_map(|row| import.rows.barcode(row)).collect();
    let mut owners = HashMap::new();
    if !barcodes.is_empty() {
        let mut sql = QueryBuilder::<Engine>::new("SELECT barcode, id FROM product WHERE ");
        push_in(&mut sql, "barcode", barcodes);
        for row in sql.build().fetch_all(&mut **tx).await? {
            owners.insert(row.try_get::<String, _>("barcode")?, row.try_get::<Uuid, _>("id")?);
        }
    }
    let mut codes = HashMap::new();
    for row in rows.iter().filter(|row| import.rows.needs_number(row)) {
        codes.insert(row.line, products::next_number(tx).await?);
    }
    Ok(Known { by_key, owners, codes })
}

async fn write(tx: &mut Tx, planned: &[Planned<Product>], by: &Write) -> Result<(), Problem> {
    let mut audit = Vec::new();
    for one in planned {
        let (before, after) = match one {
            Planned::New(after) => (None, after),
            Planned::Changed { before, after } => (Some(before), after),
            Planned::Unchanged | Planned::Failed(_) => continue,
        };
        match before {
            None => products::insert(tx, after).await.map_err(met_another)?,
            Some(_) => products::update(tx, after).await.map_err(met_another)?,
        }
        if before.is_none_or(|before| before.draft.prices != after.draft.prices) {
            prices::record(tx, after).await?;
        }
        let action = if before.is_none() { "CREATE" } else { "UPDATE" };
        let before = before.map(view::json).unwrap_or_default();
        let key = (Entity::Product as i16, after.id, after.version);
        audit.push((key, action, before, view::json(after)));
    }
    Ok(engine::record_all(tx, by, audit).await?)
}
