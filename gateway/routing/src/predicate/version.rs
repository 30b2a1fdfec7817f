//! API versions that requests ask for (PR-15).

use std::fmt;

use http::{HeaderName, header};

use crate::Request;
use crate::captures::decoded;
use crate::pattern::Walk;

/// Where a request says which version it wants. The first place that says something counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionSource {
    /// A header.
    pub header: Option<HeaderName>,
    /// A parameter of the query.
    pub query_parameter: Option<String>,
    /// A segment of the path, counted from 0.
    pub path_segment: Option<usize>,
    /// A parameter of the media type in `Accept` or `Content-Type`.
    pub media_type_parameter: Option<String>,
}

/// Major, minor and patch number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version([u32; 3]);

impl Version {
    /// Reads `1`, `1.2`, `1.2.3`, letters in front ignored: `v1.2`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let mut parts = [0; 3];
        let mut pieces = digits.split('.');
        for part in &mut parts {
            let Some(piece) = pieces.next() else { break };
            *part = piece.parse().ok()?;
        }
        (pieces.next().is_none() && !digits.is_empty()).then_some(Self(parts))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl VersionSource {
    /// The version that is asked for; `None` if none is, or what is asked for is not a version.
    pub(crate) fn find(&self, request: &Request<'_>) -> Option<Version> {
        let header = self.header.as_ref().and_then(|name| request.headers.get(name)?.to_str().ok());
        if let Some(text) = header {
            return Version::parse(text.trim());
        }
        if let Some(name) = &self.query_parameter
            && let Some((_, Some(value))) = request.parameters().find(|(own, _)| *own == **name)
        {
            return Version::parse(&value);
        }
        if let Some(index) = self.path_segment
            && let Some((_, segment)) = Walk::new(request.path).nth(index)
        {
            return Version::parse(&decoded(segment));
        }
        let name = self.media_type_parameter.as_ref()?;
        let lines = [header::ACCEPT, header::CONTENT_TYPE].map(|name| request.headers.get(name));
        let texts = lines.into_iter().flatten().filter_map(|line| line.to_str().ok());
        let found = texts.flat_map(|line| line.split([',', ';'])).find_map(|piece| {
            let (own, value) = piece.trim().split_once('=')?;
            own.eq_ignore_ascii_case(name).then_some(value.trim_matches('"'))
        });
        Version::parse(found?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.10") > version("1.9"));
        assert_eq!(version("v1"), version("1.0.0"));
        assert_eq!(Version::parse("x"), None);
        assert_eq!(Version::parse("1.2.3.4"), None);
    }
}
