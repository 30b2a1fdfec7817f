//! Statements as they are written in source files, and what all of them must keep to (D-1, D-2).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Words that statements begin with.
const BEGINNINGS: [&str; 9] =
    ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "SET ", "PRAGMA ", "VACUUM", "REINDEX"];
/// What one of the engines does not know, or means differently.
const NOT_COMMON: [&str; 6] = ["::", "ILIKE", "ARRAY[", "NOW()", "INTERVAL", "GREATEST"];

/// A statement as it is written: fixed parts, between which something is filled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written(Vec<String>);

impl Written {
    /// Whether `statement` is this one with something filled in, and perhaps continued.
    #[must_use]
    pub fn is(&self, statement: &str) -> bool {
        let mut rest = statement;
        for (at, part) in self.0.iter().enumerate() {
            let found = rest.find(part.as_str()).filter(|found| at > 0 || *found == 0);
            let Some(found) = found else { return false };
            rest = rest.get(found + part.len()..).unwrap_or_default();
        }
        true
    }
}

/// The statements in the texts of `paths`, files or folders from the root of the repository.
///
/// # Panics
/// A file cannot be read.
#[must_use]
pub fn written_in(paths: &[&str]) -> BTreeSet<Written> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Vec::new();
    for path in paths {
        gather(&root.join(path), &mut sources);
    }
    sources.iter().flat_map(|source| literals(source)).filter_map(|text| written(&text)).collect()
}

fn gather(path: &Path, sources: &mut Vec<String>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            gather(&entry.unwrap().path(), sources);
        }
    } else {
        sources.push(fs::read_to_string(path).unwrap());
    }
}

fn written(text: &str) -> Option<Written> {
    BEGINNINGS.iter().any(|word| text.starts_with(word)).then(|| {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            parts.push(before.to_owned());
            rest = behind.split_once('}').map_or("", |(_, rest)| rest);
        }
        parts.push(rest.trim_end().to_owned());
        Written(parts)
    })
}

/// Texts of the string literals in Rust, as they are when the program runs.
fn literals(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source.chars().peekable();
    let mut is_comment_line = false;
    while let Some(c) = rest.next() {
        match c {
            '\n' => is_comment_line = false,
            '/' if rest.peek() == Some(&'/') => is_comment_line = true,
            '"' if !is_comment_line => {
                let mut text = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    if c != '\\' {
                        text.push(c);
                        continue;
                    }
                    match rest.next() {
                        Some('\n') => while rest.next_if(|c| c.is_whitespace()).is_some() {},
                        Some(escaped) => text.push(escaped),
                        None => break,
                    }
                }
                found.push(text);
            }
            _ => {}
        }
    }
    found
}

/// How many values `statement` names: all numbers from 1 on being there, or none having a number, as
/// the query builder writes them for SQLite.
///
/// # Panics
/// A number is missing, or only some have one.
#[must_use]
pub fn values(statement: &str) -> usize {
    let numbers: BTreeSet<usize> = statement
        .split('$')
        .skip(1)
        .map(|rest| {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            digits.parse().unwrap()
        })
        .collect();
    let unnumbered = statement.matches('?').count();
    assert!(unnumbered == 0 || numbers.is_empty(), "some values have no number: {statement}");
    assert!(numbers.iter().copied().eq(1..=numbers.len()), "numbers with gaps: {statement}");
    numbers.len() + unnumbered
}

/// What `statement` has that is not common to both engines.
#[must_use]
pub fn not_common(statement: &str) -> Option<&'static str> {
    let upper = statement.to_uppercase();
    NOT_COMMON.into_iter().find(|word| upper.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_in_sources() {
        let source = r#"
            // "SELECT nothing" is a comment.
            let a = format!("SELECT {} FROM x \
                             WHERE {column} = $1{TAIL}", y);
            let b = "no statement";
        "#;
        let found: Vec<_> = literals(source).iter().filter_map(|text| written(text)).collect();
        let parts = ["SELECT ", " FROM x WHERE ", " = $1", ""].map(str::to_owned);
        assert_eq!(found, [Written(parts.to_vec())]);
        assert!(found[0].is("SELECT a, b FROM x WHERE id = $1 FOR UPDATE"));
        assert!(!found[0].is("SELECT a FROM y WHERE id = $1"));
        assert!(!found[0].is("INSERT SELECT a FROM x WHERE id = $1"));
    }

    #[test]
    fn numbers_of_values_have_no_gaps() {
        assert_eq!(values("SELECT $2, $1, $2"), 2);
        assert_eq!(values("SELECT ?, ?"), 2);
        assert!(std::panic::catch_unwind(|| values("SELECT $1, $3")).is_err());
        assert!(std::panic::catch_unwind(|| values("SELECT $1, ?")).is_err());
        assert_eq!(not_common("SELECT now()"), Some("NOW()"));
        assert_eq!(not_common("SELECT 1"), None);
    }
}
