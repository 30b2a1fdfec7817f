//! Where an issuer says its keys are (JW-2; `OpenID` Connect Discovery section 4, RFC 8414).

use serde_json::Value;
use url::Url;

use crate::fetch::{Fetch, FetchError};
use crate::provider::{Issuer, http_url, is_loopback, is_protected};
use crate::strict_json;

/// Largest metadata document that is read, in bytes.
const METADATA_BYTES_MAX: usize = 1 << 20;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Why metadata cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// It is no JSON object, or has a name twice.
    #[error("the metadata is not a JSON object")]
    Damaged,
    /// It is that of another issuer.
    #[error("the metadata is that of another issuer")]
    OtherIssuer,
    /// It names no address for what is wanted.
    #[error("the metadata names no {0}")]
    Missing(&'static str),
    /// The address it names is not protected.
    #[error("the metadata names a {0} without https")]
    NotHttps(&'static str),
}

/// Where the metadata may be, in the order in which it is looked for.
fn candidates(issuer: &Issuer) -> Vec<Url> {
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

/// Why an issuer's metadata says nothing.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// It cannot be fetched.
    #[error("the metadata of the issuer cannot be fetched")]
    Fetch(#[from] FetchError),
    /// It cannot be used.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
}

/// The address that the metadata of `issuer` has as `member`, e.g. `token_endpoint`. The first place
/// with metadata decides.
///
/// # Errors
/// It cannot be fetched, is another's, or names no address that is protected.
pub async fn endpoint(
    issuer: &Issuer,
    member: &'static str,
    fetch: &dyn Fetch,
) -> Result<Url, LookupError> {
    let mut last = None;
    for url in candidates(issuer) {
        match fetch.get(&url, METADATA_BYTES_MAX).await {
            Ok(text) => return Ok(named(&text, issuer, member)?),
            Err(FetchError::Status(status)) if status.is_client_error() => {
                last = Some(FetchError::Status(status));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.map_or(MetadataError::Missing(member).into(), LookupError::Fetch))
}

/// The address that the metadata `text` of `issuer` has as `member`.
fn named(text: &[u8], issuer: &Issuer, name: &'static str) -> Result<Url, MetadataError> {
    let members = strict_json::object(text).ok_or(MetadataError::Damaged)?;
    let member = |name: &str| members.get(name).and_then(Value::as_str);
    if member("issuer") != Some(&issuer.text) {
        return Err(MetadataError::OtherIssuer);
    }
    let url = member(name).ok_or(MetadataError::Missing(name))?;
    let url = http_url(url).map_err(|_| MetadataError::Missing(name))?;
    // A stranger's metadata must not make this machine talk to itself.
    let is_here = is_loopback(&url) && !is_loopback(&issuer.url);
    if is_protected(&url) && !is_here { Ok(url) } else { Err(MetadataError::NotHttps(name)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::KeySource;

    const JWKS: &str = "jwks_uri";

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
        let of = |text: &str, by: &str| named(text.as_bytes(), &issuer(by), JWKS);
        let by = "https://idp.example";
        let good = r#"{"issuer":"https://idp.example","jwks_uri":"https://keys.example/a"}"#;
        assert_eq!(of(good, by).unwrap().as_str(), "https://keys.example/a");
        assert_eq!(of(good, "https://idp.example/"), Err(MetadataError::OtherIssuer));
        assert_eq!(of("[]", by), Err(MetadataError::Damaged));
        for (uri, error) in [
            ("", MetadataError::Missing(JWKS)),
            ("file:/etc/passwd", MetadataError::Missing(JWKS)),
            ("http://keys.example/a", MetadataError::NotHttps(JWKS)),
            ("http://localhost/a", MetadataError::NotHttps(JWKS)),
            ("https://127.0.0.1/a", MetadataError::NotHttps(JWKS)),
        ] {
            let text = format!("{{\"issuer\":\"{by}\",\"jwks_uri\":\"{uri}\"}}");
            assert_eq!(of(&text, by), Err(error), "{uri}");
        }
        let here = r#"{"issuer":"http://localhost:9","jwks_uri":"http://localhost:9/a"}"#;
        assert!(of(here, "http://localhost:9").is_ok());
    }
}
