//! Whom tokens are taken from, and what they must be.

use url::{Host, Url};

use crate::algorithm::{Algorithm, Algorithms};
use crate::authorities::AuthorityMapping;
use crate::claims::ClaimChecks;
use crate::key_set::KeySet;

/// An issuer of tokens that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name in logs.
    pub name: String,
    /// Where its keys are.
    pub keys: KeySource,
    /// Algorithms that its tokens may be signed with, in every mode (JW-4).
    pub algorithms: Algorithms,
    /// What its tokens must be.
    pub claims: ClaimChecks,
    /// What its tokens allow.
    pub authorities: AuthorityMapping,
    /// Claim that holds the name of who it speaks for.
    pub principal_claim: String,
}

impl Provider {
    /// A provider with Spring's defaults: `RS256`, 60 s of skew, scopes, `sub`; and tokens must
    /// have an end.
    pub fn new(name: impl Into<String>, keys: KeySource) -> Self {
        let issuer = match &keys {
            KeySource::Issuer(issuer) => Some(issuer.text.clone()),
            KeySource::JwkSet(_) | KeySource::Fixed(_) => None,
        };
        Self {
            name: name.into(),
            keys,
            algorithms: Algorithms::default(),
            claims: ClaimChecks { issuer, ..ClaimChecks::default() },
            authorities: AuthorityMapping::default(),
            principal_claim: "sub".to_owned(),
        }
    }
}

/// Where the keys of a provider are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// Where the metadata of this issuer says.
    Issuer(Issuer),
    /// At this address.
    JwkSet(Url),
    /// These, for as long as the process lives.
    Fixed(KeySet),
}

/// An issuer: its name in tokens, which is the address that its metadata is found below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    pub(crate) text: String,
    pub(crate) url: Url,
}

/// An address that keys cannot be fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is no `http` or `https` URL with a host.
    #[error("it is not an http or https URL")]
    Url,
    /// The keys would travel unprotected.
    #[error(
        "an issuer needs https unless it is on this machine; a JWK set may be named by its own URL instead"
    )]
    NotHttps,
    /// An issuer is an address and nothing else (RFC 8414 section 2).
    #[error("an issuer has neither query nor fragment")]
    Query,
}

impl KeySource {
    /// The keys that the metadata of `issuer` names (JW-2).
    ///
    /// # Errors
    /// It is no URL with `https`; `http` is for the loopback interface alone.
    pub fn issuer(issuer: &str) -> Result<Self, SourceError> {
        Issuer::parse(issuer).map(Self::Issuer)
    }

    /// The JWK set at `url`. With `http`, whoever can change what travels can forge tokens; inside
    /// a private network that may be acceptable, so it is allowed.
    ///
    /// # Errors
    /// It is no URL.
    pub fn jwk_set(url: &str) -> Result<Self, SourceError> {
        http_url(url).map(Self::JwkSet)
    }
}

impl Issuer {
    /// The issuer of that name.
    ///
    /// # Errors
    /// It is no URL with `https`; `http` is for the loopback interface alone.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let url = http_url(text)?;
        if !is_protected(&url) {
            return Err(SourceError::NotHttps);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(SourceError::Query);
        }
        Ok(Self { text: text.to_owned(), url })
    }
}

pub(crate) fn http_url(text: &str) -> Result<Url, SourceError> {
    let url = Url::parse(text).map_err(|_| SourceError::Url)?;
    let is_http = matches!(url.scheme(), "http" | "https");
    if is_http && url.has_host() { Ok(url) } else { Err(SourceError::Url) }
}

/// Whether what travels cannot be changed on its way.
pub(crate) fn is_protected(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Whether it is on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Providers that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// There are none.
    #[error("there is no provider of tokens")]
    NoProvider,
    /// A provider allows no algorithm.
    #[error("{0}: no algorithm is allowed")]
    NoAlgorithm(String),
    /// A single key is used with exactly one algorithm (JW-6).
    #[error("{0}: a single key needs exactly one algorithm")]
    SeveralAlgorithms(String),
    /// The single key is of a kind that cannot be used with the algorithm.
    #[error("{0}: the key cannot be used with {1}")]
    KeyKind(String, Algorithm),
    /// With several providers each must say from whom its tokens are.
    #[error("{0}: with several providers each needs an issuer")]
    NoIssuer(String),
    /// Two providers have one issuer.
    #[error("two providers have the issuer {0}")]
    SameIssuer(String),
}

/// Checks that these providers can work together.
pub(crate) fn check(providers: &[Provider]) -> Result<(), BuildError> {
    if providers.is_empty() {
        return Err(BuildError::NoProvider);
    }
    let mut issuers: Vec<&str> = Vec::new();
    for provider in providers {
        let name = || provider.name.clone();
        if provider.algorithms.is_empty() {
            return Err(BuildError::NoAlgorithm(name()));
        }
        if let KeySource::Fixed(set) = &provider.keys {
            check_fixed(provider, set)?;
        }
        match provider.claims.issuer.as_deref() {
            Some(issuer) if issuers.contains(&issuer) => {
                return Err(BuildError::SameIssuer(issuer.to_owned()));
            }
            Some(issuer) => issuers.push(issuer),
            None if providers.len() > 1 => return Err(BuildError::NoIssuer(name())),
            None => {}
        }
    }
    Ok(())
}

fn check_fixed(provider: &Provider, set: &KeySet) -> Result<(), BuildError> {
    let mut allowed = Algorithm::ALL.into_iter().filter(|&one| provider.algorithms.contains(one));
    if let (true, Some(only)) = (set.is_single(), allowed.next()) {
        if allowed.next().is_some() {
            return Err(BuildError::SeveralAlgorithms(provider.name.clone()));
        }
        if !set.keys().iter().any(|key| key.algorithms().contains(only)) {
            return Err(BuildError::KeyKind(provider.name.clone(), only));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_https_unless_they_are_here() {
        for good in [
            "https://idp.example/realms/a",
            "http://localhost:8080/realms/a",
            "http://127.0.0.1",
            "http://[::1]:80",
        ] {
            assert!(KeySource::issuer(good).is_ok(), "{good}");
        }
        for (bad, error) in [
            ("http://idp.example", SourceError::NotHttps),
            ("http://localhost.evil", SourceError::NotHttps),
            ("http://0.0.0.0", SourceError::NotHttps),
            ("ftp://localhost", SourceError::Url),
            ("idp.example", SourceError::Url),
            ("https://idp.example?a", SourceError::Query),
            ("https://idp.example#a", SourceError::Query),
        ] {
            assert_eq!(KeySource::issuer(bad), Err(error), "{bad}");
        }
        assert!(KeySource::jwk_set("http://keycloak:8080/certs").is_ok());
        assert_eq!(KeySource::jwk_set("file:/etc/passwd"), Err(SourceError::Url));
    }

    #[test]
    fn several_providers_are_told_apart_by_their_issuers() {
        let issuer = |text| Provider::new("p", KeySource::issuer(text).unwrap());
        let set = Provider::new("q", KeySource::jwk_set("https://h/certs").unwrap());
        let (a, b) = (issuer("https://a"), issuer("https://b"));
        assert_eq!(check(&[]), Err(BuildError::NoProvider));
        assert_eq!(check(&[a.clone(), b]), Ok(()));
        assert_eq!(check(std::slice::from_ref(&set)), Ok(()));
        assert_eq!(check(&[a.clone(), set]), Err(BuildError::NoIssuer("q".to_owned())));
        assert_eq!(check(&[a.clone(), a]), Err(BuildError::SameIssuer("https://a".to_owned())));
    }
}
