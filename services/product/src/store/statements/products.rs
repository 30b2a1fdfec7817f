//! Products one by one.

use http::StatusCode;
use service_kit::database::violates;
use service_kit::store::{Change, Created, Once, Write};
use service_kit::web::{FieldError, Problem};
use sqlx::error::ErrorKind;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Encode, Type};
use uuid::Uuid;

use super::{Engine, FOR_UPDATE, SqlStore, Tx, begin, engine, prices, rows};
use crate::domain::{Barcode, Category, Product};
use crate::store::Entity;
use crate::store::query::price_key;
use crate::view;

/// The product whose `column` is `value`.
pub(super) async fn one<'a, T>(
    store: &SqlStore,
    column: &'static str,
    value: T,
) -> Result<Option<Product>, Problem>
where
    T: Encode<'a, Engine> + Type<Engine> + Send + 'a,
{
    let select = format!("SELECT {} FROM product WHERE {column} = $1", rows::PRODUCT);
    let row = store.read.optional(sqlx::query(AssertSqlSafe(select)).bind(value)).await?;
    Ok(row.as_ref().map(rows::product).transpose()?)
}

pub(super) async fn create(
    store: &SqlStore,
    mut product: Product,
    once: Option<Once>,
) -> Result<Created<Product>, Problem> {
    let mut tx = begin(&store.write).await?;
    if let Some(once) = &once
        && let Some(before) = engine::claim(&mut tx, once, product.id, product.created.at).await?
    {
        let made = locked(&mut tx, before).await?;
        return made.map(Created::Before).ok_or_else(|| Problem::not_found("product"));
    }
    check_category(&mut tx, &product).await?;
    if product.sku.is_empty() {
        product.sku = next_number(&mut tx).await?;
    }
    match insert(&mut tx, &product).await {
        Ok(()) => {}
        Err(error) if violates(&error, &ErrorKind::UniqueViolation) => {
            drop(tx);
            return Err(taken(store, &product, true).await);
        }
        Err(error) => return Err(error.into()),
    }
    let write =
        Write { action: "CREATE", actor: product.created.by.clone(), at: product.created.at };
    let key = (Entity::Product as i16, product.id, product.version);
    engine::record(&mut tx, key, &write, &serde_json::Value::Null, &view::json(&product)).await?;
    prices::record(&mut tx, &product).await?;
    engine::commit(tx).await?;
    Ok(Created::New(product))
}

pub(super) async fn change(
    store: &SqlStore,
    id: Uuid,
    write: Write,
    change: Change<Product>,
) -> Result<Product, Problem> {
    let mut tx = begin(&store.write).await?;
    let before = locked(&mut tx, id).await?.ok_or_else(|| Problem::not_found("product"))?;
    let Some(mut after) = change(&before)? else { return Ok(before) };
    after.version = before.version.saturating_add(1);
    after.updated.at = write.at;
    after.updated.by.clone_from(&write.actor);
    if after.draft.category_id != before.draft.category_id {
        check_category(&mut tx, &after).await?;
    }
    match update(&mut tx, &after).await {
        Ok(()) => {}
        Err(error) if violates(&error, &ErrorKind::UniqueViolation) => {
            drop(tx);
            return Err(taken(store, &after, false).await);
        }
        Err(error) => return Err(error.into()),
    }
    let key = (Entity::Product as i16, id, after.version);
    engine::record(&mut tx, key, &write, &view::json(&before), &view::json(&after)).await?;
    if after.draft.prices != before.draft.prices {
        prices::record(&mut tx, &after).await?;
    }
    engine::commit(tx).await?;
    Ok(after)
}

pub(super) async fn purge(
    store: &SqlStore,
    id: Uuid,
    check: Change<Product>,
) -> Result<(), Problem> {
    let mut tx = begin(&store.write).await?;
    let product = locked(&mut tx, id).await?.ok_or_else(|| Problem::not_found("product"))?;
    check(&product)?;
    for statement in [
        "DELETE FROM price_history WHERE product_id = $1",
        "DELETE FROM audit_log WHERE entity = 1 AND entity_id = $1",
        "DELETE FROM idempotency_key WHERE resource_id = $1",
        "DELETE FROM product WHERE id = $1",
    ] {
        sqlx::query(statement).bind(id).execute(&mut *tx).await?;
    }
    engine::commit(tx).await
}

/// The product, kept from others until the end of the transaction.
async fn locked(tx: &mut Tx, id: Uuid) -> Result<Option<Product>, Problem> {
    let select = format!("SELECT {} FROM product WHERE id = $1{FOR_UPDATE}", rows::PRODUCT);
    let row = sqlx::query(AssertSqlSafe(select)).bind(id).fetch_optional(&mut **tx).await?;
    Ok(row.as_ref().map(rows::product).transpose()?)
}

