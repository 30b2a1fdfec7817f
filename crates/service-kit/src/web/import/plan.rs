//! What the rows of a file do to what there is. Pure.

use std::collections::HashMap;

use uuid::Uuid;

use super::super::csv::CsvRow;
use super::super::problem::{FieldError, Problem};
use super::{ImportMode, Outcome};

/// A thing that rows can make and change.
pub trait Importable {
    /// Its id.
    fn id(&self) -> Uuid;
    /// The code that files know it by; empty while it has none.
    fn key(&self) -> &str;
    /// Gives it a code.
    fn set_key(&mut self, key: String);
    /// Another value that no two have.
    fn unique(&self) -> Option<String>;
}

/// What a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned<T> {
    /// Makes a new one.
    New(T),
    /// Changes one.
    Changed {
        /// As it was.
        before: T,
        /// As it shall be.
        after: T,
    },
    /// Nothing: all is as it says.
    Unchanged,
    /// Nothing: it is wrong.
    Failed(Vec<FieldError>),
}

impl<T> Planned<T> {
    /// What became of the row once this is done.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::New(_) => Outcome::Inserted,
            Self::Changed { .. } => Outcome::Updated,
            Self::Unchanged => Outcome::Unchanged,
            Self::Failed(errors) => Outcome::Failed(errors.clone()),
        }
    }
}

/// What there is of what rows name.
#[derive(Debug)]
pub struct Known<T> {
    /// Things by code.
    pub by_key: HashMap<String, T>,
    /// Who has which of the other unique values.
    pub owners: HashMap<String, Uuid>,
    /// Codes for rows that have none, by their lines.
    pub codes: HashMap<u64, String>,
}

/// Plans the rows of one file.
#[derive(Debug)]
pub struct Planner {
    mode: ImportMode,
    key_field: &'static str,
    unique_field: &'static str,
    /// In which line a code came first.
    lines: HashMap<Box<str>, u64>,
}

impl Planner {
    /// Of a file whose things are known by the column `key_field`, and have no value of
    /// `unique_field` twice.
    #[must_use]
    pub fn new(mode: ImportMode, key_field: &'static str, unique_field: &'static str) -> Self {
        Self { mode, key_field, unique_field, lines: HashMap::new() }
    }

    /// What each of `rows` does, in their order. `key` is the code a row names, `make` what it says
    /// of the thing that has it; `None` if it is so already.
    pub fn plan<T: Importable + Clone>(
        &mut self,
        rows: &[CsvRow],
        known: Known<T>,
        key: impl Fn(&CsvRow) -> Option<String>,
        mut make: impl FnMut(&CsvRow, Option<&T>) -> Result<Option<T>, Problem>,
    ) -> Vec<Planned<T>> {
        let Known { by_key, mut owners, mut codes } = known;
        let plan = |row: &CsvRow| {
            let key = key(row);
            let before = key.as_ref().and_then(|key| by_key.get(key));
            if let Some(key) = &key {
                self.note(key, row.line, before.is_some())?;
            }
            let Some(mut after) = make(row, before).map_err(told)? else {
                return Ok(Planned::Unchanged);
            };
            if after.key().is_empty() {
                after.set_key(codes.remove(&row.line).unwrap_or_default());
            }
            self.own(&mut owners, before, &after)?;
            Ok(match before.cloned() {
                None => Planned::New(after),
                Some(before) => Planned::Changed { before, after },
            })
        };
        let mut plan = plan;
        rows.iter().map(|row| plan(row).unwrap_or_else(Planned::Failed)).collect()
    }

    fn note(&mut self, key: &str, line: u64, exists: bool) -> Result<(), Vec<FieldError>> {
        if exists && self.mode == ImportMode::Insert {
            return Err(duplicate(self.key_field, "exists already".to_owned()));
        }
        // A slice that is tried again has the same lines again.
        match self.lines.get(key) {
            Some(first) if *first != line => {
                let code = "DUPLICATE_ROW";
                let message = format!("is in line {first} too");
                Err(vec![FieldError::new(self.key_field, code, message)])
            }
            Some(_) => Ok(()),
            None => {
                self.lines.insert(key.into(), line);
                Ok(())
            }
        }
    }

