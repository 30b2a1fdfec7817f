//! What filters do to a request on its way in (FI-1 to FI-18, FO-8).

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::{path, query};
use crate::head::{Answer, HostChoice, RequestHead};
use crate::template::{Context, Template, Unfit, Writing};
use crate::upstream::{Scheme, Upstream, split_authority};

/// A compiled filter of the way in.
#[derive(Clone, Debug)]
pub(crate) enum RequestFilter {
    AddHeader { name: HeaderName, value: HeaderText },
    AddHeadersIfNotPresent(Box<[(HeaderName, Box<[HeaderText]>)]>),
    SetHeader { name: HeaderName, value: HeaderText },
    RemoveHeader(HeaderName),
    MapHeader { from: HeaderName, to: HeaderName },
    AddParameter { name: Box<str>, value: Template },
    RemoveParameter(Box<str>),
    RewriteParameter { name: Box<str>, value: Box<str> },
    SetHost(HeaderText),
    PreserveHost,
    PrefixPath(Template),
    StripPrefix(usize),
    SetPath(Template),
    RewritePath(path::Rewrite),
    SetUri(Template),
    HeaderToUri { name: HeaderName, hosts: Box<[String]> },
    HeaderSize { bytes_max: u64, error_header: HeaderName },
    Size { bytes_max: u64 },
    RedirectTo { status: StatusCode, url: Template, with_query: bool },
}

/// Value of a header: ready, or made for each request.
#[derive(Clone, Debug)]
pub(crate) enum HeaderText {
    Ready(HeaderValue),
    Made(Template),
}

impl HeaderText {
    /// The value for a request.
    pub(crate) fn value(&self, context: &Context<'_>) -> Result<HeaderValue, Unfit> {
        match self {
            Self::Ready(value) => Ok(value.clone()),
            Self::Made(template) => {
                let text = template.expand(context, Writing::Plain)?;
                HeaderValue::from_bytes(text.as_bytes()).map_err(|_error| Unfit::Control)
            }
        }
    }
}

impl RequestFilter {
    /// Changes the head; `Some` if the gateway answers instead.
    pub(crate) fn apply(
        &self,
        head: &mut RequestHead<'_>,
        context: &Context<'_>,
    ) -> Option<Box<Answer>> {
        match self.run(head, context) {
            Ok(answer) => answer,
            Err(unfit) => Some(Box::new(unfit.into())),
        }
    }

    fn run(
        &self,
        head: &mut RequestHead<'_>,
        context: &Context<'_>,
    ) -> Result<Option<Box<Answer>>, Unfit> {
        match self {
            Self::AddHeader { name, value } => {
                head.headers.append(name, value.value(context)?);
            }
            Self::AddHeadersIfNotPresent(list) => {
                for (name, values) in list {
                    add_if_blank(&mut head.headers, name, values, context)?;
                }
            }
            Self::SetHeader { name, value } => {
                head.headers.insert(name, value.value(context)?);
            }
            Self::RemoveHeader(name) => {
                head.headers.remove(name);
            }
            Self::MapHeader { from, to } => {
                let values: Vec<_> = head.headers.get_all(from).iter().cloned().collect();
                for value in values {
                    head.headers.append(to, value);
                }
            }
            Self::AddParameter { name, value } => {
                let value = value.expand(context, Writing::Query)?;
                query::append(&mut head.query, name, &value);
            }
            Self::RemoveParameter(name) => query::remove(&mut head.query, name),
            Self::RewriteParameter { name, value } => query::rewrite(&mut head.query, name, value),
            Self::SetHost(value) => {
                let value = value.value(context)?;
                head.headers.insert(header::HOST, value.clone());
                head.host = HostChoice::Set(value);
            }
            Self::PreserveHost => head.host = HostChoice::Preserve,
            Self::PrefixPath(prefix) => {
                if !std::mem::replace(&mut head.is_prefixed, true) {
                    let prefix = prefix.expand(context, Writing::Path)?;
                    head.path =
                        Cow::Owned(path::legal(&format!("{prefix}{}", head.path)).into_owned());
                }
            }
            Self::StripPrefix(parts) => path::strip_prefix(&mut head.path, *parts),
            Self::SetPath(template) => {
                let path = template.expand(context, Writing::Path)?;
                head.path = Cow::Owned(path::legal(&path).into_owned());
            }
            Self::RewritePath(rewrite) => rewrite.apply(&mut head.path),
            Self::SetUri(template) => {
                let uri = template.expand(context, Writing::Path)?;
                set_uri(head, &uri, |_host| true);
            }
            Self::HeaderToUri { name, hosts } => {
                let uri =
                    head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
                if let Some(uri) = uri {
                    set_uri(head, &uri, |host| is_allowed(host, hosts));
                }
            }
            Self::HeaderSize { bytes_max, error_header } => {
                return Ok(header_too_large(&head.headers, *bytes_max, error_header));
            }
            Self::Size { bytes_max } => return Ok(body_too_large(&head.headers, *bytes_max)),
            Self::RedirectTo { status, url, with_query } => {
                return redirect(head, context, *status, url, *with_query).map(Some);
            }
        }
        Ok(None)
    }

