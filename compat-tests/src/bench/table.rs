//! The table of results.

use std::fmt::Write as _;

use super::race::Spread;

/// One line of the table; empty cells are shown as a dash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What was measured.
    pub line: String,
    /// Ours.
    pub ours: String,
    /// The reference server.
    pub reference: String,
    /// The limit: what the same machine needs for the bytes alone.
    pub limit: String,
    /// Ours over the limit.
    pub to_limit: String,
    /// The reference over ours.
    pub to_reference: String,
    /// The figure to meet.
    pub target: String,
    /// Whether it is met; `None` without a target.
    pub met: Option<bool>,
}

/// The rows as a Markdown table.
#[must_use]
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "| what | ours | reference | limit | ours ÷ limit | reference ÷ ours | target | met |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let cells = [
            row.line.as_str(),
            &row.ours,
            &row.reference,
            &row.limit,
            &row.to_limit,
            &row.to_reference,
            &row.target,
            verdict(row.met),
        ];
        write_row(&mut text, &cells);
    }
    text
}

/// Whether a target is met, as the tables say it.
pub(in crate::bench) const fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "yes",
        Some(false) => "**no**",
        None => "",
    }
}

/// Adds a row of a Markdown table to `text`.
pub(in crate::bench) fn write_row(text: &mut String, cells: &[&str]) {
    for cell in cells {
        let cell = if cell.is_empty() { "–" } else { cell };
        // Writing to a string does not fail.
        let _infallible = write!(text, "| {cell} ");
    }
    text.push_str("|\n");
}

/// A number with a comma between its thousands.
#[must_use]
pub fn thousands(number: usize) -> String {
    match (number / 1_000, number % 1_000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{},{rest:03}", self::thousands(thousands)),
    }
}

/// A median of microseconds.
#[must_use]
pub fn micros(spread: Spread) -> String {
    let digits = if spread.median < 100.0 { 1 } else { 0 };
    format!("{:.digits$} µs", spread.median)
}

/// A median of milliseconds with its spread.
#[must_use]
pub fn millis(spread: Spread) -> String {
    let digits = usize::from(spread.median < 100.0);
    let Spread { min, median, max } = spread;
    format!("{median:.digits$} ms ({min:.digits$}–{max:.digits$})")
}

/// A median ratio with its spread.
#[must_use]
pub fn ratio(spread: Spread) -> String {
    format!("{:.2} ({:.2}–{:.2})", spread.median, spread.min, spread.max)
}

/// A size in the unit that suits it, 1 KB being 1000 bytes.
#[must_use]
pub fn size(bytes: f64) -> String {
    if bytes < 1e3 {
        format!("{bytes:.0} B")
    } else if bytes < 1e6 {
        format!("{:.1} KB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}

/// Microseconds with the bytes of the answer.
#[must_use]
pub fn micros_and_size(spread: Spread, bytes: Spread) -> String {
    format!("{}, {}", micros(spread), size(bytes.median))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_are_dashes() {
        let row = Row { line: "renewal".into(), met: Some(false), ..Row::default() };

        let table = markdown(&[row]);

        assert!(table.ends_with("\n| renewal | – | – | – | – | – | – | **no** |\n"), "{table}");
    }

    #[test]
    fn figures_are_short() {
        let spread = Spread { min: 1.0, median: 1.234, max: 20.0 };

        assert_eq!(micros(spread), "1.2 µs");
        assert_eq!(ratio(spread), "1.23 (1.00–20.00)");
        assert_eq!([999, 10_000].map(thousands), ["999", "10,000"]);
        assert_eq!([size(200.0), size(37_400.0), size(2e6)], ["200 B", "37.4 KB", "2.0 MB"]);
    }
}
