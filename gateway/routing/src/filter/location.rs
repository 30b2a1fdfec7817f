//! Redirects of an upstream that name its own address (FO-5).

use http::{HeaderMap, HeaderName, HeaderValue};
use regex::Regex;

use crate::java;
use crate::template::Context;

/// Whether `/v1` at the start of a location's path goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StripVersion {
    /// It stays.
    Never,
    /// It goes unless the request's path starts with one.
    AsInRequest,
    /// It goes.
    Always,
}

/// Puts the name that the client knows into a header that names the upstream.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    strip: StripVersion,
    name: HeaderName,
    /// Host and port to put in; the request's own if none.
    host: Option<HeaderValue>,
    /// Anchored at the start, up to and with `://`.
    protocols: Regex,
}

impl Location {
    pub(crate) fn new(
        strip: StripVersion,
        name: HeaderName,
        host: Option<HeaderValue>,
        protocols: &str,
    ) -> Result<Self, String> {
        let translated = format!(r"\A(?:{})://", java::translate(protocols)?);
        let protocols = java::build_translated(&translated, protocols)?;
        Ok(Self { strip, name, host, protocols })
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap, context: &Context<'_>) {
        let Some(value) = headers.get(&self.name).and_then(|value| value.to_str().ok()) else {
            return;
        };
        let host = self.host.as_ref().and_then(|host| host.to_str().ok()).unwrap_or(context.host);
        if host.is_empty() {
            return;
        }
        let strips = match self.strip {
            StripVersion::Never => false,
            StripVersion::AsInRequest => version(context.path).is_none(),
            StripVersion::Always => true,
        };
        let Some(fixed) = self.fixed(value, host, strips) else { return };
        if let Ok(value) = HeaderValue::from_str(&fixed) {
            headers.insert(&self.name, value);
        }
    }

    /// The location with another authority. There has to be a slash after the authority.
    fn fixed(&self, location: &str, host: &str, strips: bool) -> Option<String> {
        let start = self.protocols.find(location)?.end();
        let (scheme, rest) = location.split_at_checked(start)?;
        let (authority, path) = rest.split_at_checked(rest.find('/')?)?;
        let (name, port) = match authority.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (authority, None),
        };
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        if name.is_empty() || !port.is_none_or(is_port) {
            return None;
        }
        let cut = if strips { version(path).unwrap_or(0) } else { 0 };
        Some(format!("{scheme}{host}{}", path.get(cut..)?))
    }
}

/// Length of `/v1` at the start of a path, if another slash follows.
fn version(path: &str) -> Option<usize> {
    let rest = path.strip_prefix("/v")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && rest.as_bytes().get(digits) == Some(&b'/')).then_some(digits + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captures::Captures;

    fn fixed(strip: StripVersion, path: &str, location: &str) -> String {
        let name = HeaderName::from_static("location");
        let filter = Location::new(strip, name.clone(), None, "https?|ftps?").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(&name, location.parse().unwrap());
        let context = Context { path, host: "api.example:81", captures: &Captures::default() };
        filter.apply(&mut headers, &context);
        headers[&name].to_str().unwrap().to_owned()
    }

    #[test]
    fn the_authority_is_replaced_and_versions_cut_fo_5() {
        use StripVersion::{Always, AsInRequest, Never};
        let cases = [
            (Never, "/a", "http://10.0.0.1:9/v2/x", "http://api.example:81/v2/x"),
            (AsInRequest, "/a", "http://10.0.0.1:9/v2/x", "http://api.example:81/x"),
            (AsInRequest, "/v1/a", "http://10.0.0.1:9/v2/x", "http://api.example:81/v2/x"),
            (Always, "/v1/a", "https://h/v2/x?y=/v3/", "https://api.example:81/x?y=/v3/"),
            (Always, "/a", "https://h/vx/x", "https://api.example:81/vx/x"),
            (Never, "/a", "http://10.0.0.1:9", "http://10.0.0.1:9"),
            (Never, "/a", "/relative", "/relative"),
            (Never, "/a", "gopher://h/x", "gopher://h/x"),
        ];
        for (strip, path, location, expected) in cases {
            assert_eq!(fixed(strip, path, location), expected, "{strip:?} {location}");
        }
    }
}
