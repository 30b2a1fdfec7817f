//! From keys to a resource server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use resource_server::{
    Algorithm, Algorithms, AuthorityMapping, BuildError, ClaimChecks, Delimiter, HttpFetch,
    HttpFetchError, KeyError, KeySet, KeySource, Provider, PublicKey, ResourceServer, SourceError,
    TokenCacheSettings,
};

use super::groups::groups;
use crate::clock::Clock;
use crate::config::{Config, ConfigError};

const PREFIX: &str = "spring.security.oauth2.resourceserver.jwt";
const PROVIDERS: &str = "gateway.security.providers";
/// Members of a provider, for people.
const MEMBERS: &str = "issuer-uri, jwk-set-uri, public-key-location, jws-algorithms, audiences, \
     authority-prefix, authorities-claim-name, authorities-claim-delimiter and principal-claim-name";

/// Why tokens cannot be checked as the settings say.
#[derive(Debug, thiserror::Error)]
pub enum SecurityError {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that a key names cannot be read.
    #[error("{key}: {}", path.display())]
    File {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that holds no key that can be used.
    #[error("{key}: {}", path.display())]
    Key {
        /// The key of the configuration.
        key: String,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// An address that keys cannot be fetched from.
    #[error("{key}")]
    Source {
        /// The key.
        key: String,
        /// Why.
        #[source]
        source: SourceError,
    },
    /// The providers do not work together.
    #[error("{PREFIX}")]
    Build(#[from] BuildError),
    /// The client that fetches keys cannot be made.
    #[error("myerp.security.trusted-certificates")]
    Fetch(#[from] HttpFetchError),
}

impl resource_server::Clock for Clock {
    fn wall_ms(&self) -> u64 {
        self.wall_ms()
    }

    fn monotonic(&self) -> Duration {
        self.monotonic()
    }
}

/// What the keys of one provider hold, as they are written.
#[derive(Debug, Default)]
struct Written {
    issuer: Option<String>,
    jwk_set: Option<String>,
    public_key: Option<String>,
    algorithms: Vec<String>,
    audiences: Vec<String>,
    prefix: Option<String>,
    claim: Option<String>,
    delimiter: Option<String>,
    principal: Option<String>,
}

/// The resource server that the settings describe; `None` if they name no provider.
///
/// # Errors
/// A setting cannot be used.
pub fn resource_server(
    config: &Config,
    clock: &Clock,
) -> Result<Option<ResourceServer>, SecurityError> {
    let cache = TokenCacheSettings {
        tokens_max: config.get("myerp.security.cache-size")?,
        time_max: config.get("myerp.security.cache-time")?,
    };
    let roots = match config.find::<String>("myerp.security.trusted-certificates")? {
        Some(place) => vec![read("myerp.security.trusted-certificates", &place)?.0],
        None => Vec::new(),
    };
    let checks = checks(config)?;
    let mut providers = Vec::new();
    let own = spring(config)?;
    if own.is_set() {
        providers.push(own.provider("default", PREFIX, &checks)?);
    }
    for mut group in groups(config, PROVIDERS)? {
        let place = format!("{PROVIDERS}.{}", group.name);
        let name = group.name.clone();
        let origin = group.origin(config);
        let written = Written {
            issuer: group.take("issuer-uri"),
            jwk_set: group.take("jwk-set-uri"),
            public_key: group.take("public-key-location"),
            algorithms: group.take_list("jws-algorithms"),
            audiences: group.take_list("audiences"),
            prefix: group.take("authority-prefix"),
            claim: group.take("authorities-claim-name"),
            delimiter: group.take("authorities-claim-delimiter"),
            principal: group.take("principal-claim-name"),
        };
        group.finish(config, MEMBERS)?;
        if !written.is_set() {
            let problem = format!("{place}: it says nowhere where its keys are");
            return Err(ConfigError { origin, problem, suggestion: None }.into());
        }
        providers.push(written.provider(&name, &place, &checks)?);
    }
    if providers.is_empty() {
        return Ok(None);
    }
    let fetch = Arc::new(HttpFetch::new(&roots)?);
    Ok(Some(ResourceServer::new(providers, &cache, Arc::new(clock.clone()), fetch)?))
}

/// What Spring's own keys hold.
fn spring(config: &Config) -> Result<Written, ConfigError> {
    let key = |name: &str| format!("{PREFIX}.{name}");
    Ok(Written {
        issuer: config.find(&key("issuer-uri"))?,
        jwk_set: config.find(&key("jwk-set-uri"))?,
        public_key: config.find(&key("public-key-location"))?,
        algorithms: config.find(&key("jws-algorithms"))?.unwrap_or_default(),
        audiences: config.find(&key("audiences"))?.unwrap_or_default(),
        prefix: config.find(&key("authority-prefix"))?,
        claim: config.find(&key("authorities-claim-name"))?,
        delimiter: config.find(&key("authorities-claim-delimiter"))?,
        principal: config.find(&key("principal-claim-name"))?,
    })
}

/// What tokens of every provider must be.
fn checks(config: &Config) -> Result<ClaimChecks, ConfigError> {
    let lifetime: Duration = config.get("myerp.security.lifetime-max")?;
    Ok(ClaimChecks {
        issuer: None,
        audiences: Vec::new(),
        types: config.get("myerp.security.accepted-types")?,
        require_exp: config.get("myerp.security.require-exp")?,
        skew: config.get("myerp.security.clock-skew")?,
        lifetime_max: Some(lifetime).filter(|lifetime| !lifetime.is_zero()),
    })
}

impl Written {
    /// Whether it says where keys are.
    const fn is_set(&self) -> bool {
        self.issuer.is_some() || self.jwk_set.is_some() || self.public_key.is_some()
    }

    fn provider(
        self,
        name: &str,
        place: &str,
        checks: &ClaimChecks,
    ) -> Result<Provider, SecurityError> {
        let wrong = |member: &str, problem: String| {
            let problem = format!("{place}.{member}: {problem}");
            ConfigError { origin: None, problem, suggestion: None }
        };
        let algorithms = self.algorithms.iter().map(|word| {
            let known = Algorithm::of(word);
            known.ok_or_else(|| wrong("jws-algorithms", not_an_algorithm(word)))
        });
        let algorithms: Result<Algorithms, ConfigError> = algorithms.collect();
        let algorithms = algorithms?;
        let mut authorities = AuthorityMapping { claim: self.claim.clone(), ..Default::default() };
        if let Some(prefix) = &self.prefix {
            authorities.prefix.clone_from(prefix);
        }
        if let Some(text) = &self.delimiter {
            authorities.delimiter = Delimiter::parse(text)
                .map_err(|error| wrong("authorities-claim-delimiter", error.to_string()))?;
        }
        let claims = ClaimChecks {
            issuer: self.issuer.clone(),
            audiences: self.audiences.clone(),
            ..checks.clone()
        };
        let provider = Provider::new(name, self.source(place)?);
        Ok(Provider {
            // Not said means Spring's default.
            algorithms: if algorithms.is_empty() { provider.algorithms } else { algorithms },
            claims,
            authorities,
            principal_claim: self.principal.unwrap_or(provider.principal_claim),
            ..provider
        })
    }

    /// Where the keys are: the JWK set, else the issuer, else the file (JW-1).
    fn source(&self, place: &str) -> Result<KeySource, SecurityError> {
        let sourced = |member: &str, made: Result<KeySource, SourceError>| {
            made.map_err(|source| SecurityError::Source {
                key: format!("{place}.{member}"),
                source,
            })
        };
        if self.public_key.is_some() && (self.jwk_set.is_some() || self.issuer.is_some()) {
            tracing::warn!("{place}.public-key-location has no effect beside the other two");
        }
        if let Some(url) = &self.jwk_set {
            if url.starts_with("http:") {
                tracing::warn!("{place}.jwk-set-uri: keys that travel without TLS can be forged");
            }
            return sourced("jwk-set-uri", KeySource::jwk_set(url));
        }
        if let Some(issuer) = &self.issuer {
            return sourced("issuer-uri", KeySource::issuer(issuer));
        }
        let key = format!("{place}.public-key-location");
        let (pem, path) = read(&key, self.public_key.as_deref().unwrap_or_default())?;
        match PublicKey::from_pem(&pem) {
            Ok(public) => Ok(KeySource::Fixed(KeySet::single(public))),
            Err(source) => Err(SecurityError::Key { key, path, source }),
        }
    }
}

/// What is said of a word that names no algorithm.
fn not_an_algorithm(word: &str) -> String {
    let known: Vec<&str> = Algorithm::ALL.into_iter().map(Algorithm::name).collect();
    format!("{word} is not one of {}", known.join(", "))
}

/// Reads a file that `key` names, with or without Spring's `file:` before it.
fn read(key: &str, place: &str) -> Result<(Vec<u8>, PathBuf), SecurityError> {
    let path = PathBuf::from(place.strip_prefix("file:").unwrap_or(place));
    match std::fs::read(&path) {
        Ok(text) => Ok((text, path)),
        Err(source) => Err(SecurityError::File { key: key.to_owned(), path, source }),
    }
}
