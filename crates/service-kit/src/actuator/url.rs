//! The little of URLs that the actuator reads.

/// A path segment or query part with `%41` decoded; `None` when that is not UTF-8 or malformed.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let high = digit(rest.next()?)?;
        let low = digit(rest.next()?)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Every value of `name` in a query string; `None` when one is malformed.
pub(super) fn values(query: &str, name: &str) -> Option<Vec<String>> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| decode(&value.replace('+', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_broken_ones_refused() {
        assert_eq!(decode("a%20b%C3%A9").as_deref(), Some("a bé"));
        for broken in ["%", "%4", "%zz", "%FF"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }

    #[test]
    fn all_values_of_a_name_are_found() {
        let values = values("x=1&tag=a:b+c&tag=d%3Ae&tag", "tag");

        assert_eq!(values, Some(vec!["a:b c".to_owned(), "d:e".to_owned()]));
    }
}
