//! Who a valid token speaks for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value};

use crate::authorities::role_in;
use crate::rejection::InvalidToken;

/// Who a valid token speaks for, and what it allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    pub(crate) name: Option<String>,
    pub(crate) authorities: Vec<String>,
    pub(crate) claims: Map<String, Value>,
}

impl Principal {
    /// Its name: the claim that is set for it, `sub` unless told otherwise (JW-22). `None` if the
    /// token has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its authorities with their prefixes: `SCOPE_orders.write`, `ROLE_ADMIN`.
    #[must_use]
    pub fn authorities(&self) -> &[String] {
        &self.authorities
    }

    /// Whether it has this authority.
    #[must_use]
    pub fn has_authority(&self, authority: &str) -> bool {
        self.authorities.iter().any(|own| own == authority)
    }

    /// Its roles, without `ROLE_`.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.authorities.iter().filter_map(|authority| role_in(authority))
    }

    /// Every claim of the token.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Checks that the client may use a token that is bound to a certificate; `certificate` is the
    /// client's own in DER, if it showed one. Tokens that are bound to none pass (JW-24).
    ///
    /// # Errors
    /// It is bound and the client has another certificate or none. Source: RFC 8705 section 3.1.
    pub fn check_certificate(&self, certificate: Option<&[u8]>) -> Result<(), InvalidToken> {
        let Some(bound) = self.claims.get("cnf").and_then(|cnf| cnf.get("x5t#S256")) else {
            return Ok(());
        };
        let certificate = certificate.ok_or(InvalidToken::NoCertificate)?;
        let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate));
        if bound == &thumbprint { Ok(()) } else { Err(InvalidToken::OtherCertificate) }
    }
}

/// A claim as a name.
pub(crate) fn name_in(claims: &Map<String, Value>, claim: &str) -> Option<String> {
    let text = match claims.get(claim)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(claims: &str) -> Principal {
        let claims = serde_json::from_str(claims).unwrap();
        let authorities = ["SCOPE_a", "ROLE_ADMIN"].map(str::to_owned).to_vec();
        Principal { name: name_in(&claims, "sub"), authorities, claims }
    }

    #[test]
    fn names_are_texts() {
        for (claims, name) in [
            (r#"{"sub":"ann"}"#, Some("ann")),
            (r#"{"sub":7}"#, Some("7")),
            (r#"{"sub":" "}"#, None),
            (r#"{"sub":["ann"]}"#, None),
            ("{}", None),
        ] {
            assert_eq!(principal(claims).name(), name, "{claims}");
        }
    }

    #[test]
    fn roles_are_authorities_of_their_own_kind() {
        let ann = principal("{}");
        assert_eq!(ann.roles().collect::<Vec<_>>(), ["ADMIN"]);
        assert!(ann.has_authority("SCOPE_a") && !ann.has_authority("a"));
    }

    #[test]
    fn a_bound_token_is_for_the_client_with_its_certificate() {
        let free = principal("{}");
        assert_eq!(free.check_certificate(None), Ok(()));
        // SHA-256 of the three bytes `abc`.
        let bound =
            principal(r#"{"cnf":{"x5t#S256":"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"}}"#);
        assert_eq!(bound.check_certificate(Some(b"abc")), Ok(()));
        assert_eq!(bound.check_certificate(None), Err(InvalidToken::NoCertificate));
        assert_eq!(bound.check_certificate(Some(b"abd")), Err(InvalidToken::OtherCertificate));
        let odd = principal(r#"{"cnf":{"x5t#S256":7}}"#);
        assert_eq!(odd.check_certificate(Some(b"abc")), Err(InvalidToken::OtherCertificate));
    }
}
