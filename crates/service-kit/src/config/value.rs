//! Typed values: what a text means for a kind of key, and how a program takes it out.

use std::time::Duration;

use super::duration;
use super::key::Kind;
use super::name::canonical;

/// A value that parsed.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A switch.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(f64),
    /// A time span.
    Duration(Duration),
    /// A size in bytes.
    Bytes(u64),
    /// A text, host, path or word.
    Text(String),
    /// A list of texts or URLs.
    List(Vec<String>),
}

impl Value {
    /// The value as one line of text, for maps and for showing what is in effect.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Decimal(value) => value.to_string(),
            Self::Duration(value) => format!("{}ms", value.as_millis()),
            Self::Bytes(value) => format!("{value}B"),
            Self::Text(value) => value.clone(),
            Self::List(values) => values.join(","),
        }
    }
}

/// Parses `text` as `kind`. The error completes the sentence "`text` is not ...".
pub(super) fn parse(kind: Kind, text: &str) -> Result<Value, String> {
    // A text is taken as it is: a password may end in a blank.
    let text = if matches!(kind, Kind::Text | Kind::AnyText) { text } else { text.trim() };
    match kind {
        Kind::Bool => parse_bool(text).map(Value::Bool),
        Kind::Integer { min, max } => parse_integer(text)
            .filter(|value| (min..=max).contains(value))
            .map(Value::Integer)
            .ok_or_else(|| range("a whole number", &min, &max, max == i64::MAX)),
        Kind::Decimal { min, max } => text
            .parse::<f64>()
            .ok()
            .filter(|value| (min..=max).contains(value))
            .map(Value::Decimal)
            .ok_or_else(|| range("a number", &min, &max, max == f64::MAX)),
        Kind::Duration { unit, min } => match duration::parse(text, unit) {
            Some(value) if value >= min => Ok(Value::Duration(value)),
            Some(_) => Err(format!("a time of at least {} ms", min.as_millis())),
            None => Err("a time such as 500ms, 10s, 5m or PT10S".to_owned()),
        },
        Kind::Bytes => parse_bytes(text)
            .map(Value::Bytes)
            .ok_or_else(|| "a size such as 512KB or 2MB".to_owned()),
        Kind::Text | Kind::AnyText | Kind::Tree => Ok(Value::Text(text.to_owned())),
        Kind::Choice(words) => words
            .iter()
            .find(|word| canonical(word) == canonical(text))
            .map(|word| Value::Text((*word).to_owned()))
            .ok_or_else(|| format!("one of {}", words.join(", "))),
        Kind::List => Ok(Value::List(split(text))),
        Kind::Urls => {
            let urls = split(text);
            if urls.iter().all(|url| is_http_url(url)) {
                Ok(Value::List(urls))
            } else {
                Err("a list of http:// or https:// URLs".to_owned())
            }
        }
        Kind::Path => parse_path(text).map(Value::Text),
        Kind::Host => {
            if is_host(text) {
                Ok(Value::Text(text.to_owned()))
            } else {
                Err("a host name or an IP address".to_owned())
            }
        }
    }
}

fn range(
    what: &str,
    min: &dyn std::fmt::Display,
    max: &dyn std::fmt::Display,
    open: bool,
) -> String {
    if open { format!("{what} of at least {min}") } else { format!("{what} from {min} to {max}") }
}

fn parse_bool(text: &str) -> Result<bool, String> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "on", "yes", "1"]) {
        Ok(true)
    } else if is(&["false", "off", "no", "0"]) {
        Ok(false)
    } else {
        Err("true or false".to_owned())
    }
}

fn parse_integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    // A second sign would otherwise be taken by the number parser.
    if !hex.unwrap_or(digits).starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let magnitude = match hex {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    if negative { magnitude.checked_neg() } else { Some(magnitude) }
}

/// Powers of 1024, as Spring's `DataSize`.
fn parse_bytes(text: &str) -> Option<u64> {
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    let factor: u64 = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        "TB" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn parse_path(text: &str) -> Result<String, String> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#')) {
        return Err("a path of a URL such as /actuator".to_owned());
    }
    let inner = text.trim_matches('/');
    Ok(if inner.is_empty() { String::new() } else { format!("/{inner}") })
}

/// Whether the text is `http://` or `https://` with a host and, if given, a real port.
fn is_http_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    if !(scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        || text.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match authority.strip_prefix('[') {
        Some(v6) => match v6.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => return false,
        },
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    is_host(host) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_host(text: &str) -> bool {
    let text = text.strip_prefix('[').and_then(|v6| v6.strip_suffix(']')).unwrap_or(text);
    if text.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    !text.is_empty()
        && text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        })
}

/// A Rust type that a [`Value`] can be taken out as.
pub trait FromValue: Sized {
    /// The value as this type; `None` when the kind of the key is another one or it does not fit.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bool(value) = value { Some(*value) } else { None }
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Decimal(value) = value { Some(*value) } else { None }
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(value) = value { Some(value.clone()) } else { None }
    }
}

impl FromValue for Duration {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Duration(value) = value { Some(*value) } else { None }
    }
}

impl FromValue for Vec<String> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::List(values) = value { Some(values.clone()) } else { None }
    }
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl FromValue for $number {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Integer(value) => (*value).try_into().ok(),
                    Value::Bytes(value) => (*value).try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}
whole_numbers!(i32, i64, u16, u32, u64, usize);

#[cfg(test)]
mod tests;
