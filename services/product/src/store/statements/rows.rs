//! Rows as the things they stand for.

use erp_values::{Currency, Money, Stamp};
use sqlx::types::Json;
use sqlx::{Row as _, error::Error};

use super::Row;
use crate::domain::{Barcode, Category, Draft, NewCategory, Prices, Product, Status, TaxCode, Uom};

/// Columns of a product.
pub(super) const PRODUCT: &str = "id, sku, name, name_en, spec, description, category_id, barcode, \
     uom, quantity_scale, sale_amount, purchase_amount, currency, tax_code, stock_tracked, \
     lot_tracked, default_supplier_id, lead_time_days, attributes, status, version, created_at, \
     created_by, updated_at, updated_by";

/// Columns of a category.
pub(super) const CATEGORY: &str =
    "id, code, name, parent_id, sort, version, created_at, created_by, updated_at, updated_by";

/// A value that this version does not know: a newer one wrote it.
fn unknown(column: &str) -> Error {
    Error::ColumnDecode {
        index: column.to_owned(),
        source: "a value this version does not know".into(),
    }
}

pub(super) fn product(row: &Row) -> Result<Product, Error> {
    let currency = match row.try_get::<Option<String>, _>("currency")? {
        Some(code) => Some(Currency::parse(&code).ok_or_else(|| unknown("currency"))?),
        None => None,
    };
    let money = |column: &str| -> Result<Option<Money>, Error> {
        let amount: Option<i64> = row.try_get(column)?;
        let money = amount.zip(currency).map(|(amount, currency)| Money::new(amount, currency));
        money.transpose().map_err(|_| unknown(column))
    };
    let uom: Option<i16> = row.try_get("uom")?;
    let uom = uom.map(|code| Uom::coded(code).ok_or_else(|| unknown("uom"))).transpose()?;
    let barcode: Option<String> = row.try_get("barcode")?;
    let attributes: Json<std::collections::BTreeMap<String, String>> = row.try_get("attributes")?;
    Ok(Product {
        id: row.try_get("id")?,
        sku: row.try_get("sku")?,
        draft: Draft {
            sku: None,
            name: row.try_get("name")?,
            name_en: row.try_get("name_en")?,
            spec: row.try_get("spec")?,
            description: row.try_get("description")?,
            category_id: row.try_get("category_id")?,
            barcode: barcode.as_deref().and_then(Barcode::parse),
            uom,
            quantity_scale: row.try_get("quantity_scale")?,
            prices: Prices { sale: money("sale_amount")?, purchase: money("purchase_amount")? },
            tax_code: TaxCode::coded(row.try_get("tax_code")?)
                .ok_or_else(|| unknown("tax_code"))?,
            stock_tracked: row.try_get("stock_tracked")?,
            lot_tracked: row.try_get("lot_tracked")?,
            default_supplier_id: row.try_get("default_supplier_id")?,
            lead_time_days: row.try_get("lead_time_days")?,
            attributes: attributes.0,
        },
        status: Status::coded(row.try_get("status")?).ok_or_else(|| unknown("status"))?,
        version: row.try_get("version")?,
        created: Stamp { at: row.try_get("created_at")?, by: row.try_get("created_by")? },
        updated: Stamp { at: row.try_get("updated_at")?, by: row.try_get("updated_by")? },
    })
}

pub(super) fn category(row: &Row) -> Result<Category, Error> {
    Ok(Category {
        id: row.try_get("id")?,
        draft: NewCategory {
            code: row.try_get("code")?,
            name: row.try_get("name")?,
            parent_id: row.try_get("parent_id")?,
            sort: row.try_get("sort")?,
        },
        version: row.try_get("version")?,
        created: Stamp { at: row.try_get("created_at")?, by: row.try_get("created_by")? },
        updated: Stamp { at: row.try_get("updated_at")?, by: row.try_get("updated_by")? },
    })
}
