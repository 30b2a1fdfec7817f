//! Query strings, decoded as forms.

use super::path::decode;

/// Names and values of a query string, in order; pairs that cannot be decoded are left out.
pub(super) fn pairs(query: Option<&str>) -> impl Iterator<Item = (String, String)> {
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).filter_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name, true)?.into_owned(), decode(value, true)?.into_owned()))
    })
}

/// The first value of `name`.
pub(super) fn first(query: Option<&str>, name: &str) -> Option<String> {
    pairs(query).find(|(key, _)| key == name).map(|(_, value)| value)
}

/// The first value of `name` as a whole number: `None` without one, an error where it is none.
///
/// Nearly every heartbeat has it in plain digits; only others are decoded.
pub(super) fn first_number(query: Option<&str>, name: &str) -> Option<Result<i64, ()>> {
    let text = query?;
    let mut rest = text;
    loop {
        let (pair, later) = match memchr::memchr(b'&', rest.as_bytes()) {
            Some(at) => (rest.get(..at)?, rest.get(at + 1..)),
            None => (rest, None),
        };
        if let Some(value) = pair.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            // A plus at the beginning is a blank in a form, and no sign.
            let plain = if value.starts_with('+') { None } else { value.parse().ok() };
            return Some(plain.map_or_else(|| decoded_number(value), Ok));
        }
        match later {
            Some(later) => rest = later,
            None => break,
        }
    }
    if text.contains('%') || text.contains(name) {
        return first(query, name).map(|value| value.parse().map_err(|_| ()));
    }
    None
}

fn decoded_number(value: &str) -> Result<i64, ()> {
    decode(value, true).ok_or(())?.parse().map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pairs_as_a_form_does() {
        let read: Vec<_> = pairs(Some("a=1&b=x+y&c&d=%3D&=z&a=2")).collect();
        let expected = [("a", "1"), ("b", "x y"), ("c", ""), ("d", "="), ("", "z"), ("a", "2")];
        assert!(read.iter().map(|(k, v)| (k.as_str(), v.as_str())).eq(expected));
        assert_eq!(first(Some("x=1&a=2&a=3"), "a").as_deref(), Some("2"));
        assert_eq!(first(None, "a"), None);
    }

    #[test]
    fn numbers_must_be_numbers() {
        let read = |query| first_number(Some(query), "t");
        assert_eq!(read("status=UP&t=17"), Some(Ok(17)));
        assert_eq!(read("t=-5"), Some(Ok(-5)));
        assert_eq!(read("t=%31"), Some(Ok(1)));
        assert_eq!(read("t="), Some(Err(())));
        assert_eq!(read("t=+5"), Some(Err(())));
        assert_eq!(read("t=abc"), Some(Err(())));
        assert_eq!(read("status=UP"), None);
        assert_eq!(read("%74=8"), Some(Ok(8)));
        assert_eq!(read("t&t=8"), Some(Ok(8)));
    }
}
