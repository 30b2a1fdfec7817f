//! A request as predicates see it.

use std::borrow::Cow;
use std::net::IpAddr;

use http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;

/// What routes are chosen by. The shell fills it in from a head that passed the path rules.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// Method; for a CORS preflight the method it asks for (CO-4), see
    /// [`requested_method`](crate::cors::requested_method).
    pub method: &'r Method,
    /// Raw path, unreserved characters decoded (PN-8).
    pub path: &'r str,
    /// Raw query without its question mark.
    pub query: Option<&'r str>,
    /// Headers as received.
    pub headers: &'r HeaderMap,
    /// `Host` or `:authority`, port included.
    pub host: &'r str,
    /// Address of the other end of the connection.
    pub peer: IpAddr,
    /// Milliseconds since 1970.
    pub now_ms: i64,
    /// A random number of its own for this request. Every weight group derives its own number from
    /// it (LC-3); without weights it is not used.
    pub random: u64,
}

impl Request<'_> {
    /// Parameters of the query in order, decoded; no value for one without `=`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (Cow<'_, str>, Option<Cow<'_, str>>)> {
        parameters(self.query.unwrap_or_default())
    }

    /// Values of all cookies with this name.
    pub(crate) fn cookies<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        let lines = self.headers.get_all(header::COOKIE).into_iter();
        let pairs = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
        pairs.filter_map(move |pair| {
            let (own, value) = pair.trim().split_once('=')?;
            let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
            (own == name).then_some(value)
        })
    }
}

/// Parameters of a raw query, decoded as forms are: a plus sign is a blank.
pub(crate) fn parameters(
    query: &str,
) -> impl Iterator<Item = (Cow<'_, str>, Option<Cow<'_, str>>)> {
    query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with('=')).map(
        |pair| match pair.split_once('=') {
            Some((name, value)) => (form_decoded(name), Some(form_decoded(value))),
            None => (form_decoded(pair), None),
        },
    )
}

fn form_decoded(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_as_forms() {
        let all: Vec<_> = parameters("a=1+2&b&c=&%61=%ED%95%9C&&=x").collect();
        let shown = all.iter().map(|(n, v)| format!("{n}:{}", v.as_deref().unwrap_or("-")));
        assert_eq!(shown.collect::<Vec<_>>(), ["a:1 2", "b:-", "c:", "a:한"]);
    }
}
