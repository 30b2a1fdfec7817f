//! Element names made from keys (DM-3).

use std::fmt::Write as _;

/// Element name for `key`: `_` is doubled, `$` becomes `_-`, and what no XML name may hold becomes
/// `_.` and four hexadecimal digits for each UTF-16 unit.
#[must_use]
pub fn escape_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 8);
    for (index, character) in key.chars().enumerate() {
        match character {
            '_' => name.push_str("__"),
            '$' => name.push_str("_-"),
            allowed if is_name(allowed, index == 0) => name.push(allowed),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(name, "_.{unit:04x}");
                }
            }
        }
    }
    name
}

/// Key that `name` was made from; a lone `_` stays.
#[must_use]
pub fn unescape_name(name: &str) -> String {
    let mut units = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('_') {
        let (plain, tail) = rest.split_at(at);
        units.extend(plain.encode_utf16());
        let tail = tail.get(1..).unwrap_or_default();
        rest = if let Some(after) = tail.strip_prefix('_') {
            units.push(u16::from(b'_'));
            after
        } else if let Some(after) = tail.strip_prefix('-') {
            units.push(u16::from(b'$'));
            after
        } else if let Some((unit, after)) = hex_unit(tail) {
            units.push(unit);
            after
        } else {
            units.push(u16::from(b'_'));
            tail
        };
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

fn hex_unit(tail: &str) -> Option<(u16, &str)> {
    let digits = tail.strip_prefix('.')?;
    let (hex, after) = digits.split_at_checked(4)?;
    Some((u16::from_str_radix(hex, 16).ok()?, after))
}

fn is_name(character: char, first: bool) -> bool {
    let start = matches!(character,
        ':' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}');
    let later = matches!(character,
        '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}');
    start || (!first && later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_no_name_may_hold_and_back() {
        for (key, name) in [
            ("management.port", "management.port"),
            ("a b", "a_.0020b"),
            ("1x", "_.0031x"),
            ("c_d", "c__d"),
            ("a$b", "a_-b"),
            ("이름", "이름"),
            ("🚀", "_.d83d_.de80"),
        ] {
            assert_eq!(escape_name(key), name);
            assert_eq!(unescape_name(name), key);
        }
        assert_eq!(unescape_name("a_b_"), "a_b_");
        assert_eq!(unescape_name("a_.00"), "a_.00");
    }
}
