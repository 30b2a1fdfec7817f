//! Keys of a provider, and which of them a token may have been signed with (JW-10).

use serde_json::Value;

use crate::jws::Header;
use crate::key::{KeyError, PublicKey};
use crate::strict_json;

/// Largest JWK set that is read, in bytes (JW-20).
pub const JWK_SET_BYTES_MAX: usize = 1 << 20;
/// Most keys of a set (JW-20).
pub const KEYS_MAX: usize = 100;
/// Most keys that are tried for one token.
const TRIED_MAX: usize = 8;

/// Why a JWK set cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It is larger than [`JWK_SET_BYTES_MAX`].
    #[error("a JWK set has at most {JWK_SET_BYTES_MAX} bytes")]
    TooLarge,
    /// It has more than [`KEYS_MAX`] keys.
    #[error("a JWK set has at most {KEYS_MAX} keys")]
    TooMany,
    /// It is no JSON object with a list `keys` of objects, or has a name twice.
    #[error("it is not a JWK set")]
    Damaged,
}

/// Keys of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<PublicKey>,
    /// Whether key ids mean nothing, because there is one key that was given by hand.
    is_single: bool,
}

/// What became of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// By one of the keys.
    Yes,
    /// Not by any key that could have.
    No,
    /// None of the keys could have: a newer set may have one.
    UnknownKey,
}

impl KeySet {
    /// The set that is this key, used for every token whatever key it names (JW-6).
    #[must_use]
    pub fn single(key: PublicKey) -> Self {
        Self { keys: vec![key], is_single: true }
    }

    /// Reads a JWK set. Keys that cannot be used are left out, and why, by position.
    ///
    /// # Errors
    /// It is no JWK set, or larger than one may be.
    pub fn from_json(text: &[u8]) -> Result<(Self, Vec<(usize, KeyError)>), KeySetError> {
        if text.len() > JWK_SET_BYTES_MAX {
            return Err(KeySetError::TooLarge);
        }
        let members = strict_json::object(text).ok_or(KeySetError::Damaged)?;
        let Some(Value::Array(list)) = members.get("keys") else {
            return Err(KeySetError::Damaged);
        };
        if list.len() > KEYS_MAX {
            return Err(KeySetError::TooMany);
        }
        let (mut keys, mut unusable) = (Vec::new(), Vec::new());
        for (position, value) in list.iter().enumerate() {
            let members = value.as_object().ok_or(KeySetError::Damaged)?;
            match PublicKey::from_jwk(members) {
                Ok(key) => keys.push(key),
                Err(error) => unusable.push((position, error)),
            }
        }
        Ok((Self { keys, is_single: false }, unusable))
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// Whether it is one key for every token.
    pub(crate) const fn is_single(&self) -> bool {
        self.is_single
    }

    /// Whether `signature` over `signed` is one of a key that `header` may mean.
    pub(crate) fn verify(&self, header: &Header, signed: &[u8], signature: &[u8]) -> Signed {
        let is_meant = |key: &&PublicKey| {
            let has_id = header.key_id.is_none() || header.key_id.as_deref() == key.id();
            (self.is_single || has_id) && key.algorithms().contains(header.algorithm)
        };
        let mut outcome = Signed::UnknownKey;
        for key in self.keys.iter().filter(is_meant).take(TRIED_MAX) {
            if key.verifies(header.algorithm, signed, signature) {
                return Signed::Yes;
            }
            outcome = Signed::No;
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_a_set_hold_on_both_sides() {
        let set = |count: usize| format!("{{\"keys\":[{}]}}", vec!["{}"; count].join(","));
        let (keys, unusable) = KeySet::from_json(set(KEYS_MAX).as_bytes()).unwrap();
        assert_eq!((keys.keys().len(), unusable.len()), (0, KEYS_MAX));
        let many = KeySet::from_json(set(KEYS_MAX + 1).as_bytes());
        assert_eq!(many.unwrap_err(), KeySetError::TooMany);

        let padded = |length: usize| set(1) + &" ".repeat(length - set(1).len());
        assert!(KeySet::from_json(padded(JWK_SET_BYTES_MAX).as_bytes()).is_ok());
        let large = KeySet::from_json(padded(JWK_SET_BYTES_MAX + 1).as_bytes());
        assert_eq!(large.unwrap_err(), KeySetError::TooLarge);
    }

    #[test]
    fn what_is_no_set_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"keys":{}}"#,
            r#"{"keys":[7]}"#,
            r#"{"keys":[],"keys":[]}"#,
            r#"{"keys":[{"kid":"a","kid":"b"}]}"#,
        ] {
            assert_eq!(KeySet::from_json(text.as_bytes()).unwrap_err(), KeySetError::Damaged);
        }
    }

    #[test]
    fn keys_that_cannot_be_used_are_named_by_position() {
        let text = r#"{"keys":[
            {"kty":"oct","k":"AQAB","alg":"HS256"},
            {"kty":"RSA","n":"AQAB","e":"AQAB"},
            {"kty":"RSA","n":"AQAB","e":"AQAB","use":"enc"},
            {"kty":"RSA","n":"AQAB","e":"AQAB","key_ops":["encrypt"]},
            {"kty":"RSA","e":"AQAB"},
            {"kty":"EC","crv":"P-521","x":"AQAB","y":"AQAB"},
            {"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"},
            {"kty":"OKP","crv":"Ed25519","x":"AQAB"}
        ]}"#;
        let (set, unusable) = KeySet::from_json(text.as_bytes()).unwrap();
        use KeyError::{Damaged, Kind, Size, Use};
        let why: Vec<_> = unusable.into_iter().map(|(_, error)| error).collect();
        assert_eq!(why, [Kind, Size, Use, Use, Damaged, Kind, Damaged, Damaged]);
        assert!(set.keys().is_empty());
    }
}
