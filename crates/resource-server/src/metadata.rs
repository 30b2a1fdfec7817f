//! Where an issuer says its keys are (JW-2; `OpenID` Connect Discovery section 4, RFC 8414).

use serde_json::Value;
use url::Url;

use crate::provider::{Issuer, http_url, is_loopback, is_protected};
use crate::strict_json;

/// Largest metadata document that is read, in bytes.
pub(crate) const METADATA_BYTES_MAX: usize = 1 << 20;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Why metadata cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MetadataError {
    /// It is no JSON object, or has a name twice.
    #[error("the metadata is not a JSON object")]
    Damaged,
    /// It is that of another issuer.
    #[error("the metadata is that of another issuer")]
    OtherIssuer,
    /// It names no address of a JWK set.
    #[error("the metadata names no JWK set")]
    NoJwkSet,
    /// The address it names is not protected.
    #[error("the metadata names a JWK set without https")]
    NotHttps,
}

/// Where the metadata may be, in the order in which it is looked for.
pub(crate) fn candidates(issuer: &Issuer) -> Vec<Url> {
    let path = issuer.url.path().trim_end_matches('/');
    let paths = [format!("{path}{OPENID}"), format!("{OPENID}{path}"), format!("{OAUTH}{path}")];
    let mut found: Vec<Url> = Vec::new();
    for path in paths {
        let mut url = issuer.url.clone();
        url.set_path(&path);
        if !found.contains(&url) {
            found.push(url);
        }
    }
    found
}

/// The address of the JWK set that the metadata `text` of `issuer` names.
pub(crate) fn jwk_set_url(text: &[u8], issuer: &Issuer) -> Result<Url, MetadataError> {
    let members = strict_json::object(text).ok_or(MetadataError::Damaged)?;
    let member = |name: &str| members.get(name).and_then(Value::as_str);
    if member("issuer") != Some(&issuer.text) {
        return Err(MetadataError::OtherIssuer);
    }
    let url = member("jwks_uri").ok_or(MetadataError::NoJwkSet)?;
    let url = http_url(url).map_err(|_| MetadataError::NoJwkSet)?;
    // A stranger's metadata must not make this machine talk to itself.
    let is_here = is_loopback(&url) && !is_loopback(&issuer.url);
    if is_protected(&url) && !is_here { Ok(url) } else { Err(MetadataError::NotHttps) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::KeySource;

    fn issuer(text: &str) -> Issuer {
        let KeySource::Issuer(issuer) = KeySource::issuer(text).unwrap() else { unreachable!() };
        issuer
    }

    #[test]
    fn metadata_is_looked_for_in_three_places() {
        let of = |text| candidates(&issuer(text)).iter().map(Url::to_string).collect::<Vec<_>>();
        assert_eq!(
            of("https://idp.example/realms/a"),
            [
                "https://idp.example/realms/a/.well-known/openid-configuration",
                "https://idp.example/.well-known/openid-configuration/realms/a",
                "https://idp.example/.well-known/oauth-authorization-server/realms/a",
            ]
        );
        assert_eq!(
            of("https://idp.example/"),
            [
                "https://idp.example/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server",
            ]
        );
    }

    #[test]
    fn metadata_is_the_issuers_own() {
        let of = |text: &str, by: &str| jwk_set_url(text.as_bytes(), &issuer(by));
        let by = "https://idp.example";
        let good = r#"{"issuer":"https://idp.example","jwks_uri":"https://keys.example/a"}"#;
        assert_eq!(of(good, by).unwrap().as_str(), "https://keys.example/a");
        assert_eq!(of(good, "https://idp.example/"), Err(MetadataError::OtherIssuer));
        assert_eq!(of("[]", by), Err(MetadataError::Damaged));
        for (uri, error) in [
            ("", MetadataError::NoJwkSet),
            ("file:/etc/passwd", MetadataError::NoJwkSet),
            ("http://keys.example/a", MetadataError::NotHttps),
            ("http://localhost/a", MetadataError::NotHttps),
            ("https://127.0.0.1/a", MetadataError::NotHttps),
        ] {
            let text = format!("{{\"issuer\":\"{by}\",\"jwks_uri\":\"{uri}\"}}");
            assert_eq!(of(&text, by), Err(error), "{uri}");
        }
        let here = r#"{"issuer":"http://localhost:9","jwks_uri":"http://localhost:9/a"}"#;
        assert!(of(here, "http://localhost:9").is_ok());
    }
}
