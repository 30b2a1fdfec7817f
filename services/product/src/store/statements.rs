//! The statements, written once for both engines; included by the module of each.

#[path = "statements/categories.rs"]
mod categories;
#[path = "statements/import.rs"]
mod import;
#[path = "statements/list.rs"]
mod list;
#[path = "statements/prices.rs"]
mod prices;
#[path = "statements/products.rs"]
mod products;
#[path = "statements/rows.rs"]
mod rows;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use service_kit::database::Readers;
use service_kit::store::{AuditRow, Change, Created, Once, Write};
use service_kit::web::{Count, Intake, Problem, Total};
use sqlx::Pool;
use uuid::Uuid;

use super::engine::{self, Engine, FOR_UPDATE, Row, Tx, begin};
use crate::domain::{Category, Product};
use crate::import::ProductImport;
use crate::store::{Entity, Filter, PriceRow, ProductQuery, Store};

/// The store on this engine.
#[derive(Debug)]
pub(crate) struct SqlStore {
    pub(crate) write: Pool<Engine>,
    pub(crate) read: Readers<Engine>,
}

#[async_trait]
impl Store for SqlStore {
    async fn create(
        &self,
        product: Product,
        once: Option<Once>,
    ) -> Result<Created<Product>, Problem> {
        products::create(self, product, once).await
    }

    async fn change(
        &self,
        id: Uuid,
        write: Write,
        change: Change<Product>,
    ) -> Result<Product, Problem> {
        products::change(self, id, write, change).await
    }

    async fn purge(&self, id: Uuid, check: Change<Product>) -> Result<(), Problem> {
        products::purge(self, id, check).await
    }

    async fn product(&self, id: Uuid) -> Result<Option<Product>, Problem> {
        products::one(self, "id", id).await
    }

    async fn by_sku(&self, sku: &str) -> Result<Option<Product>, Problem> {
        products::one(self, "sku", sku).await
    }

    async fn by_barcode(&self, barcode: &str) -> Result<Option<Product>, Problem> {
        products::one(self, "barcode", barcode).await
    }

    async fn batch(&self, ids: &[Uuid]) -> Result<Vec<Product>, Problem> {
        list::batch(self, ids).await
    }

    async fn list(&self, query: &ProductQuery) -> Result<Vec<Product>, Problem> {
        list::page(self, query).await
    }

    async fn count(&self, filter: &Filter, count: Count) -> Result<Total, Problem> {
        list::count(self, filter, count).await
    }

    fn import(&self, import: ProductImport) -> Box<dyn Intake> {
        engine::intake(&self.write, import)
    }

    async fn history(
        &self,
        entity: Entity,
        id: Uuid,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<AuditRow>, Problem> {
        engine::history(&self.read, (entity as i16, id), offset, limit).await
    }

    async fn prices(
        &self,
        id: Uuid,
        at: Option<DateTime<Utc>>,
        offset: u64,
        limit: u32,
    ) -> Result<Vec<PriceRow>, Problem> {
        prices::prices(self, id, at, offset, limit).await
    }

    async fn create_category(
        &self,
        category: Category,
        once: Option<Once>,
    ) -> Result<Created<Category>, Problem> {
        categories::create(self, category, once).await
    }

    async fn change_category(
        &self,
        id: Uuid,
        write: Write,
        change: Change<Category>,
    ) -> Result<Category, Problem> {
        categories::change(self, id, write, change).await
    }

    async fn remove_category(
        &self,
        id: Uuid,
        write: Write,
        check: Change<Category>,
    ) -> Result<bool, Problem> {
        categories::remove(self, id, write, check).await
    }

    async fn category(&self, id: Uuid) -> Result<Option<Category>, Problem> {
        categories::one(self, id).await
    }

    async fn categories(&self) -> Result<Vec<Category>, Problem> {
        categories::all(self).await
    }
}
