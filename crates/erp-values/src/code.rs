//! Human codes: article numbers, partner codes, document numbers (G-2).

use unicode_normalization::UnicodeNormalization as _;

/// Why a text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// Nothing is left after trimming.
    Empty,
    /// More characters than allowed.
    TooLong,
    /// A character that codes do not have; the first must be a letter or digit.
    Character,
}

/// A code as it is stored: without blanks around it, compatibility characters replaced, upper case.
///
/// `extra` are the characters allowed besides A to Z and 0 to 9, from the second on.
///
/// # Errors
/// See [`CodeError`].
pub fn normalized(text: &str, extra: &str, chars_max: usize) -> Result<String, CodeError> {
    // Compatibility forms are at most 18 times as long; there is no need to look at all of a novel.
    let long = text.chars().nth(chars_max.saturating_mul(4).saturating_add(64)).is_some();
    if long {
        return Err(CodeError::TooLong);
    }
    let folded: String = text.nfkc().collect();
    let code: String = folded.trim().chars().flat_map(char::to_uppercase).collect();
    if code.is_empty() {
        return Err(CodeError::Empty);
    }
    if code.chars().count() > chars_max {
        return Err(CodeError::TooLong);
    }
    let plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let allowed = code.chars().enumerate().all(|(at, c)| plain(c) || (at > 0 && extra.contains(c)));
    if allowed { Ok(code) } else { Err(CodeError::Character) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_code_are_the_same() {
        for text in ["ABC-1", " abc-1 ", "ＡＢＣ－１", "abc\u{2010}1"] {
            let code = normalized(text, "._-", 40);
            let expected = if text.contains('\u{2010}') {
                Err(CodeError::Character)
            } else {
                Ok("ABC-1".to_owned())
            };
            assert_eq!(code, expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        assert_eq!(normalized("  ", "-", 4), Err(CodeError::Empty));
        assert_eq!(normalized("ABCDE", "-", 4), Err(CodeError::TooLong));
        assert_eq!(normalized("-AB", "-", 4), Err(CodeError::Character));
        assert_eq!(normalized("볼트", "-", 4), Err(CodeError::Character));
        assert_eq!(normalized(&"A".repeat(100_000), "-", 4), Err(CodeError::TooLong));
    }
}
