//! Cells of a CSV file as members of a JSON object.

use serde_json::{Map, Value};

use super::csv::CsvRow;
use super::problem::{FieldError, Problem};

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Texts; guarded against being taken for formulas.
    Text,
    /// Whole numbers.
    Number,
    /// `true` or `false`, in any case.
    Flag,
    /// JSON.
    Json,
}

/// A column that a file may have.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// What its cells are.
    pub kind: CellKind,
}

/// The columns that a header names.
///
/// # Errors
/// 422 for a name that is not known.
pub fn columns(
    known: &'static [Column],
    header: &[String],
) -> Result<Vec<&'static Column>, Problem> {
    let find = |name: &String| {
        known.iter().find(|column| column.name == name).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|column| column.name).collect();
            let message = format!("there is no such column; columns are {}", names.join(", "));
            let name: String = name.chars().take(100).collect();
            Problem::invalid(vec![FieldError::new(name, "UNKNOWN_COLUMN", message).in_line(1)])
        })
    };
    header.iter().map(find).collect()
}

/// The cells of `row` by name; an empty one is `null`.
///
/// # Errors
/// All cells that cannot be read.
pub fn members(columns: &[&Column], row: &CsvRow) -> Result<Map<String, Value>, Vec<FieldError>> {
    let mut members = Map::new();
    let mut errors = Vec::new();
    for (column, cell) in columns.iter().zip(&row.values) {
        match value(column.kind, cell) {
            Ok(value) => {
                members.insert(column.name.to_owned(), value);
            }
            Err((code, message)) => errors.push(FieldError::new(column.name, code, message)),
        }
    }
    if errors.is_empty() { Ok(members) } else { Err(errors) }
}

fn value(kind: CellKind, cell: &str) -> Result<Value, (&'static str, &'static str)> {
    let trimmed = cell.trim();
    if trimmed.is_empty() {
        return Ok(Value::Null);
    }
    // What the decoder puts where bytes are none of the encoding.
    if cell.contains(char::REPLACEMENT_CHARACTER) {
        return Err(("ENCODING", "has bytes that are not of the encoding of the file"));
    }
    let wrong = |message| ("INVALID_TYPE", message);
    match kind {
        CellKind::Text => Ok(cell.into()),
        CellKind::Number => {
            trimmed.parse::<i64>().map(Value::from).map_err(|_| wrong("must be a whole number"))
        }
        CellKind::Flag if trimmed.eq_ignore_ascii_case("true") => Ok(true.into()),
        CellKind::Flag if trimmed.eq_ignore_ascii_case("false") => Ok(false.into()),
        CellKind::Flag => Err(wrong("must be true or false")),
        CellKind::Json => super::parse(cell.as_bytes()).map_err(|_| wrong("must be JSON")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static KNOWN: [Column; 4] = [
        Column { name: "name", kind: CellKind::Text },
        Column { name: "days", kind: CellKind::Number },
        Column { name: "tracked", kind: CellKind::Flag },
        Column { name: "more", kind: CellKind::Json },
    ];

    fn read(cells: [&str; 4]) -> Result<Value, Vec<(String, &'static str)>> {
        let header = KNOWN.map(|column| column.name.to_owned());
        let row = CsvRow { line: 2, values: cells.map(str::to_owned).to_vec() };
        let read = members(&columns(&KNOWN, &header).unwrap(), &row).map(Value::Object);
        read.map_err(|all| all.into_iter().map(|one| (one.field, one.code)).collect())
    }

    #[test]
    fn cells_are_what_their_column_says() {
        let read_all = read(["볼트", " 5 ", "TRUE", "{\"a\":1}"]).unwrap();
        let expected = serde_json::json!({
            "name": "볼트", "days": 5, "tracked": true, "more": {"a": 1}
        });
        assert_eq!(read_all, expected);
        let nothing = serde_json::json!({
            "name": null, "days": null, "tracked": null, "more": null
        });
        assert_eq!(read([" ", "", "", ""]).unwrap(), nothing);
    }

    #[test]
    fn every_wrong_cell_is_told() {
        let told = read(["\u{fffd}", "1.5", "yes", "{"]).unwrap_err();
        let expected = [
            ("name", "ENCODING"),
            ("days", "INVALID_TYPE"),
            ("tracked", "INVALID_TYPE"),
            ("more", "INVALID_TYPE"),
        ];
        assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code)));
        let problem = columns(&KNOWN, &["nmae".to_owned()]).unwrap_err();
        assert_eq!((problem.code(), problem.errors()[0].line), ("UNKNOWN_COLUMN", Some(1)));
    }
}
