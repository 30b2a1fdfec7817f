//! Partners out of a CSV file: what its rows do to those there are.

use erp_values::Stamp;
use service_kit::store::Write;
use service_kit::web::{
    Column, CsvRow, ImportMode, Importable, Known, Planned, Planner, Precondition, Problem,
    columns, from_value, members,
};
use uuid::Uuid;

use crate::domain::{BusinessNo, CODE_CHARS_MAX, Partner, Role, Status};
use crate::file::{self, COLUMNS};
use crate::input::PartnerInput;
use crate::{edit, view};

/// One file on its way in.
#[derive(Debug)]
pub struct PartnerImport {
    pub(crate) rows: Rows,
    planner: Planner,
}

/// How the rows of a file are read.
#[derive(Debug)]
pub(crate) struct Rows {
    columns: Vec<&'static Column>,
    /// Whether a row may take a role away.
    force: bool,
    pub(crate) write: Write,
}

impl Importable for Partner {
    fn id(&self) -> Uuid {
        self.id
    }

    fn key(&self) -> &str {
        &self.code
    }

    fn set_key(&mut self, key: String) {
        self.code = key;
    }

    fn unique(&self) -> Option<String> {
        let number = self.draft.business_no.as_ref().filter(|_| self.status != Status::Deleted)?;
        let branch = self.draft.sub_business_no.as_deref().unwrap_or_default();
        Some(unique(number.as_str(), branch))
    }
}

/// A business number with its branch.
pub(crate) fn unique(number: &str, branch: &str) -> String {
    format!("{number} {branch}")
}

impl PartnerImport {
    /// A file with this header; `write` says who brings it and when, `force` whether a row may take
    /// a role away.
    ///
    /// # Errors
    /// 422 for a column that is not known.
    pub(crate) fn new(
        header: &[String],
        mode: ImportMode,
        force: bool,
        write: Write,
    ) -> Result<Self, Problem> {
        let columns = columns(&COLUMNS, header)?;
        let planner = Planner::new(mode, "code", "businessNo");
        Ok(Self { rows: Rows { columns, force, write }, planner })
    }

    /// What each of `rows` does.
    pub(crate) fn plan(&mut self, rows: &[CsvRow], known: Known<Partner>) -> Vec<Planned<Partner>> {
        let own = &self.rows;
        self.planner.plan(rows, known, |row| own.code(row), |row, before| own.make(row, before))
    }
}

impl Rows {
    /// The code of a row; `None` where it has none that can be one.
    pub(crate) fn code(&self, row: &CsvRow) -> Option<String> {
        erp_values::normalized(self.cell(row, "code"), "._-", CODE_CHARS_MAX).ok()
    }

    /// The business number of a row; `None` where it has none that can be one.
    pub(crate) fn business_no(&self, row: &CsvRow) -> Option<String> {
        BusinessNo::parse(self.cell(row, "businessNo")).map(|number| number.as_str().to_owned())
    }

    /// The series that a row asks for a code of.
    pub(crate) fn series(&self, row: &CsvRow) -> Option<&'static str> {
        let is_customer = self.cell(row, "roles").contains(Role::Customer.name());
        let needs_code = self.cell(row, "code").is_empty();
        needs_code.then_some(if is_customer { "C" } else { "S" })
    }

    fn cell<'a>(&self, row: &'a CsvRow, name: &str) -> &'a str {
        let at = self.columns.iter().position(|column| column.name == name);
        at.and_then(|at| row.values.get(at)).map_or("", |cell| cell.trim())
    }

    fn stamp(&self) -> Stamp {
        Stamp { at: self.write.at, by: self.write.actor.clone() }
    }

    fn make(&self, row: &CsvRow, before: Option<&Partner>) -> Result<Option<Partner>, Problem> {
        let current = before.map(view::json).unwrap_or_default();
        let members = members(&self.columns, row).map_err(Problem::invalid)?;
        let written = file::written(members, &current).map_err(Problem::invalid)?;
        let input: PartnerInput = from_value(written)?;
        let Some(before) = before else {
            return edit::made(input, self.stamp()).map(Some);
        };
        let condition = Precondition::on_version(input.version());
        Ok(edit::rewritten(before, input, &condition, self.force)?.map(|mut after| {
            after.version = before.version.saturating_add(1);
            after.updated = self.stamp();
            after
        }))
    }
}
