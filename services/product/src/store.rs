//! What the service keeps, on either engine.
//!
//! The statements are written once, in `store/statements.rs` and the files below it, and compiled
//! twice: `postgres.rs` and `sqlite.rs` name the engine and the few things that differ.

mod postgres;
mod query;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use service_kit::database::{Database, Migrations};
use service_kit::store::{AuditRow, Change, Created, Once, Write};
use service_kit::web::{Count, Intake, Problem, Total};
use uuid::Uuid;

use crate::domain::{Category, Product};
use crate::import::ProductImport;

pub use query::{CategoryFilter, Filter, ORDERS, ProductQuery};

/// Schema changes of this service.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations {
        postgres: sqlx::migrate!("../../migrations/product/postgres"),
        sqlite: sqlx::migrate!("../../migrations/product/sqlite"),
    }
}

/// What an audit row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    /// A product.
    Product = 1,
    /// A category.
    Category = 2,
}

/// Prices from one moment on (P-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceRow {
    /// When they began to hold.
    pub valid_from: DateTime<Utc>,
    /// Sale price in minor units.
    pub sale_amount: Option<i64>,
    /// Purchase price in minor units.
    pub purchase_amount: Option<i64>,
    /// Their currency.
    pub currency: Option<String>,
    /// Who set them.
    pub actor: String,
}

/// The store. Every write is one transaction with its audit row; errors of the database are 503 or
/// 500, broken rules 409 or 422.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Makes a product; gives it the next number if its `sku` is empty.
    async fn create(
        &self,
        product: Product,
        once: Option<Once>,
    ) -> Result<Created<Product>, Problem>;
    /// Changes a product; 404 if there is none.
    async fn change(
        &self,
        id: Uuid,
        write: Write,
        change: Change<Product>,
    ) -> Result<Product, Problem>;
    /// Removes a product that was never more than a draft.
    async fn purge(&self, id: Uuid, check: Change<Product>) -> Result<(), Problem>;
    /// The product with this id.
    async fn product(&self, id: Uuid) -> Result<Option<Product>, Problem>;
    /// The product with this article number.
    async fn by_sku(&self, sku: &str) -> Result<Option<Product>, Problem>;
    /// The product with this barcode.
    async fn by_barcode(&self, barcode: &str) -> Result<Option<Product>, Problem>;
    /// Those of `ids` that there are.
    async fn batch(&self, ids: &[Uuid]) -> Result<Vec<Product>, Problem>;
    /// A page of products, one more than asked for if more follow.
    async fn list(&self, query: &ProductQuery) -> Result<Vec<Product>, Problem>;
    /// How many there are in all.
    async fn count(&self, filter: &Filter, count: Count) -> Result<Total, Problem>;
    /// What a file is taken into.
    fn import(&self, import: ProductImport) -> Box<dyn Intake>;
    /// Audit rows, newest first.
    async fn history(
        &self,
        entity: Entity,
        id: Uuid,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, Problem>;
    /// Prices, newest first; with `at` only those that held then.
    async fn prices(
        &self,
        id: Uuid,
        at: Option<DateTime<Utc>>,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<PriceRow>, Problem>;

    /// Makes a category.
    async fn create_category(
        &self,
        category: Category,
        once: Option<Once>,
    ) -> Result<Created<Category>, Problem>;
    /// Changes a category; 404 if there is none.
    async fn change_category(
        &self,
        id: Uuid,
        write: Write,
        change: Change<Category>,
    ) -> Result<Category, Problem>;
    /// Removes a category that nothing is in; false if there was none.
    async fn remove_category(
        &self,
        id: Uuid,
        write: Write,
        check: Change<Category>,
    ) -> Result<bool, Problem>;
    /// The category with this id.
    async fn category(&self, id: Uuid) -> Result<Option<Category>, Problem>;
    /// All categories, by `sort` and code.
    async fn categories(&self) -> Result<Vec<Category>, Problem>;
}

/// The store in `database`.
#[must_use]
pub fn open(database: &Database) -> Arc<dyn Store> {
    match database {
        Database::Postgres(pool) => Arc::new(postgres::store(pool)),
        Database::Sqlite(pools) => Arc::new(sqlite::store(pools)),
    }
}
