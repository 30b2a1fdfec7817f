//! Raw queries: adding to them leaves them alone, taking away writes them anew (FI-3, FI-6, FI-7).

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::request::parameters;

/// What is encoded in names and values that are written anew.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What may not stand in a query at all.
const ILLEGAL: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// Adds `name=value` at the end; what is there stays as it is.
pub(super) fn append(query: &mut Option<Cow<'_, str>>, name: &str, value: &str) {
    let mut out = query.take().map(Cow::into_owned).unwrap_or_default();
    if !out.is_empty() && !out.ends_with('&') {
        out.push('&');
    }
    out.extend(utf8_percent_encode(name, ILLEGAL));
    out.push('=');
    out.extend(utf8_percent_encode(value, ILLEGAL));
    *query = Some(Cow::Owned(out));
}

/// Removes a parameter.
pub(super) fn remove(query: &mut Option<Cow<'_, str>>, name: &str) {
    let Some(old) = query.as_deref() else { return };
    let new = written(old, name);
    *query = (!new.is_empty()).then_some(Cow::Owned(new));
}

/// Gives a parameter one fixed value and moves it to the end, if it is there at all.
pub(super) fn rewrite(query: &mut Option<Cow<'_, str>>, name: &str, value: &str) {
    let Some(old) = query.as_deref() else { return };
    if !parameters(old).any(|(own, _)| own == name) {
        return;
    }
    let mut new = written(old, name);
    if !new.is_empty() {
        new.push('&');
    }
    new.extend(utf8_percent_encode(name, STRICT));
    new.push('=');
    new.extend(utf8_percent_encode(value, STRICT));
    *query = Some(Cow::Owned(new));
}

/// All parameters but one, those of a name together where the first of them stood, encoded the
/// same way throughout. It is how the reference's ordered map of lists writes them.
fn written(query: &str, without: &str) -> String {
    let mut groups: Vec<(Cow<'_, str>, Vec<_>)> = Vec::new();
    let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
    for (name, value) in parameters(query).filter(|(name, _)| *name != without) {
        let fresh = groups.len();
        let place = *places.entry(name.clone()).or_insert(fresh);
        match groups.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => groups.push((name, vec![value])),
        }
    }
    let mut out = String::with_capacity(query.len());
    for (name, values) in &groups {
        for value in values {
            if !out.is_empty() {
                out.push('&');
            }
            out.extend(utf8_percent_encode(name, STRICT));
            if let Some(value) = value {
                out.push('=');
                out.extend(utf8_percent_encode(value, STRICT));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(query: &str, change: impl Fn(&mut Option<Cow<'_, str>>)) -> String {
        let mut query = (!query.is_empty()).then_some(Cow::Borrowed(query));
        change(&mut query);
        query.unwrap_or(Cow::Borrowed("-")).into_owned()
    }

    #[test]
    fn adding_leaves_the_rest_alone_fi_3() {
        assert_eq!(after("", |q| append(q, "a", "b c")), "a=b%20c");
        assert_eq!(after("x=%zz+1", |q| append(q, "a", "b")), "x=%zz+1&a=b");
    }

    #[test]
    fn removing_writes_the_others_anew_fi_6() {
        assert_eq!(after("gone=1&keep=2", |q| remove(q, "gone")), "keep=2");
        assert_eq!(after("a=1&b=x+y/&a=2&flag", |q| remove(q, "z")), "a=1&a=2&b=x%20y%2F&flag");
        assert_eq!(after("gone", |q| remove(q, "gone")), "-");
    }

    #[test]
    fn rewriting_moves_to_the_end_fi_7() {
        assert_eq!(
            after("color=red&a=1&color=x", |q| rewrite(q, "color", "blue")),
            "a=1&color=blue"
        );
        assert_eq!(after("a=1+2", |q| rewrite(q, "color", "blue")), "a=1+2");
    }
}
