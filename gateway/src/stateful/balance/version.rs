//! The API version that a request asks for, as `spring.cloud.loadbalancer.api-version.*` finds it
//! (LB-15). Instances tell theirs in metadata `API_VERSION`.

use std::borrow::Cow;

use gateway_routing::{Node, RouteError, Version, switch};
use http::{HeaderMap, HeaderName, header};
use percent_encoding::percent_decode_str;

use crate::stateful::settings::fault;

/// Metadata entry of an instance with its version.
pub(super) const METADATA: &str = "API_VERSION";

/// Where requests say which version they want; the first place that says something counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct VersionRule {
    header: Option<HeaderName>,
    query_parameter: Option<String>,
    /// Counted from 0.
    path_segment: Option<usize>,
    /// Media types and the names of their parameters.
    media_types: Vec<(String, String)>,
    default: Option<Version>,
    is_required: bool,
    /// Whether any instance will do where none has the version.
    pub(super) falls_back: bool,
}

/// What a request wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nobody asks for versions here.
    #[default]
    Anything,
    /// It does not say.
    Untold,
    /// This one.
    Version(Version),
    /// It says none, and has to.
    Missing,
    /// What it says is no version.
    Garbage,
}

impl Wanted {
    /// What is wrong with the request, if anything.
    pub(crate) const fn problem(self) -> Option<&'static str> {
        match self {
            Self::Missing => Some("the request names no API version"),
            Self::Garbage => Some("what the request names is no API version"),
            Self::Anything | Self::Untold | Self::Version(_) => None,
        }
    }
}

impl VersionRule {
    /// Reads `api-version` below `tree`.
    ///
    /// # Errors
    /// The first value that cannot be one.
    pub(super) fn read(tree: &Node) -> Result<Self, RouteError> {
        let Some(tree) = tree.get("api-version") else { return Ok(Self::default()) };
        let on = |key: &str| tree.text_at(key).and_then(switch) == Some(true);
        let wrong = |key: &str, what: &str| {
            fault(tree.get(key).unwrap_or(tree), &format!("api-version.{key} is no {what}"))
        };
        let header = tree.text_at("header");
        let header = header.map(|text| text.parse().map_err(|_| wrong("header", "header's name")));
        let segment = tree.text_at("path-segment");
        let segment =
            segment.map(|text| text.parse().map_err(|_| wrong("path-segment", "position")));
        let default = tree.text_at("default");
        let default =
            default.map(|text| Version::parse(text).ok_or_else(|| wrong("default", "version")));
        let types = tree.get("media-type-parameters").map(Node::entries).unwrap_or_default();
        let types = types
            .iter()
            .filter_map(|(kind, node)| Some((kind.to_ascii_lowercase(), node.text()?.to_owned())));
        Ok(Self {
            header: header.transpose()?,
            query_parameter: tree.text_at("query-parameter").map(str::to_owned),
            path_segment: segment.transpose()?,
            media_types: types.collect(),
            default: default.transpose()?,
            is_required: on("required"),
            falls_back: on("fallback-to-available-instances"),
        })
    }

    /// The version that a request asks for.
    pub(super) fn wanted(&self, headers: &HeaderMap, path: &str, query: Option<&str>) -> Wanted {
        match self.text(headers, path, query) {
            Some(text) => Version::parse(text.trim()).map_or(Wanted::Garbage, Wanted::Version),
            None => match self.default {
                Some(version) => Wanted::Version(version),
                None if self.is_required => Wanted::Missing,
                None => Wanted::Untold,
            },
        }
    }

    fn text<'h>(
        &self,
        headers: &'h HeaderMap,
        path: &'h str,
        query: Option<&'h str>,
    ) -> Option<Cow<'h, str>> {
        let line = |name: &HeaderName| headers.get(name).and_then(|line| line.to_str().ok());
        if let Some(text) = self.header.as_ref().and_then(line) {
            return Some(text.into());
        }
        if let Some(name) = &self.query_parameter {
            let mut pairs =
                query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
            if let Some((_, value)) = pairs.find(|(own, _)| *own == name.as_str()) {
                return Some(percent_decode_str(value).decode_utf8_lossy());
            }
        }
        if let Some(position) = self.path_segment {
            let mut segments = path.split('/').filter(|segment| !segment.is_empty());
            if let Some(segment) = segments.nth(position) {
                return Some(percent_decode_str(segment).decode_utf8_lossy());
            }
        }
        let lines = [header::ACCEPT, header::CONTENT_TYPE];
        let mut types = lines.iter().filter_map(line).flat_map(|line| line.split(','));
        types.find_map(|one| self.of_media_type(one)).map(Cow::Borrowed)
    }

    /// The version in a media type such as `application/json; v=2`.
    fn of_media_type<'h>(&self, text: &'h str) -> Option<&'h str> {
        let mut parts = text.split(';').map(str::trim);
        let kind = parts.next()?.to_ascii_lowercase();
        let (_, name) = self.media_types.iter().find(|(own, _)| *own == kind)?;
        let (_, value) = parts
            .filter_map(|part| part.split_once('='))
            .find(|(own, _)| own.trim().eq_ignore_ascii_case(name))?;
        Some(value.trim().trim_matches('"'))
    }
}

#[cfg(test)]
mod tests {
    use gateway_routing::{Origin, Property};

    use super::*;

    fn rule(text: &[(&str, &str)]) -> Result<VersionRule, RouteError> {
        VersionRule::read(&Node::from_properties(text.iter().map(|(path, value)| Property {
            path: format!("api-version.{path}"),
            value: (*value).to_owned(),
            origin: Origin::unknown(),
        })))
    }

    fn version(text: &str) -> Wanted {
        Wanted::Version(Version::parse(text).unwrap())
    }

    #[test]
    fn the_first_place_that_says_something_counts() {
        let rule = rule(&[
            ("header", "X-Version"),
            ("query-parameter", "v"),
            ("path-segment", "1"),
            ("media-type-parameters.[application/json]", "ver"),
        ])
        .unwrap();
        let mut headers = HeaderMap::new();
        let of = |headers: &HeaderMap, path, query| rule.wanted(headers, path, query);
        assert_eq!(of(&headers, "/a", None), Wanted::Untold);
        headers.insert(
            header::ACCEPT,
            "text/html;ver=9, application/json; q=1; ver=\"4\"".parse().unwrap(),
        );
        assert_eq!(of(&headers, "/a", None), version("4.0.0"));
        assert_eq!(of(&headers, "/a/v3", None), version("3"));
        assert_eq!(of(&headers, "/a/v3", Some("w=1&v=2.5")), version("2.5"));
        headers.insert("x-version", "1.1".parse().unwrap());
        assert_eq!(of(&headers, "/a/v3", Some("v=2")), version("1.1"));
        headers.insert("x-version", "new".parse().unwrap());
        assert_eq!(of(&headers, "/a/v3", Some("v=2")), Wanted::Garbage);
    }

    #[test]
    fn one_that_says_nothing_gets_the_default_or_has_to_say_something() {
        let none = HeaderMap::new();
        let of = |text: &[(&str, &str)]| rule(text).unwrap().wanted(&none, "/", None);
        assert_eq!(of(&[("default", "1.2")]), version("1.2.0"));
        assert_eq!(of(&[("required", "true")]), Wanted::Missing);
        assert!(of(&[("required", "true")]).problem().is_some());
        let wrong = rule(&[("default", "latest")]).unwrap_err().to_string();
        assert_eq!(wrong, "api-version.default is no version: \"latest\"");
        assert!(rule(&[("path-segment", "-1")]).is_err());
    }
}
