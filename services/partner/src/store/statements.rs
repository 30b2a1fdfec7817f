//! The statements, written once for both engines; included by the module of each.

#[path = "statements/erase.rs"]
mod erase;
#[path = "statements/import.rs"]
mod import;
#[path = "statements/list.rs"]
mod list;
#[path = "statements/partners.rs"]
mod partners;
#[path = "statements/rows.rs"]
mod rows;

use async_trait::async_trait;
use service_kit::database::Readers;
use service_kit::store::{AuditRow, Change, Created, Once, Write};
use service_kit::web::{Count, Intake, Precondition, Problem, Total};
use sqlx::Pool;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::engine::{self, Engine, FOR_UPDATE, Row, Tx, begin};
use crate::domain::Partner;
use crate::import::PartnerImport;
use crate::store::{Filter, PARTNER, PartnerQuery, Store};

/// The store on this engine.
#[derive(Debug)]
pub(crate) struct SqlStore {
    write: Pool<Engine>,
    read: Readers<Engine>,
    /// Whether the file may still have bytes of what was erased: nobody knows after a start. Held
    /// while something is being erased.
    unscrubbed: Mutex<bool>,
}

impl SqlStore {
    pub(crate) fn new(write: Pool<Engine>, read: Readers<Engine>) -> Self {
        Self { write, read, unscrubbed: Mutex::new(true) }
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn create(
        &self,
        partner: Partner,
        once: Option<Once>,
    ) -> Result<Created<Partner>, Problem> {
        partners::create(self, partner, once).await
    }

    async fn change(
        &self,
        id: Uuid,
        write: Write,
        change: Change<Partner>,
    ) -> Result<Partner, Problem> {
        partners::change(self, id, write, change).await
    }

    async fn erase_contact(
        &self,
        id: Uuid,
        contact: Uuid,
        write: Write,
        condition: Precondition,
    ) -> Result<Partner, Problem> {
        erase::contact(self, (id, contact), write, condition).await
    }

    async fn partner(&self, id: Uuid) -> Result<Option<Partner>, Problem> {
        partners::one(self, "id", id).await
    }

    async fn by_code(&self, code: &str) -> Result<Option<Partner>, Problem> {
        partners::one(self, "code", code).await
    }

    async fn by_business_no(
        &self,
        number: &str,
        branch: Option<&str>,
    ) -> Result<Option<Partner>, Problem> {
        partners::by_business_no(self, number, branch).await
    }

    async fn batch(&self, ids: &[Uuid]) -> Result<Vec<Partner>, Problem> {
        list::batch(self, ids).await
    }

    async fn list(&self, query: &PartnerQuery) -> Result<Vec<Partner>, Problem> {
        list::page(self, query).await
    }

    async fn count(&self, filter: &Filter, count: Count) -> Result<Total, Problem> {
        list::count(self, filter, count).await
    }

    fn import(&self, import: PartnerImport) -> Box<dyn Intake> {
        engine::intake(&self.write, import)
    }

    async fn history(&self, id: Uuid, offset: u64, limit: u32) -> Result<Vec<AuditRow>, Problem> {
        engine::history(&self.read, (PARTNER, id), offset, limit).await
    }
}
