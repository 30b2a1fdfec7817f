//! Optimistic concurrency: versions as entity tags (H-10, RFC 9110 section 13).

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::problem::Problem;

/// The strong entity tag of a version.
#[must_use]
pub fn etag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// Entity tags of a conditional header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Tags {
    #[default]
    Absent,
    Any,
    /// Strong ones; weak ones match nothing that is strong.
    These(Vec<String>),
}

impl Tags {
    fn of(headers: &HeaderMap, name: &HeaderName) -> Result<Self, Problem> {
        let mut tags = Vec::new();
        let mut found = false;
        for value in headers.get_all(name) {
            found = true;
            let text = value.to_str().map_err(|_| unreadable(name))?;
            for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
                if tag == "*" {
                    return Ok(Self::Any);
                }
                let opaque = tag.strip_prefix("W/").unwrap_or(tag);
                let inner = opaque.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
                let inner = inner.ok_or_else(|| unreadable(name))?;
                if opaque.len() == tag.len() {
                    tags.push(inner.to_owned());
                }
            }
        }
        Ok(if found { Self::These(tags) } else { Self::Absent })
    }

    fn matches(&self, version: i64) -> bool {
        match self {
            Self::Absent => false,
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|tag| *tag == version.to_string()),
        }
    }
}

fn unreadable(name: &HeaderName) -> Problem {
    Problem::bad_request("MALFORMED_HEADER", format!("{name} is not a list of entity tags"))
}

/// The `If-Match` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Tags);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Tags::of(&parts.headers, &header::IF_MATCH).map(Self)
    }
}

impl IfMatch {
    /// The condition of a write, `version` being the one its body names. `required` refuses writes
    /// without any.
    ///
    /// # Errors
    /// 428 where there must be one and is none.
    pub fn condition(self, version: Option<i64>, required: bool) -> Result<Precondition, Problem> {
        if required && self.0 == Tags::Absent && version.is_none() {
            let detail = "send If-Match with the ETag that was read, or the version in the body";
            let status = StatusCode::PRECONDITION_REQUIRED;
            return Err(Problem::new(status, "PRECONDITION_REQUIRED", detail));
        }
        Ok(Precondition { header: self, version })
    }
}

/// What a write asks of the version it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Precondition {
    header: IfMatch,
    version: Option<i64>,
}

impl Precondition {
    /// Asks for `version`, as a body does; for any if it is `None`.
    #[must_use]
    pub fn on_version(version: Option<i64>) -> Self {
        Self { header: IfMatch::default(), version }
    }

    /// Whether `current` may be changed.
    ///
    /// # Errors
    /// 412 if the header names another version, 409 `STALE_VERSION` if the body does.
    pub fn check(&self, current: i64) -> Result<(), Problem> {
        if self.header.0 != Tags::Absent && !self.header.0.matches(current) {
            let detail = format!("the version is {current} by now");
            return Err(Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "PRECONDITION_FAILED",
                detail,
            ));
        }
        if self.version.is_some_and(|version| version != current) {
            let detail = format!("the version is {current} by now");
            return Err(Problem::conflict("STALE_VERSION", detail));
        }
        Ok(())
    }
}

/// The `If-None-Match` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfNoneMatch(Tags);

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Reading compares weakly: what is asked is whether anything changed.
        let mut headers = HeaderMap::new();
        for value in parts.headers.get_all(header::IF_NONE_MATCH) {
            let text = value.to_str().map_err(|_| unreadable(&header::IF_NONE_MATCH))?;
            let strong = HeaderValue::from_str(&text.replace("W/", ""));
            headers.append(
                header::IF_NONE_MATCH,
                strong.map_err(|_| unreadable(&header::IF_NONE_MATCH))?,
            );
        }
        Tags::of(&headers, &header::IF_NONE_MATCH).map(Self)
    }
}

impl IfNoneMatch {
    /// Whether the reader has `version` already.
    #[must_use]
    pub fn has(&self, version: i64) -> bool {
        self.0.matches(version)
    }

    /// Whether it is `*`: the write must create.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0 == Tags::Any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(value: Option<&'static str>) -> Result<IfMatch, Problem> {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
        }
        Tags::of(&headers, &header::IF_MATCH).map(IfMatch)
    }

    #[test]
    fn a_header_is_a_precondition_and_a_body_a_conflict() {
        let check = |header, version, current| {
            let condition = if_match(header).unwrap().condition(version, true)?;
            condition.check(current)
        };
        let status = |result: Result<(), Problem>| result.map_err(|error| error.status().as_u16());
        assert_eq!(status(check(Some("\"3\""), None, 3)), Ok(()));
        assert_eq!(status(check(Some("\"1\", \"3\""), None, 3)), Ok(()));
        assert_eq!(status(check(Some("*"), None, 3)), Ok(()));
        assert_eq!(status(check(Some("\"2\""), None, 3)), Err(412));
        assert_eq!(status(check(Some("W/\"3\""), None, 3)), Err(412));
        assert_eq!(status(check(None, Some(2), 3)), Err(409));
        assert_eq!(status(check(None, None, 3)), Err(428));
        assert_eq!(status(check(Some("\"3\""), Some(2), 3)), Err(409));
    }

    #[test]
    fn what_is_no_entity_tag_is_refused() {
        assert_eq!(if_match(Some("3")).unwrap_err().status(), StatusCode::BAD_REQUEST);
    }
}
