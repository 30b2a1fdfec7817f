//! Which rows of a table a list has.

use std::fmt;

use sqlx::QueryBuilder;

use super::{Engine, push_contains};
use crate::store::Way;

/// Characters from which a term is searched anywhere in the text; shorter ones are beginnings.
const TRIGRAM_CHARS: usize = 3;

/// Writes a condition, given what stands before each of its columns.
type Push<'a> = Box<dyn Fn(&mut QueryBuilder<Engine>, &'static str) + Send + Sync + 'a>;

/// What all rows of a list meet. The conditions are those that an index of their own serves.
pub struct Conditions<'a> {
    table: &'static str,
    general: Push<'a>,
    all: Vec<Push<'a>>,
    long_terms: Vec<&'a String>,
}

impl fmt::Debug for Conditions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conditions").field("table", &self.table).finish_non_exhaustive()
    }
}

impl<'a> Conditions<'a> {
    /// Rows of `table` that meet `general`, which nearly all do.
    pub fn new(
        table: &'static str,
        general: impl Fn(&mut QueryBuilder<Engine>) + Send + Sync + 'a,
    ) -> Self {
        let general: Push<'a> = Box::new(move |sql, _| general(sql));
        Self { table, general, all: Vec::new(), long_terms: Vec::new() }
    }

    /// And that meet a condition on columns, before each of which stands what is given.
    pub fn and(
        &mut self,
        push: impl Fn(&mut QueryBuilder<Engine>, &'static str) + Send + Sync + 'a,
    ) {
        self.all.push(Box::new(push));
    }

    /// And whose `column` is one of `values`, unless there are none.
    pub fn and_in<T>(&mut self, column: &'static str, values: Vec<T>)
    where
        for<'q> T: sqlx::Encode<'q, Engine> + sqlx::Type<Engine> + Clone + Send + Sync + 'static,
    {
        if !values.is_empty() {
            self.and(move |sql, before| {
                super::push_in(sql, &format!("{before}{column}"), values.iter().cloned());
            });
        }
    }

    /// And whose `column`, which has few values, is one of `codes`, unless there are none. They are part
    /// of the statement: PostgreSQL plans one that it has met often without looking at what it is
    /// given, and would take any value for as rare as any other.
    pub fn and_one_of(&mut self, column: &'static str, codes: impl IntoIterator<Item = i16>) {
        let codes: Vec<String> = codes.into_iter().map(|code| code.to_string()).collect();
        if !codes.is_empty() {
            let codes = codes.join(", ");
            self.and(move |sql, before| {
                sql.push(before).push(column).push(" IN (").push(&codes).push(")");
            });
        }
    }

    /// And whose `column` is true, likewise.
    pub fn and_true(&mut self, column: &'static str) {
        self.and(move |sql, before| {
            sql.push(before).push(column).push(" = TRUE");
        });
    }

    /// And whose `column` is at or after the first of `range` and before the second.
    pub fn and_within<T>(&mut self, column: &'static str, range: (Option<T>, Option<T>))
    where
        for<'q> T: sqlx::Encode<'q, Engine> + sqlx::Type<Engine> + Clone + Send + Sync + 'static,
    {
        let ends = [(" >= ", range.0), (" < ", range.1)];
        let ends: Vec<_> = ends.into_iter().filter_map(|(is, end)| Some((is, end?))).collect();
        if ends.is_empty() {
            return;
        }
        self.and(move |sql, before| {
            for (at, (is, end)) in ends.iter().enumerate() {
                sql.push(if at > 0 { " AND " } else { "" });
                sql.push(before).push(column).push(is).push_bind(end.clone());
            }
        });
    }

    /// And that have each of `terms`: longer ones anywhere in `search`, short ones as the beginning
    /// of `code`, which is in capitals, or of the folded `name_key`.
    pub fn and_terms(&mut self, code: &'static str, terms: &'a [String]) {
        let (long, short): (Vec<_>, Vec<_>) =
            terms.iter().partition(|term| term.chars().count() >= TRIGRAM_CHARS);
        self.long_terms = long;
        for term in short {
            self.and(move |sql, before| push_beginning(sql, before, code, term));
        }
    }

    pub(super) const fn table(&self) -> &'static str {
        self.table
    }

    /// Terms that are searched anywhere.
    pub(super) fn terms(&self) -> &[&'a String] {
        &self.long_terms
    }

    /// How many conditions an index may serve.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// Writes the condition of this number alone.
    pub(super) fn push_one(&self, sql: &mut QueryBuilder<Engine>, number: usize) {
        if let Some(push) = self.all.get(number) {
            push(sql, "");
        }
    }

    /// Writes all of them.
    pub(super) fn push(&self, sql: &mut QueryBuilder<Engine>, way: Way) {
        (self.general)(sql, "");
        for (number, push) in self.all.iter().enumerate() {
            sql.push(" AND ");
            push(sql, way.condition(number));
        }
        push_contains(sql, self.table, &self.long_terms, way);
    }
}

/// Beginnings as ranges, which an index can serve.
fn push_beginning(
    sql: &mut QueryBuilder<Engine>,
    before: &'static str,
    code: &'static str,
    term: &str,
) {
    let upper: String = term.chars().flat_map(char::to_uppercase).collect();
    sql.push("(");
    for (at, (column, from)) in
        [(code, upper), ("name_key", term.to_owned())].into_iter().enumerate()
    {
        if at > 0 {
            sql.push(" OR ");
        }
        let to = format!("{from}\u{10ffff}");
        sql.push("(").push(before).push(column).push(" >= ").push_bind(from);
        sql.push(" AND ").push(before).push(column).push(" < ").push_bind(to).push(")");
    }
    sql.push(")");
}
