//! Bearer tokens, checked as Spring Security's resource server checks them.
//!
//! A request's headers go in; who it speaks for comes out, or why it is not let in, with the status
//! and the `WWW-Authenticate` header that Spring would answer with. Nothing here knows an HTTP
//! server or reads a clock.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use http::{HeaderMap, Method};
//! use resource_server::{
//!     Access, Clock, HttpFetch, KeySet, KeySource, Provider, PublicKey, Rejection, ResourceServer,
//!     Rule, Rules, TokenCacheSettings,
//! };
//!
//! #[derive(Debug)]
//! struct Standing;
//! impl Clock for Standing {
//!     fn wall_ms(&self) -> u64 {
//!         1_767_225_600_000
//!     }
//!     fn monotonic(&self) -> Duration {
//!         Duration::ZERO
//!     }
//! }
//!
//! # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tokens/test-rsa.pub.pem"));
//! # let tokens = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tokens/tokens.json"));
//! # let tokens: serde_json::Value = serde_json::from_str(tokens)?;
//! # let token = tokens["good"]["RS256"].as_str().unwrap();
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! // `KeySource::issuer("https://idp.example/realms/a")` fetches keys instead, in `server.run(..)`.
//! let keys = KeySource::Fixed(KeySet::single(PublicKey::from_pem(pem)?));
//! let provider = Provider::new("idp", keys);
//! let fetch = Arc::new(HttpFetch::new(&[])?);
//! let cache = TokenCacheSettings::default();
//! let server = ResourceServer::new(vec![provider], &cache, Arc::new(Standing), fetch)?;
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("authorization", format!("Bearer {token}").parse()?);
//! let principal = server.authenticate(&headers, None).await?;
//! assert_eq!(principal.as_ref().and_then(|principal| principal.name()), Some("ann"));
//!
//! let rules = Rules::new(vec![
//!     Rule { methods: vec![Method::POST], path: "/orders", access: "scope:orders.write".parse()? },
//!     Rule { methods: vec![], path: "/orders", access: "role:AUDITOR".parse()? },
//! ]);
//! let access = |method| rules.access(&method, |path| *path == "/orders");
//! assert_eq!(access(Method::POST).check(principal.as_deref()), Ok(()));
//! let refused = access(Method::GET).check(principal.as_deref());
//! assert_eq!(refused, Err(Rejection::InsufficientScope));
//! assert_eq!(access(Method::GET).check(None), Err(Rejection::NoToken));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The path of a token
//!
//! [`bearer_token`] takes it out of the one `Authorization` line. [`ResourceServer::begin`] looks for
//! its SHA-256 among the tokens verified a moment ago; most requests end there, without waiting
//! for anything. Else the token is taken apart, its provider chosen, its algorithm compared with
//! the allowed ones and with the kind of the key, its signature checked, then its times, type,
//! issuer and audience. Only a token that names a key nobody knows waits, for the one fetch that
//! is under way, and for 5 s at most; [`ResourceServer::verify`] does that.
//!
//! # Keys
//!
//! [`ResourceServer::run`] fetches them at once and every five minutes; a key id that is not known
//! brings that forward, but never closer than 30 s to the last fetch, so a set younger than that
//! is the answer for ids it does not have. While they cannot be had, the last ones are used for a
//! day; without any, tokens are refused with 503. A set has at most 100 keys and 1 MiB. RSA keys
//! have 2048 to 8192 bits; EC keys are on P-256 or P-384, Edwards keys on Ed25519. A new set ends
//! what is remembered of verified tokens.
//!
//! # Other than in Spring
//!
//! - A token must have an end (`exp`), unless [`ClaimChecks::require_exp`] is switched off.
//! - Allowed algorithms hold in every mode, also for keys found by an issuer's metadata.
//! - Fetches are limited as above; Spring fetches for every unknown key id.
//! - Several `Authorization` lines are refused with 400; a name that occurs twice in a token's JSON
//!   makes it invalid.
//! - `typ` may be `at+jwt` too. `ES512` is not supported.
//! - What is wrong with a token's format is not told: `Invalid token`.

mod access;
mod algorithm;
mod authorities;
mod bearer;
mod cache;
mod claims;
mod clock;
mod fetch;
mod jws;
mod key;
mod key_set;
mod metadata;
mod principal;
mod provider;
mod rejection;
mod schedule;
mod server;
mod source;
mod strict_json;

pub use access::{Access, AccessError, Rule, Rules};
pub use algorithm::{Algorithm, Algorithms};
pub use authorities::{AuthorityMapping, Delimiter, DelimiterError};
pub use bearer::bearer_token;
pub use cache::TokenCacheSettings;
pub use claims::ClaimChecks;
pub use clock::Clock;
pub use fetch::{Fetch, FetchError, Fetching, Form, HttpFetch, HttpFetchError};
pub use jws::TOKEN_BYTES_MAX;
pub use key::{KeyError, PublicKey};
pub use key_set::{JWK_SET_BYTES_MAX, KEYS_MAX, KeySet, KeySetError};
pub use metadata::{LookupError, MetadataError, endpoint};
pub use principal::Principal;
pub use provider::{BuildError, Issuer, KeySource, Provider, SourceError};
pub use rejection::{InvalidToken, Rejection};
pub use server::{KeyWait, ResourceServer, Verification};
