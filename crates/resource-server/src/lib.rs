//! Bearer tokens, checked as Spring Security's resource server checks them.

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
pub use fetch::{Fetch, FetchError, Fetching, HttpFetch, HttpFetchError};
pub use jws::TOKEN_BYTES_MAX;
pub use key::{KeyError, PublicKey};
pub use key_set::{JWK_SET_BYTES_MAX, KEYS_MAX, KeySet, KeySetError};
pub use principal::Principal;
pub use provider::{BuildError, Issuer, KeySource, Provider, SourceError};
pub use rejection::{InvalidToken, Rejection};
pub use server::{KeyWait, ResourceServer, Verification};
