//! Java's regular expressions and replacements on a linear-time engine.
//!
//! The syntax that routes use is common to both; what differs is rewritten, and what the engine
//! cannot do without backtracking is refused with a hint (DS-11). Possessive quantifiers and atomic
//! groups become plain ones: they only save a backtracking engine time.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Captures, Regex, RegexBuilder};

/// Bytes that one compiled expression may take.
const COMPILED_BYTES_MAX: usize = 1 << 20;
/// Bytes an expression may have.
const PATTERN_BYTES_MAX: usize = 4 << 10;

/// Compiles an expression that may match anywhere.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    build_translated(&translate(pattern)?, pattern)
}

/// Compiles an expression that has to match the whole text, as `String.matches` does.
pub(crate) fn compile_whole(pattern: &str) -> Result<Regex, String> {
    build_translated(&format!(r"\A(?:{})\z", translate(pattern)?), pattern)
}

/// An expression of Java that has to match a whole text, as `String.matches` has it.
#[derive(Clone, Debug)]
pub struct WholeText(Regex);

impl WholeText {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        compile_whole(pattern).map(Self)
    }

    /// Whether it matches `text`.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// Compiles what is in the engine's syntax already; `pattern` is what the writer knows.
pub(crate) fn build_translated(translated: &str, pattern: &str) -> Result<Regex, String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!("a regular expression of more than {PATTERN_BYTES_MAX} bytes"));
    }
    RegexBuilder::new(translated)
        .size_limit(COMPILED_BYTES_MAX)
        .dfa_size_limit(COMPILED_BYTES_MAX)
        .build()
        .map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim();
            format!("{pattern:?} is not a regular expression: {reason}")
        })
}

/// The expression in the engine's syntax.
pub(crate) fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut depth_in_class = 0_usize;
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, depth_in_class > 0, &mut out)?,
            '[' => {
                depth_in_class += 1;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
            }
            ']' if depth_in_class > 0 => {
                depth_in_class -= 1;
                out.push(']');
            }
            // Set operators of the engine that are plain characters in Java.
            '-' | '~' if depth_in_class > 0 && chars.peek() == Some(&c) => {
                out.push('\\');
                out.push(c);
            }
            '(' if depth_in_class == 0 => group(&mut chars, &mut out)?,
            '*' | '+' | '?' | '}' if depth_in_class == 0 => {
                out.push(c);
                // A second `+` makes the quantifier possessive.
                chars.next_if(|next| *next == '+' && (c != '}' || out.contains('{')));
            }
            _ => out.push(c),
        }
    }
    Ok(out)
}

fn group(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('(');
    if chars.next_if_eq(&'?').is_none() {
        return Ok(());
    }
    out.push('?');
    match chars.peek() {
        Some('=' | '!') => Err(LOOK_AROUND.to_owned()),
        Some('>') => {
            chars.next();
            out.push(':');
            Ok(())
        }
        Some('<') => {
            chars.next();
            if matches!(chars.peek(), Some('=' | '!')) {
                return Err(LOOK_AROUND.to_owned());
            }
            out.push('<');
            Ok(())
        }
        _ => Ok(()),
    }
}

const LOOK_AROUND: &str = "look-ahead and look-behind are not supported: match the text around as \
                           well and keep it with a group";

fn escape(chars: &mut Peekable<Chars<'_>>, in_class: bool, out: &mut String) -> Result<(), String> {
    let Some(c) = chars.next() else { return Err("it ends in a backslash".to_owned()) };
    // Java's classes are ASCII.
    let class = match c {
        'd' => "0-9",
        'w' => "a-zA-Z0-9_",
        's' => r" \t\n\x0B\x0C\r",
        'h' => r" \t\xA0",
        'D' => "^0-9",
        'W' => "^a-zA-Z0-9_",
        'S' => r"^ \t\n\x0B\x0C\r",
        _ => "",
    };
    if !class.is_empty() {
        if in_class && !class.starts_with('^') {
            out.push_str(class);
        } else {
            out.push('[');
            out.push_str(class);
            out.push(']');
        }
        return Ok(());
    }
    match c {
        'Q' => {
            let mut quoted = String::new();
            while let Some(next) = chars.next() {
                if next == '\\' && chars.next_if_eq(&'E').is_some() {
                    break;
                }
                quoted.push(next);
            }
            out.push_str(&regex::escape(&quoted));
        }
        'E' => {}
        'Z' => out.push_str(r"\z"),
        'e' => out.push_str(r"\x1B"),
        'p' | 'P' => property(chars, c, out),
        'k' => return Err("back-references are not supported".to_owned()),
        '1'..='9' => return Err("back-references are not supported".to_owned()),
        'A' | 'z' | 'b' | 'B' | 't' | 'n' | 'r' | 'f' | 'a' | 'x' | 'u' => out.extend(['\\', c]),
        other if other.is_alphanumeric() => {
            return Err(format!("\\{other} is not supported in a regular expression"));
        }
        other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
    }
    Ok(())
}

