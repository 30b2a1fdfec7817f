//! Who calls, as the gateway or the calling service says (H-17).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;

/// Characters of a name that are kept.
const NAME_CHARS_MAX: usize = 200;

/// Name of a user whom nobody names.
const ANONYMOUS: &str = "anonymous";

/// Who calls: as a valid token says, else as the gateway does, which takes these headers from
/// outside away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// User, `anonymous` if nobody says; recorded in audit rows.
    pub user: String,
    /// Roles of the user, without `ROLE_`.
    pub roles: Vec<String>,
    /// Service that calls, if it is one.
    pub service: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Put there when the token was checked.
        let verified = parts.extensions.get::<Self>().cloned();
        Ok(verified.unwrap_or_else(|| Self::of(&parts.headers)))
    }
}

impl Caller {
    /// The caller that the headers name.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let roles = text(headers, "x-user-roles").unwrap_or_default();
        let roles = roles.split(',').map(str::trim).filter(|role| !role.is_empty());
        Self {
            user: text(headers, "x-user-id").unwrap_or_else(|| ANONYMOUS.to_owned()),
            roles: roles.map(|role| role.trim_start_matches("ROLE_").to_owned()).collect(),
            service: text(headers, "x-service-name"),
        }
    }

    /// The caller whose token is valid: its user and roles, whatever the headers say of them.
    #[cfg(feature = "security")]
    pub(crate) fn of_token(principal: &resource_server::Principal, headers: &HeaderMap) -> Self {
        let user = principal.name().and_then(cleaned);
        Self {
            user: user.unwrap_or_else(|| ANONYMOUS.to_owned()),
            roles: principal.roles().map(str::to_owned).collect(),
            service: text(headers, "x-service-name"),
        }
    }

    /// Whether the headers name a user.
    #[cfg(feature = "security")]
    pub(crate) fn is_named(headers: &HeaderMap) -> bool {
        text(headers, "x-user-id").is_some()
    }

    /// Whether the user has `role`.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }
}

/// A header as text of a bounded length without control characters; UTF-8 is taken, as Java
/// clients send it.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    cleaned(&String::from_utf8_lossy(headers.get(name)?.as_bytes()))
}

fn cleaned(value: &str) -> Option<String> {
    let text: String =
        value.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_what_the_headers_say() {
        let mut headers = HeaderMap::new();
        assert_eq!(Caller::of(&headers).user, "anonymous");
        headers.insert("x-user-id", "김영희".parse().unwrap());
        headers.insert("x-user-roles", "ROLE_OPERATOR, CLERK".parse().unwrap());
        let caller = Caller::of(&headers);
        assert_eq!(caller.user, "김영희");
        assert!(
            caller.has_role("OPERATOR") && caller.has_role("CLERK") && caller.service.is_none()
        );
    }
}