    /// Bytes a body may have after this filter.
    pub(crate) const fn body_bytes_max(&self) -> Option<u64> {
        if let Self::Size { bytes_max } = self { Some(*bytes_max) } else { None }
    }
}

fn add_if_blank(
    headers: &mut HeaderMap,
    name: &HeaderName,
    values: &[HeaderText],
    context: &Context<'_>,
) -> Result<(), Unfit> {
    if is_blank(headers, name) {
        headers.remove(name);
        for value in values {
            headers.append(name, value.value(context)?);
        }
    }
    Ok(())
}

/// Whether a header is missing or all its values are blank (FI-2, FO-1).
pub(crate) fn is_blank(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(name).iter().all(|value| value.as_bytes().iter().all(u8::is_ascii_whitespace))
}

/// Sends the request to a URL; one that is not absolute or not http changes nothing (FI-15).
fn set_uri(head: &mut RequestHead<'_>, uri: &str, is_host_allowed: impl Fn(&str) -> bool) {
    let Some((scheme, rest)) = uri.split_once("://") else { return };
    let Some(scheme) = Scheme::parse(scheme) else { return };
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let (before_query, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query.to_owned())),
        None => (rest, None),
    };
    let (authority, path) = match before_query.find('/') {
        Some(at) => before_query.split_at(at),
        None => (before_query, "/"),
    };
    let Some((host, port)) = split_authority(authority) else { return };
    if !is_host_allowed(host) || !uri.is_ascii() || uri.bytes().any(|b| b <= b' ' || b == 0x7f) {
        return;
    }
    let port = port.unwrap_or_else(|| scheme.default_port());
    head.target = Some(Upstream::Address { scheme, host: Box::from(host), port });
    head.path = Cow::Owned(path::legal(path).into_owned());
    head.query = query.map(Cow::Owned);
}

/// Whether a host is on a list of names and `*.suffix` patterns.
fn is_allowed(host: &str, hosts: &[String]) -> bool {
    hosts.iter().any(|allowed| match allowed.strip_prefix("*.") {
        Some(suffix) => {
            host.len() > suffix.len() && {
                let (start, end) = host.split_at(host.len().saturating_sub(suffix.len()));
                start.ends_with('.') && end.eq_ignore_ascii_case(suffix)
            }
        }
        None => allowed.eq_ignore_ascii_case(host),
    })
}