    /// Makes `after` the owner of its unique value.
    fn own<T: Importable>(
        &self,
        owners: &mut HashMap<String, Uuid>,
        before: Option<&T>,
        after: &T,
    ) -> Result<(), Vec<FieldError>> {
        let value = after.unique();
        let is_other = |value| owners.get(value).is_some_and(|owner| *owner != after.id());
        if value.as_ref().is_some_and(is_other) {
            return Err(duplicate(self.unique_field, "another one has it".to_owned()));
        }
        if let Some(given_up) = before.and_then(Importable::unique) {
            owners.remove(&given_up);
        }
        if let Some(value) = value {
            owners.insert(value, after.id());
        }
        Ok(())
    }
}

fn duplicate(field: &'static str, message: String) -> Vec<FieldError> {
    vec![FieldError::new(field, "DUPLICATE_CODE", message)]
}

/// What is wrong, as mistakes of fields.
fn told(problem: Problem) -> Vec<FieldError> {
    if problem.errors.is_empty() {
        return vec![FieldError::new("", problem.code, problem.detail)];
    }
    problem.errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Thing {
        id: Uuid,
        code: String,
        label: String,
    }

    impl Importable for Thing {
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
            (!self.label.is_empty()).then(|| self.label.clone())
        }
    }

    fn thing(id: u128, code: &str, label: &str) -> Thing {
        Thing { id: Uuid::from_u128(id), code: code.to_owned(), label: label.to_owned() }
    }

    /// Plans rows of code and label, where A (label x) and B (label y) exist; new ones get ids from
    /// 100 on.
    fn plan(mode: ImportMode, rows: &[[&str; 2]]) -> Vec<Result<String, &'static str>> {
        let (a, b) = (thing(1, "A", "x"), thing(2, "B", "y"));
        let known = Known {
            owners: [&a, &b].map(|one| (one.label.clone(), one.id)).into(),
            by_key: [a, b].map(|one| (one.code.clone(), one)).into(),
            codes: [(5, "N1".to_owned()), (6, "N2".to_owned())].into(),
        };
        let rows: Vec<CsvRow> = (2..)
            .zip(rows)
            .map(|(line, row)| CsvRow { line, values: row.map(str::to_owned).to_vec() })
            .collect();
        let mut next = 100;
        let key = |row: &CsvRow| row.values.first().filter(|key| !key.is_empty()).cloned();
        let planned = Planner::new(mode, "code", "label").plan(&rows, known, key, |row, before| {
            next += 1;
            let id = before.map_or_else(|| Uuid::from_u128(next), |before| before.id);
            let after = Thing { id, code: row.values[0].clone(), label: row.values[1].clone() };
            Ok(Some(after).filter(|after| Some(after) != before))
        });
        let told = planned.into_iter().map(|one| match one {
            Planned::New(new) => Ok(format!("+{}", new.code)),
            Planned::Changed { after, .. } => Ok(format!("{}={}", after.code, after.label)),
            Planned::Unchanged => Ok("same".to_owned()),
            Planned::Failed(errors) => Err(errors[0].code),
        });
        told.collect()
    }

    fn ok(text: &str) -> Result<String, &'static str> {
        Ok(text.to_owned())
    }

    #[test]
    fn rows_make_change_or_leave() {
        let rows = [["A", "x"], ["B", "z"], ["C", ""], ["", ""], ["", ""]];
        let expected = [ok("same"), ok("B=z"), ok("+C"), ok("+N1"), ok("+N2")];
        assert_eq!(plan(ImportMode::Upsert, &rows), expected);
        assert_eq!(plan(ImportMode::Insert, &rows[..1]), [Err("DUPLICATE_CODE")]);
    }

    #[test]
    fn what_no_two_may_have_is_checked_in_the_order_of_the_rows() {
        // A gives x up, so C may have it; y is still B's; C cannot come twice.
        let rows = [["D", "y"], ["A", "w"], ["C", "x"], ["E", "x"], ["C", ""]];
        let expected = [
            Err("DUPLICATE_CODE"),
            ok("A=w"),
            ok("+C"),
            Err("DUPLICATE_CODE"),
            Err("DUPLICATE_ROW"),
        ];
        assert_eq!(plan(ImportMode::Upsert, &rows), expected);
    }
}
