//! `.properties` files: `key=value` lines with the line of each, in several documents.
//!
//! Source: `java.util.Properties#load` (escapes, continuation lines), Spring Boot reference
//! "Working With Multi-Document Files" (`#---`). Files are read as UTF-8.

use std::collections::BTreeMap;

use super::error::ConfigError;
use super::files::VALUES_MAX;
use super::origin::{Origin, Property};

/// Reads every document of a file. A key given twice in one document keeps its last value.
///
/// # Errors
/// A `\u` escape that is not four hexadecimal digits, or too many values.
pub(super) fn read(path: &str, text: &str) -> Result<Vec<Vec<Property>>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut documents = vec![Vec::new()];
    let mut places = BTreeMap::new();
    let mut values: usize = 0;
    let mut lines = text.lines().enumerate();
    while let Some((index, first)) = lines.next() {
        let line = index.saturating_add(1);
        let start = first.trim_start();
        if start.trim_end() == "#---" || start.trim_end() == "!---" {
            documents.push(Vec::new());
            places.clear();
            continue;
        }
        if start.is_empty() || start.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = start.to_owned();
        while ends_in_continuation(&logical) {
            logical.pop();
            match lines.next() {
                Some((_, next)) => logical.push_str(next.trim_start()),
                None => break,
            }
        }
        let origin = Origin::File { path: path.to_owned(), line };
        let (name, value) = split(&logical);
        let unescape = |text| unescape(text).map_err(|problem| ConfigError::at(&origin, problem));
        let name = unescape(name)?;
        let value = unescape(value)?;
        values = values.saturating_add(1);
        if values > VALUES_MAX {
            return Err(ConfigError::at(&origin, format!("more than {VALUES_MAX} values")));
        }
        let Some(document) = documents.last_mut() else { continue };
        let property = Property { name: name.clone(), value, origin };
        let end = document.len();
        match document.get_mut(*places.entry(name).or_insert(end)) {
            Some(earlier) => *earlier = property,
            None => document.push(property),
        }
    }
    Ok(documents)
}

/// An odd number of backslashes at the end: an even one is escaped backslashes.
fn ends_in_continuation(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// Splits at the first unescaped `=`, `:` or blank; blanks around the separator are dropped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if matches!(c, '=' | ':' | ' ' | '\t') {
            let (name, rest) = line.split_at(at);
            let rest = rest.trim_start();
            let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (name, rest.trim_start());
        }
    }
    (line, "")
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    // Escapes above U+FFFF come as two halves, so characters are joined at the end of a run.
    let mut halves: Vec<u16> = Vec::new();
    while let Some(c) = chars.next() {
        let escape = if c == '\\' { chars.next() } else { None };
        if escape == Some('u') {
            let digits: String = chars.by_ref().take(4).collect();
            let code = u16::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
            halves.push(code.ok_or_else(|| format!("\\u{digits} is not a character"))?);
            continue;
        }
        flush(&mut halves, &mut out);
        match (c, escape) {
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('r')) => out.push('\r'),
            ('\\', Some('f')) => out.push('\u{c}'),
            ('\\', Some(other)) => out.push(other),
            ('\\', None) => {}
            (plain, _) => out.push(plain),
        }
    }
    flush(&mut halves, &mut out);
    Ok(out)
}

fn flush(halves: &mut Vec<u16>, out: &mut String) {
    out.push_str(&String::from_utf16_lossy(halves));
    halves.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<Vec<(String, String)>> {
        read("f.properties", text)
            .unwrap()
            .into_iter()
            .map(|document| document.into_iter().map(|p| (p.name, p.value)).collect())
            .collect()
    }

    fn row(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn separators_comments_and_blanks() {
        let text = "# c\n! c\n\na=1\nb : 2\n c 3\nd=\ne\nf==x:y \n";

        assert_eq!(
            pairs(text),
            [[
                row("a", "1"),
                row("b", "2"),
                row("c", "3"),
                row("d", ""),
                row("e", ""),
                row("f", "=x:y "),
            ]]
        );
    }

    #[test]
    fn escapes_and_continuation_lines() {
        let text = "a\\:b=x\\\n   y\\\\\nu=\\u00e9\\ud83d\\ude00\\t.\n";

        assert_eq!(pairs(text), [[row("a:b", "xy\\"), row("u", "é😀\t.")]]);
    }

    #[test]
    fn documents_are_separated_and_the_last_of_two_wins() {
        assert_eq!(pairs("a=1\na=2\n#---\na=3\n"), [vec![row("a", "2")], vec![row("a", "3")]]);
    }

    #[test]
    fn lines_are_counted_from_the_first_of_a_continued_one() {
        let document = read("f.properties", "\na=1\\\n 2\nb=3\n").unwrap().remove(0);

        let places: Vec<String> = document.iter().map(|p| p.origin.to_string()).collect();
        assert_eq!(places, ["f.properties:2", "f.properties:4"]);
    }

    #[test]
    fn a_broken_escape_names_its_line() {
        let refusal = read("f.properties", "a=1\nb=\\u12\n").unwrap_err().to_string();

        assert_eq!(refusal, "f.properties:2: \\u12 is not a character");
    }

    #[test]
    fn too_many_values_are_refused() {
        let line = |index: usize| format!("k{index}=v\n");
        let fits: String = (0..VALUES_MAX).map(line).collect();

        assert_eq!(pairs(&fits).concat().len(), VALUES_MAX);
        let refusal = read("f.properties", &(fits + "one=more\n")).unwrap_err().to_string();
        let line = VALUES_MAX + 1;
        assert_eq!(refusal, format!("f.properties:{line}: more than {VALUES_MAX} values"));
    }
}
