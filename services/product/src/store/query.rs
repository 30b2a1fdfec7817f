//! What lists are asked for.

use chrono::{DateTime, SecondsFormat, Utc};
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

/// A field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderField {
    /// Article number.
    Sku,
    /// Name.
    Name,
    /// Sale price.
    SalePrice,
    /// When it was made.
    CreatedAt,
    /// When it was written last.
    UpdatedAt,
}

impl OrderField {
    /// Fields as clients name them.
    pub const NAMES: [&'static str; 5] = ["sku", "name", "salePrice", "createdAt", "updatedAt"];

    /// The field with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "sku" => Some(Self::Sku),
            "name" => Some(Self::Name),
            "salePrice" => Some(Self::SalePrice),
            "createdAt" => Some(Self::CreatedAt),
            "updatedAt" => Some(Self::UpdatedAt),
            _ => None,
        }
    }

    pub(super) const fn column(self) -> &'static str {
        match self {
            Self::Sku => "sku",
            Self::Name => "name",
            Self::SalePrice => "price_key",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }

    /// Its value in `product`, as a cursor holds it.
    #[must_use]
    pub fn key_of(self, product: &Product) -> String {
        let time = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
        match self {
            Self::Sku => product.sku.clone(),
            Self::Name => product.draft.name.clone(),
            Self::SalePrice => price_key(product).to_string(),
            Self::CreatedAt => time(&product.created.at),
            Self::UpdatedAt => time(&product.updated.at),
        }
    }
}

/// Sale price for sorting, -1 without one.
pub(super) fn price_key(product: &Product) -> i64 {
    product.draft.prices.sale.map_or(-1, |price| price.amount_minor())
}

/// One field of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Field.
    pub field: OrderField,
    /// Largest first.
    pub descending: bool,
}

/// A value to continue behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// A moment.
    Time(DateTime<Utc>),
    /// An id.
    Id(Uuid),
}

impl Place {
    /// Reads a cursor's value of `field`.
    #[must_use]
    pub fn read(field: OrderField, text: &str) -> Option<Self> {
        match field {
            OrderField::Sku | OrderField::Name => Some(Self::Text(text.to_owned())),
            OrderField::SalePrice => text.parse().ok().map(Self::Number),
            OrderField::CreatedAt | OrderField::UpdatedAt => {
                let at = DateTime::parse_from_rfc3339(text).ok()?;
                Some(Self::Time(at.with_timezone(&Utc)))
            }
        }
    }
}

/// A page of products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductQuery {
    /// Which.
    pub filter: Filter,
    /// In which order; the id comes last, in the direction of the last field.
    pub order: Vec<Order>,
    /// Behind which place: a value for each field of the order, then the id.
    pub behind: Option<Vec<Place>>,
    /// How many to skip.
    pub offset: u64,
    /// How many to read.
    pub limit: u32,
}
