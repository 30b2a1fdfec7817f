//! Numbers and booleans as Jackson's lenient getters read them (DC-5, DC-10).

use serde_json::value::RawValue;

/// A value that is not a text, number, boolean or null.
pub(super) const NOT_SCALAR: &str = "expected a single value, not a list or an object";

/// What kind of value a raw JSON token is.
pub(super) enum Token<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(String),
    Object,
    Array,
}

/// Reads the token. Raw values are valid JSON, so the first character decides.
pub(super) fn token(raw: &RawValue) -> Token<'_> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'n') | None => Token::Null,
        Some(b't') => Token::Bool(true),
        Some(b'f') => Token::Bool(false),
        Some(b'{') => Token::Object,
        Some(b'[') => Token::Array,
        // A text the parser cannot unescape (a lone surrogate) is read as Java would print it.
        Some(b'"') => Token::Text(serde_json::from_str(text).unwrap_or_else(|_| "?".to_owned())),
        Some(_) => Token::Number(text),
    }
}

/// Text of a scalar; `None` for null.
pub(super) fn as_text(raw: &RawValue) -> Result<Option<String>, &'static str> {
    match token(raw) {
        Token::Null => Ok(None),
        Token::Bool(value) => Ok(Some(value.to_string())),
        Token::Number(text) => Ok(Some(text.to_owned())),
        Token::Text(text) => Ok(Some(text)),
        Token::Object | Token::Array => Err(NOT_SCALAR),
    }
}

/// 64-bit number; texts that hold none are 0, numbers that do not fit are refused.
pub(super) fn as_long(raw: &RawValue) -> Result<i64, &'static str> {
    match token(raw) {
        Token::Null => Ok(0),
        Token::Bool(value) => Ok(value.into()),
        Token::Number(text) => number(text, -9.223_372_036_854_776e18, 9.223_372_036_854_776e18),
        Token::Text(text) => Ok(lenient(&text)),
        Token::Object | Token::Array => Err(NOT_SCALAR),
    }
}

/// 32-bit number; texts that hold none are 0, numbers that do not fit are refused.
pub(super) fn as_int(raw: &RawValue) -> Result<i32, &'static str> {
    const TOO_LARGE: &str = "number is out of range";
    if let Token::Text(text) = token(raw) {
        return Ok(i32::try_from(lenient(&text)).unwrap_or_default());
    }
    i32::try_from(as_long(raw)?).map_err(|_| TOO_LARGE)
}

/// Boolean; texts other than `true` are false, numbers other than 0 true.
pub(super) fn as_bool(raw: &RawValue) -> Result<bool, &'static str> {
    match token(raw) {
        Token::Null => Ok(false),
        Token::Bool(value) => Ok(value),
        Token::Number(text) => Ok(text.parse::<f64>().is_ok_and(|value| value != 0.0)),
        Token::Text(text) => Ok(text.trim() == "true"),
        Token::Object | Token::Array => Err(NOT_SCALAR),
    }
}

/// 32-bit number where a bean property is an `int`: a text must hold a number (DM-10).
pub(super) fn as_strict_int(raw: &RawValue) -> Result<i32, &'static str> {
    if let Token::Text(text) = token(raw) {
        let text = text.trim();
        if text.is_empty() {
            return Ok(0);
        }
        return text.parse().map_err(|_| "expected a whole number");
    }
    if let Token::Bool(_) = token(raw) {
        return Err("expected a whole number");
    }
    as_int(raw)
}

fn number(text: &str, min: f64, max: f64) -> Result<i64, &'static str> {
    if let Ok(value) = text.parse::<i64>() {
        return Ok(value);
    }
    match text.parse::<f64>() {
        Ok(value) if value >= min && value <= max => Ok(truncate(value)),
        _ => Err("number is out of range"),
    }
}

/// A number at the start of a text; 0 where there is none.
fn lenient(text: &str) -> i64 {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Ok(value) = text.parse::<i64>() {
        return value;
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    match text.parse::<f64>() {
        Ok(value) if numeric => truncate(value),
        _ => 0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "dropping the fraction is the point")]
fn truncate(value: f64) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_come_as_numbers_or_texts() {
        assert_eq!(as_int(&raw("91")), Ok(91));
        assert_eq!(as_int(&raw("\"91\"")), Ok(91));
        assert_eq!(as_int(&raw("\"abc\"")), Ok(0));
        assert_eq!(as_int(&raw("-1")), Ok(-1));
        assert_eq!(as_int(&raw("80.9")), Ok(80));
        assert!(as_int(&raw("99999999999")).is_err());
        assert_eq!(as_long(&raw("\"1700000000001\"")), Ok(1_700_000_000_001));
        assert!(as_long(&raw("1e400")).is_err());
        assert!(as_long(&raw("[1]")).is_err());
    }

    #[test]
    fn booleans_come_as_booleans_or_texts() {
        assert_eq!(as_bool(&raw("true")), Ok(true));
        assert_eq!(as_bool(&raw("\"true\"")), Ok(true));
        assert_eq!(as_bool(&raw("\"yes\"")), Ok(false));
        assert_eq!(as_bool(&raw("1")), Ok(true));
    }

    #[test]
    fn a_bean_number_must_be_one() {
        assert_eq!(as_strict_int(&raw("\"77\"")), Ok(77));
        assert!(as_strict_int(&raw("\"x\"")).is_err());
        assert_eq!(as_text(&raw("5.10")), Ok(Some("5.10".to_owned())));
    }
}
