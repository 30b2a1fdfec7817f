//! What the service keeps, on either engine.
//!
//! The statements are written once, in `store/statements.rs` and the files below it, and compiled
//! twice: `postgres.rs` and `sqlite.rs` name the engine.

mod erasure;
mod postgres;
mod query;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use service_kit::database::{Database, Migrations};
use service_kit::store::{AuditRow, Change, Created, Once, Write};
use service_kit::web::{Count, Intake, Precondition, Problem, Total};
use uuid::Uuid;

use crate::domain::Partner;
use crate::import::PartnerImport;

pub use query::{Filter, ORDERS, PartnerQuery};

/// What an audit row is about: the number is stored.
const PARTNER: i16 = 1;

/// Schema changes of this service.
#[must_use]
pub fn migrations() -> Migrations {
    Migrations {
        postgres: sqlx::migrate!("../../migrations/partner/postgres"),
        sqlite: sqlx::migrate!("../../migrations/partner/sqlite"),
    }
}

/// The store. Every write is one transaction with its audit row; errors of the database are 503 or
/// 500, broken rules 409 or 422.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Makes a partner; gives it the next code of its series if its `code` is empty.
    async fn create(
        &self,
        partner: Partner,
        once: Option<Once>,
    ) -> Result<Created<Partner>, Problem>;
    /// Changes a partner; 404 if there is none.
    async fn change(
        &self,
        id: Uuid,
        write: Write,
        change: Change<Partner>,
    ) -> Result<Partner, Problem>;
    /// Erases what is known of a contact, in the partner, in its history and in the file (C-4). One
    /// that was removed from the partner is still in the history. 404 if it never was there. Done
    /// only when this returns; it may be repeated.
    async fn erase_contact(
        &self,
        id: Uuid,
        contact: Uuid,
        write: Write,
        condition: Precondition,
    ) -> Result<Partner, Problem>;
    /// The partner with this id.
    async fn partner(&self, id: Uuid) -> Result<Option<Partner>, Problem>;
    /// The partner with this code.
    async fn by_code(&self, code: &str) -> Result<Option<Partner>, Problem>;
    /// The partner with this business number that is not deleted: of this branch, or if none is
    /// named the first, which is the one without a branch if there is one.
    async fn by_business_no(
        &self,
        number: &str,
        branch: Option<&str>,
    ) -> Result<Option<Partner>, Problem>;
    /// Those of `ids` that there are.
    async fn batch(&self, ids: &[Uuid]) -> Result<Vec<Partner>, Problem>;
    /// A page of partners, one more than asked for if more follow.
    async fn list(&self, query: &PartnerQuery) -> Result<Vec<Partner>, Problem>;
    /// How many there are in all.
    async fn count(&self, filter: &Filter, count: Count) -> Result<Total, Problem>;
    /// What a file is taken into.
    fn import(&self, import: PartnerImport) -> Box<dyn Intake>;
    /// Audit rows, newest first.
    async fn history(&self, id: Uuid, offset: u64, limit: u32) -> Result<Vec<AuditRow>, Problem>;
}

/// The store in `database`.
#[must_use]
pub fn open(database: &Database) -> Arc<dyn Store> {
    match database {
        Database::Postgres(pool) => Arc::new(postgres::store(pool)),
        Database::Sqlite(pools) => Arc::new(sqlite::store(pools)),
    }
}
