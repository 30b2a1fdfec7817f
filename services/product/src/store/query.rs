//! What lists are asked for.

use chrono::{DateTime, Utc};
use service_kit::store::{Listing, Place, PlaceKind, SortField};
use uuid::Uuid;

use crate::domain::{Product, Status, Uom};

/// Which categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CategoryFilter {
    /// All, and products without one.
    #[default]
    Any,
    /// These.
    In(Vec<Uuid>),
}

/// Which products; an empty list allows everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Statuses.
    pub statuses: Vec<Status>,
    /// Whether deleted ones are listed where no status is asked for.
    pub with_deleted: bool,
    /// Categories.
    pub categories: CategoryFilter,
    /// Article numbers.
    pub skus: Vec<String>,
    /// Barcodes.
    pub barcodes: Vec<String>,
    /// Units.
    pub uoms: Vec<Uom>,
    /// Sale price in minor units, both ends included.
    pub price: (Option<i64>, Option<i64>),
    /// Created from, and before.
    pub created: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Updated from, and before.
    pub updated: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// Terms, folded, all of which must be found.
    pub terms: Vec<String>,
}

/// Fields to sort by.
pub static ORDERS: [SortField<Product>; 5] = [
    SortField {
        name: "sku",
        column: "sku",
        kind: PlaceKind::Text,
        place: |product| Place::Text(product.sku.clone()),
    },
    SortField {
        name: "name",
        column: "name",
        kind: PlaceKind::Text,
        place: |product| Place::Text(product.draft.name.clone()),
    },
    SortField {
        name: "salePrice",
        column: "price_key",
        kind: PlaceKind::Number,
        place: |product| Place::Number(price_key(product)),
    },
    SortField {
        name: "createdAt",
        column: "created_at",
        kind: PlaceKind::Time,
        place: |product| Place::Time(product.created.at),
    },
    SortField {
        name: "updatedAt",
        column: "updated_at",
        kind: PlaceKind::Time,
        place: |product| Place::Time(product.updated.at),
    },
];

/// Sale price for sorting, -1 without one.
pub(super) fn price_key(product: &Product) -> i64 {
    product.draft.prices.sale.map_or(-1, |price| price.amount_minor())
}

/// A page of products.
pub type ProductQuery = Listing<Product, Filter>;
