//! Categories: a tree of limited depth.

use chrono::{DateTime, Utc};
use erp_values::{Faults, Stamp};
use uuid::Uuid;

/// Levels of the tree.
pub const DEPTH_MAX: usize = 6;
/// Characters of a category's code.
const CODE_CHARS_MAX: usize = 40;

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: Uuid,
    /// What is written of it.
    pub draft: NewCategory,
    /// Version, from 1.
    pub version: i64,
    /// Who wrote it first, and when.
    pub created: Stamp,
    /// Who wrote it last, and when.
    pub updated: Stamp,
}

/// What is written of a category, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCategory {
    /// Unique code.
    pub code: String,
    /// Name.
    pub name: String,
    /// The category above.
    pub parent_id: Option<Uuid>,
    /// Place among its neighbours.
    pub sort: i32,
}

/// What is written of a category, as it came.
#[derive(Clone, Debug, Default)]
pub struct CategoryDraft {
    /// Unique code.
    pub code: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// The category above.
    pub parent_id: Option<Uuid>,
    /// Place among its neighbours.
    pub sort: Option<i32>,
}

impl CategoryDraft {
    /// Checks what can be checked without looking at other categories.
    ///
    /// # Errors
    /// All mistakes.
    pub fn check(self) -> Result<NewCategory, Faults> {
        let mut faults = Faults::default();
        let code = faults.code("code", self.code.as_deref().unwrap_or_default(), CODE_CHARS_MAX);
        let name = faults.line("name", self.name.as_deref(), erp_values::NAME_CHARS_MAX);
        let name = faults.required("name", name);
        let (parent_id, sort) = (self.parent_id, self.sort.unwrap_or_default());
        let checked = NewCategory { code: code.unwrap_or_default(), name, parent_id, sort };
        faults.or(checked)
    }
}

impl Category {
    /// A new category.
    #[must_use]
    pub fn new(id: Uuid, draft: NewCategory, by: &str, at: DateTime<Utc>) -> Self {
        let stamp = Stamp { at, by: by.to_owned() };
        Self { id, draft, version: 1, created: stamp.clone(), updated: stamp }
    }
}
