//! Parameters of a query.

use percent_encoding::percent_decode_str;

/// Values of `name`, decoded as forms are; what is not UTF-8 is replaced.
pub(super) fn values<'q>(query: &'q str, name: &'q str) -> impl Iterator<Item = String> + 'q {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| decoded(&value.replace('+', " ")))
}

/// The first value of `name` that is not empty.
pub(super) fn value(query: &str, name: &str) -> Option<String> {
    values(query, name).find(|value| !value.trim().is_empty())
}

/// A text without its percent signs.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
