//! Bearer tokens, checked as Spring Security's resource server checks them.

mod access;
mod algorithm;
mod authorities;
mod bearer;
mod claims;
mod jws;
mod key;
mod key_set;
mod principal;
mod rejection;
mod strict_json;

pub use access::{Access, AccessError, Rule, Rules};
pub use algorithm::{Algorithm, Algorithms};
pub use authorities::{AuthorityMapping, Delimiter, DelimiterError};
pub use bearer::bearer_token;
pub use claims::ClaimChecks;
pub use jws::TOKEN_BYTES_MAX;
pub use key::{KeyError, PublicKey};
pub use key_set::{JWK_SET_BYTES_MAX, KEYS_MAX, KeySet, KeySetError};
pub use principal::Principal;
pub use rejection::{InvalidToken, Rejection};