fn header_too_large(
    headers: &HeaderMap,
    bytes_max: u64,
    error_header: &HeaderName,
) -> Option<Box<Answer>> {
    let (name, bytes) = headers.keys().find_map(|name| {
        let values = headers.get_all(name).iter().map(HeaderValue::len).sum::<usize>();
        let bytes = name.as_str().len().saturating_add(values) as u64;
        (bytes > bytes_max).then_some((name, bytes))
    })?;
    let detail = format!("header {name} has {bytes} bytes, {bytes_max} are allowed");
    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    Some(error_with_header(status, "header_too_large", error_header, detail))
}

fn body_too_large(headers: &HeaderMap, bytes_max: u64) -> Option<Box<Answer>> {
    let length = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
    (length > bytes_max).then(|| body_refusal(length, bytes_max))
}

/// The answer to a body of more bytes than a route takes; the words are the reference's (FI-18).
///
/// For bodies without a length the shell counts what streams by and gives what it counted.
#[must_use]
pub fn body_refusal(bytes: u64, bytes_max: u64) -> Box<Answer> {
    let detail = format!(
        "Request size is larger than permissible limit. Request size is {} where permissible limit \
         is {}",
        decimal_size(bytes),
        decimal_size(bytes_max)
    );
    let name = HeaderName::from_static("errormessage");
    error_with_header(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", &name, detail)
}

fn error_with_header(
    status: StatusCode,
    kind: &'static str,
    name: &HeaderName,
    detail: String,
) -> Box<Answer> {
    let value = HeaderValue::from_str(&detail).ok();
    let mut answer = Answer::new(status, kind, detail);
    if let Some(value) = value {
        answer.headers.insert(name, value);
    }
    Box::new(answer)
}

/// `999 B`, `1.0 kB`, `6.0 MB`: powers of 1000, one decimal.
fn decimal_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut unit_bytes = 1_000_u64;
    let mut units = UNITS.iter().peekable();
    while let Some(unit) = units.next() {
        if bytes / unit_bytes < 1_000 || units.peek().is_none() {
            // Tenths, rounded half up as the reference prints them.
            let tenths =
                (u128::from(bytes) * 10 + u128::from(unit_bytes) / 2) / u128::from(unit_bytes);
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        unit_bytes = unit_bytes.saturating_mul(1_000);
    }
    format!("{bytes} B")
}

fn redirect(
    head: &RequestHead<'_>,
    context: &Context<'_>,
    status: StatusCode,
    url: &Template,
    with_query: bool,
) -> Result<Box<Answer>, Unfit> {
    let mut location = url.expand(context, Writing::Path)?.into_owned();
    // A variable at the start could name a host of the client's choice (HO-3).
    let is_local = url.constant_start().len() <= 2;
    if is_local && (location.starts_with("//") || location.contains('\\')) {
        let detail = "the request would be redirected to another host";
        return Ok(Box::new(Answer::new(StatusCode::BAD_REQUEST, "open_redirect", detail)));
    }
    if let Some(query) = head.query.as_deref().filter(|query| with_query && !query.is_empty()) {
        location.push(if location.contains('?') { '&' } else { '?' });
        location.push_str(query);
    }
    let value = HeaderValue::from_str(&location).map_err(|_error| Unfit::Control)?;
    Ok(Box::new(Answer::new(status, "redirect", "").with(header::LOCATION, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_powers_of_1000_fi_18() {
        assert_eq!(decimal_size(999), "999 B");
        assert_eq!(decimal_size(1_001), "1.0 kB");
        assert_eq!(decimal_size(6_000_000), "6.0 MB");
        assert_eq!(decimal_size(5_242_880), "5.2 MB");
        assert!(decimal_size(u64::MAX).ends_with(" EB"));
    }

    #[test]
    fn a_list_of_hosts_has_names_and_suffixes() {
        let hosts = ["a.example".to_owned(), "*.b.example".to_owned()];
        assert!(is_allowed("A.example", &hosts) && is_allowed("x.b.example", &hosts));
        assert!(!is_allowed("b.example", &hosts) && !is_allowed("xb.example", &hosts));
        assert!(!is_allowed("evil.example", &hosts));
    }
}
