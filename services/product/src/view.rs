//! Products and categories as they are told.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use erp_values::web::MoneyView;
use serde::Serialize;
use serde_json::Value;
use service_kit::web::micros;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::{Barcode, Category, Product, Uom};

/// A product.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Product)]
pub struct ProductView {
    /// Id.
    pub id: Uuid,
    /// Article number.
    pub sku: String,
    /// Name.
    pub name: String,
    /// English name.
    pub name_en: Option<String>,
    /// Size, material, grade.
    pub spec: Option<String>,
    /// Anything else.
    pub description: Option<String>,
    /// Its category.
    pub category_id: Option<Uuid>,
    /// GTIN.
    pub barcode: Option<String>,
    /// Base unit of measure.
    pub uom: Option<&'static str>,
    /// Digits behind the decimal point of its quantities.
    pub quantity_scale: i16,
    /// What it is sold for.
    pub sale_price: Option<MoneyView>,
    /// What it is bought for.
    pub purchase_price: Option<MoneyView>,
    /// `TAXABLE`, `ZERO_RATED` or `EXEMPT`.
    pub tax_code: &'static str,
    /// Whether there is stock of it.
    pub stock_tracked: bool,
    /// Whether its stock is kept by lot.
    pub lot_tracked: bool,
    /// Who usually supplies it.
    pub default_supplier_id: Option<Uuid>,
    /// Days that takes.
    pub lead_time_days: Option<i32>,
    /// Anything else by name.
    pub attributes: BTreeMap<String, String>,
    /// `DRAFT`, `ACTIVE`, `DISCONTINUED` or `DELETED`.
    pub status: &'static str,
    /// Version, for `If-Match` or the body of a write.
    pub version: i64,
    /// When it was made.
    #[serde(serialize_with = "micros")]
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it was written last.
    #[serde(serialize_with = "micros")]
    pub updated_at: DateTime<Utc>,
    /// Who wrote it last.
    pub updated_by: String,
}

impl From<&Product> for ProductView {
    fn from(product: &Product) -> Self {
        Self::from(product.clone())
    }
}

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        let draft = product.draft;
        Self {
            id: product.id,
            sku: product.sku,
            name: draft.name,
            name_en: draft.name_en,
            spec: draft.spec,
            description: draft.description,
            category_id: draft.category_id,
            barcode: draft.barcode.as_ref().map(|barcode| Barcode::as_str(barcode).to_owned()),
            uom: draft.uom.map(Uom::name),
            quantity_scale: draft.quantity_scale,
            sale_price: draft.prices.sale.map(MoneyView::from),
            purchase_price: draft.prices.purchase.map(MoneyView::from),
            tax_code: draft.tax_code.name(),
            stock_tracked: draft.stock_tracked,
            lot_tracked: draft.lot_tracked,
            default_supplier_id: draft.default_supplier_id,
            lead_time_days: draft.lead_time_days,
            attributes: draft.attributes,
            status: product.status.name(),
            version: product.version,
            created_at: product.created.at,
            created_by: product.created.by,
            updated_at: product.updated.at,
            updated_by: product.updated.by,
        }
    }
}

/// A category.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Category)]
pub struct CategoryView {
    /// Id.
    pub id: Uuid,
    /// Unique code.
    pub code: String,
    /// Name.
    pub name: String,
    /// The category above.
    pub parent_id: Option<Uuid>,
    /// Place among its neighbours.
    pub sort: i32,
    /// Version.
    pub version: i64,
    /// When it was made.
    #[serde(serialize_with = "micros")]
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it was written last.
    #[serde(serialize_with = "micros")]
    pub updated_at: DateTime<Utc>,
    /// Who wrote it last.
    pub updated_by: String,
}

impl From<&Category> for CategoryView {
    fn from(category: &Category) -> Self {
        Self {
            id: category.id,
            code: category.draft.code.clone(),
            name: category.draft.name.clone(),
            parent_id: category.draft.parent_id,
            sort: category.draft.sort,
            version: category.version,
            created_at: category.created.at,
            created_by: category.created.by.clone(),
            updated_at: category.updated.at,
            updated_by: category.updated.by.clone(),
        }
    }
}

/// A product as JSON.
#[must_use]
pub fn json(product: &Product) -> Value {
    serde_json::to_value(ProductView::from(product)).unwrap_or_default()
}

/// A category as JSON.
#[must_use]
pub fn category_json(category: &Category) -> Value {
    serde_json::to_value(CategoryView::from(category)).unwrap_or_default()
}