/// `\p{Alpha}` and its like are ASCII classes in Java; all others have the same names.
fn property(chars: &mut Peekable<Chars<'_>>, letter: char, out: &mut String) {
    let mut name = String::new();
    if chars.next_if_eq(&'{').is_some() {
        name.extend(chars.by_ref().take_while(|c| *c != '}'));
    } else {
        name.extend(chars.next());
    }
    let ascii = ["Lower", "Upper", "Alpha", "Digit", "Alnum", "Punct", "Graph", "Print", "Blank"];
    let ascii = ascii.iter().chain(&["Cntrl", "XDigit", "Space"]).any(|known| *known == name);
    let not = if letter == 'P' { "^" } else { "" };
    if ascii {
        out.push_str(&format!("[[:{not}{}:]]", name.to_ascii_lowercase()));
    } else {
        let name = name.strip_prefix("Is").unwrap_or(&name);
        out.push_str(&format!(r"\{letter}{{{name}}}"));
    }
}

/// What takes the place of a match: text and groups.
#[derive(Clone, Debug)]
pub(crate) struct Replacement(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads `$1`, `${name}` and `\` escapes; every group has to exist in the expression.
    pub(crate) fn parse(text: &str, regex: &Regex) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some(literal) => plain.push(literal),
                    None => return Err("the replacement ends in a backslash".to_owned()),
                },
                '$' => {
                    let group = group_index(&mut chars, regex)?;
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    pieces.push(Piece::Group(group));
                }
                _ => plain.push(c),
            }
        }
        pieces.push(Piece::Text(plain));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Ok(Self(pieces))
    }

    fn expand(&self, captures: &Captures<'_>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(index) => {
                    out.push_str(captures.get(*index).map_or("", |group| group.as_str()));
                }
            }
        }
    }
}

fn group_index(chars: &mut Peekable<Chars<'_>>, regex: &Regex) -> Result<usize, String> {
    if chars.next_if_eq(&'{').is_some() {
        let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
        let found = regex.capture_names().position(|known| known == Some(&name));
        return found.ok_or_else(|| format!("the expression has no group named {name}"));
    }
    let mut index = match chars.next().and_then(|c| c.to_digit(10)) {
        Some(digit) => digit as usize,
        None => {
            return Err("`$` has to be followed by a group; write `\\$` for the sign".to_owned());
        }
    };
    if index >= regex.captures_len() {
        return Err(format!("the expression has no group {index}"));
    }
    // Java takes further digits as long as there is such a group.
    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
        let longer = index * 10 + digit as usize;
        if longer >= regex.captures_len() {
            break;
        }
        index = longer;
        chars.next();
    }
    Ok(index)
}

/// Replaces every match as Java does, an empty one right after another match included.
///
/// `None` if there is no match.
pub(crate) fn replace_all(regex: &Regex, with: &Replacement, text: &str) -> Option<String> {
    let mut found = regex.captures_at(text, 0)?;
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    while let Some(whole) = found.get(0) {
        out.push_str(text.get(copied..whole.start()).unwrap_or_default());
        with.expand(&found, &mut out);
        copied = whole.end();
        let mut next = whole.end();
        if whole.is_empty() {
            next += text.get(next..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        }
        if next > text.len() {
            break;
        }
        match regex.captures_at(text, next) {
            Some(captures) => found = captures,
            None => break,
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(pattern: &str, replacement: &str, text: &str) -> String {
        let regex = compile(pattern).unwrap();
        let with = Replacement::parse(replacement, &regex).unwrap();
        replace_all(&regex, &with, text).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn groups_are_replaced_by_name_and_number() {
        assert_eq!(replaced("/red/?(?<segment>.*)", "/${segment}", "/red/blue"), "/blue");
        assert_eq!(replaced("/(a)(b)", "/$2$1", "/ab/ab"), "/ba/ba");
        assert_eq!(replaced("(a)", "$10", "a"), "a0");
        assert_eq!(replaced("a", r"\$1", "a"), "$1");
    }

    #[test]
    fn an_empty_match_after_a_match_counts_as_in_java() {
        assert_eq!(replaced(".*", "x", "abc"), "xx");
        assert_eq!(replaced("b*", "-", "abc"), "-a--c-");
        assert_eq!(replaced("", "-", "ä"), "-ä-");
    }

    #[test]
    fn what_differs_between_the_engines_is_rewritten() {
        let whole = |pattern: &str, text: &str| compile_whole(pattern).unwrap().is_match(text);
        assert!(whole(r"\d+", "12"));
        assert!(!whole(r"\d+", "١٢"), "digits are ASCII in Java");
        assert!(whole(r"[\d.]++", "1.2"));
        assert!(whole(r"\Qa.b\E+", "a.bb"));
        assert!(!whole(r"\Qa.b\E", "axb"));
        assert!(whole(r"(?>a|b)c\-\/", "ac-/"));
        assert!(whole(r"\p{Alpha}\p{L}", "aé"));
        assert!(whole(r"a{2}+b", "aab"));
        assert!(!whole("ab", "abc"));
    }

    #[test]
    fn what_needs_backtracking_is_refused_with_a_hint() {
        for pattern in ["(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b"] {
            assert!(compile(pattern).unwrap_err().contains("look-ahead"), "{pattern}");
        }
        assert!(compile(r"(a)\1").unwrap_err().contains("back-references"));
        assert!(compile("a\\").is_err());
        assert!(compile("(").unwrap_err().contains("not a regular expression"));
        assert!(compile("(a{1000}){1000}").is_err());
        let regex = compile("a").unwrap();
        assert!(Replacement::parse("$1", &regex).unwrap_err().contains("no group 1"));
        assert!(Replacement::parse("${x}", &regex).unwrap_err().contains("named x"));
    }
}
