//! Products out of a CSV file: what its rows do to those there are.

use erp_values::Stamp;
use service_kit::store::Write;
use service_kit::web::{
    Column, CsvRow, ImportMode, Importable, Known, Planned, Planner, Precondition, Problem,
    columns, from_value, members,
};
use uuid::Uuid;

use crate::domain::{Barcode, Product, SKU_CHARS_MAX};
use crate::file::{self, COLUMNS, CategoryCodes};
use crate::input::ProductInput;
use crate::{edit, view};

/// One file on its way in.
#[derive(Debug)]
pub struct ProductImport {
    pub(crate) rows: Rows,
    planner: Planner,
}

/// How the rows of a file are read.
#[derive(Debug)]
pub(crate) struct Rows {
    columns: Vec<&'static Column>,
    sku_at: Option<usize>,
    barcode_at: Option<usize>,
    categories: CategoryCodes,
    pub(crate) write: Write,
}

impl Importable for Product {
    fn id(&self) -> Uuid {
        self.id
    }

    fn key(&self) -> &str {
        &self.sku
    }

    fn set_key(&mut self, key: String) {
        self.sku = key;
    }

    fn unique(&self) -> Option<String> {
        self.draft.barcode.as_ref().map(|barcode| barcode.as_str().to_owned())
    }
}

impl ProductImport {
    /// A file with this header; `write` says who brings it and when.
    ///
    /// # Errors
    /// 422 for a column that is not known.
    pub(crate) fn new(
        header: &[String],
        mode: ImportMode,
        categories: CategoryCodes,
        write: Write,
    ) -> Result<Self, Problem> {
        let columns = columns(&COLUMNS, header)?;
        let at = |name| columns.iter().position(|column| column.name == name);
        let (sku_at, barcode_at) = (at("sku"), at("barcode"));
        let planner = Planner::new(mode, "sku", "barcode");
        Ok(Self { rows: Rows { columns, sku_at, barcode_at, categories, write }, planner })
    }

    /// What each of `rows` does.
    pub(crate) fn plan(&mut self, rows: &[CsvRow], known: Known<Product>) -> Vec<Planned<Product>> {
        let own = &self.rows;
        self.planner.plan(rows, known, |row| own.sku(row), |row, before| own.make(row, before))
    }
}

impl Rows {
    /// The article number of a row; `None` where it has none that can be one.
    pub(crate) fn sku(&self, row: &CsvRow) -> Option<String> {
        let cell = row.values.get(self.sku_at?)?;
        erp_values::normalized(cell, "._-", SKU_CHARS_MAX).ok()
    }

    /// The barcode of a row; `None` where it has none that can be one.
    pub(crate) fn barcode(&self, row: &CsvRow) -> Option<String> {
        let cell = row.values.get(self.barcode_at?)?;
        Barcode::parse(cell.trim()).map(|barcode| barcode.as_str().to_owned())
    }

    /// Whether a row asks for the next number of the series.
    pub(crate) fn needs_number(&self, row: &CsvRow) -> bool {
        let cell = self.sku_at.and_then(|at| row.values.get(at));
        cell.is_none_or(|cell| cell.trim().is_empty())
    }

    fn stamp(&self) -> Stamp {
        Stamp { at: self.write.at, by: self.write.actor.clone() }
    }

    fn make(&self, row: &CsvRow, before: Option<&Product>) -> Result<Option<Product>, Problem> {
        let current = before.map(view::json).unwrap_or_default();
        let members = members(&self.columns, row).map_err(Problem::invalid)?;
        let written =
            file::written(members, &current, &self.categories).map_err(Problem::invalid)?;
        let input: ProductInput = from_value(written)?;
        let Some(before) = before else {
            return edit::made(input, self.stamp()).map(Some);
        };
        let condition = Precondition::on_version(input.version());
        Ok(edit::rewritten(before, input, &condition)?.map(|mut after| {
            after.version = before.version.saturating_add(1);
            after.updated = self.stamp();
            after
        }))
    }
}
