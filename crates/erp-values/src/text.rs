//! Texts that people write (G-9).

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// Characters of a name.
pub const NAME_CHARS_MAX: usize = 200;
/// Characters of a short line.
pub const LINE_CHARS_MAX: usize = 200;
/// Characters of a note.
pub const NOTE_CHARS_MAX: usize = 4_000;

/// Why a text cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// More characters than allowed.
    TooLong,
    /// A control character.
    Control,
}

/// A text of one line: composed, without blanks around it; `None` if nothing is left.
///
/// # Errors
/// See [`TextError`].
pub fn line(text: &str, chars_max: usize) -> Result<Option<String>, TextError> {
    checked(text, chars_max, |_| false)
}

/// The same with line breaks and tabs allowed.
///
/// # Errors
/// See [`TextError`].
pub fn note(text: &str, chars_max: usize) -> Result<Option<String>, TextError> {
    checked(text, chars_max, |c| matches!(c, '\n' | '\r' | '\t'))
}

fn checked(
    text: &str,
    chars_max: usize,
    allowed: impl Fn(char) -> bool,
) -> Result<Option<String>, TextError> {
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(TextError::Control);
    }
    let text = text.trim();
    let composed = if is_nfc(text) { text.to_owned() } else { text.nfc().collect() };
    if composed.chars().count() > chars_max {
        return Err(TextError::TooLong);
    }
    Ok((!composed.is_empty()).then_some(composed))
}

/// What a text is found by: compatibility characters replaced, lower case, blanks as one.
#[must_use]
pub fn search_key(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_composed_and_trimmed() {
        assert_eq!(line(" 볼트 ", 10), Ok(Some("볼트".to_owned())));
        assert_eq!(line("   ", 10), Ok(None));
        assert_eq!(line("a\u{0}b", 10), Err(TextError::Control));
        assert_eq!(line("a\nb", 10), Err(TextError::Control));
        assert_eq!(note("a\nb", 10), Ok(Some("a\nb".to_owned())));
        assert_eq!(line("12345", 5).map(|text| text.map(|text| text.len())), Ok(Some(5)));
        assert_eq!(line("123456", 5), Err(TextError::TooLong));
    }

    #[test]
    fn what_looks_alike_is_found_alike() {
        assert_eq!(search_key("  Ｍ８  볼트 "), "m8 볼트");
        assert_eq!(search_key("STAINLESS"), search_key("ｓtainless"));
    }
}