/// 422 if the product names a category that does not exist.
async fn check_category(tx: &mut Tx, product: &Product) -> Result<(), Problem> {
    let Some(id) = product.draft.category_id else { return Ok(()) };
    let select = format!("SELECT {} FROM category WHERE id = $1", rows::CATEGORY);
    let row = sqlx::query(AssertSqlSafe(select)).bind(id).fetch_optional(&mut **tx).await?;
    let found: Option<Category> = row.as_ref().map(rows::category).transpose()?;
    if found.is_some() {
        return Ok(());
    }
    let error = FieldError::new("categoryId", "UNKNOWN_CATEGORY", "there is no such category");
    Err(Problem::invalid(vec![error]))
}

/// The next number of the series: P and eight digits. Numbers somebody took by hand are left out.
pub(super) async fn next_number(tx: &mut Tx) -> Result<String, Problem> {
    loop {
        let number = format!("P{:08}", engine::next_number(tx, "product").await?);
        let select = "SELECT 1 FROM product WHERE sku = $1";
        if sqlx::query(select).bind(&number).fetch_optional(&mut **tx).await?.is_none() {
            return Ok(number);
        }
    }
}

/// Which of its unique values another product has.
async fn taken(store: &SqlStore, product: &Product, is_new: bool) -> Problem {
    if is_new && matches!(one(store, "id", product.id).await, Ok(Some(_))) {
        let detail = "there is a product with this id";
        return Problem::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", detail);
    }
    let field = match one(store, "sku", product.sku.as_str()).await {
        Ok(Some(other)) if other.id != product.id => "sku",
        Ok(_) => "barcode",
        Err(problem) => return problem,
    };
    let message = "another product has it";
    let problem =
        Problem::new(StatusCode::CONFLICT, "DUPLICATE_CODE", format!("{field}: {message}"));
    problem.with_errors(vec![FieldError::new(field, "DUPLICATE_CODE", message)])
}

const INSERT: &str = "INSERT INTO product (id, sku, name, name_en, spec, description, category_id, \
     barcode, uom, quantity_scale, sale_amount, purchase_amount, currency, tax_code, stock_tracked, \
     lot_tracked, default_supplier_id, lead_time_days, attributes, status, version, updated_at, \
     updated_by, name_key, search, price_key, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, \
     $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, \
     $27, $28)";

const UPDATE: &str = "UPDATE product SET sku = $2, name = $3, name_en = $4, spec = $5, \
     description = $6, category_id = $7, barcode = $8, uom = $9, quantity_scale = $10, \
     sale_amount = $11, purchase_amount = $12, currency = $13, tax_code = $14, stock_tracked = $15, \
     lot_tracked = $16, default_supplier_id = $17, lead_time_days = $18, attributes = $19, \
     status = $20, version = $21, updated_at = $22, updated_by = $23, name_key = $24, search = $25, \
     price_key = $26 WHERE id = $1";

type Query<'a> = sqlx::query::Query<'a, Engine, <Engine as sqlx::Database>::Arguments>;

/// Binds what an insert and an update share, in their common order.
fn bound<'a>(sql: &'static str, product: &'a Product) -> Query<'a> {
    let draft = &product.draft;
    let (sale, purchase) = (draft.prices.sale, draft.prices.purchase);
    sqlx::query(sql)
        .bind(product.id)
        .bind(&product.sku)
        .bind(&draft.name)
        .bind(&draft.name_en)
        .bind(&draft.spec)
        .bind(&draft.description)
        .bind(draft.category_id)
        .bind(draft.barcode.as_ref().map(|barcode| Barcode::as_str(barcode).to_owned()))
        .bind(draft.uom.map(|uom| uom.code()))
        .bind(draft.quantity_scale)
        .bind(sale.map(|price| price.amount_minor()))
        .bind(purchase.map(|price| price.amount_minor()))
        .bind(draft.prices.currency().map(|currency| currency.code().to_owned()))
        .bind(draft.tax_code.code())
        .bind(draft.stock_tracked)
        .bind(draft.lot_tracked)
        .bind(draft.default_supplier_id)
        .bind(draft.lead_time_days)
        .bind(Json(&draft.attributes))
        .bind(product.status.code())
        .bind(product.version)
        .bind(product.updated.at)
        .bind(&product.updated.by)
        .bind(product.name_key())
        .bind(product.search())
        .bind(price_key(product))
}

pub(super) async fn insert(tx: &mut Tx, product: &Product) -> Result<(), sqlx::Error> {
    let query = bound(INSERT, product).bind(product.created.at).bind(&product.created.by);
    query.execute(&mut **tx).await.map(drop)
}

pub(super) async fn update(tx: &mut Tx, product: &Product) -> Result<(), sqlx::Error> {
    bound(UPDATE, product).execute(&mut **tx).await.map(drop)
}
