//! A key of a JWK set (RFC 7517, RFC 7518 section 6, RFC 8037).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{KeyError, Material, PublicKey};
use crate::algorithm::{Algorithm, Algorithms};

impl PublicKey {
    /// The key that `members` describe.
    ///
    /// # Errors
    /// It cannot be used: `oct` keys are never taken, whatever algorithm they name (JW-9).
    pub(crate) fn from_jwk(members: &Map<String, Value>) -> Result<Self, KeyError> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|purpose| purpose != "sig") || !may_verify(members) {
            return Err(KeyError::Use);
        }
        let bytes = |name: &str| {
            let value = text(name).ok_or(KeyError::Damaged)?;
            URL_SAFE_NO_PAD.decode(value).map_err(|_| KeyError::Damaged)
        };
        let point = |length: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            if x.len() != length || y.len() != length {
                return Err(KeyError::Damaged);
            }
            Ok([&[4], x.as_slice(), y.as_slice()].concat())
        };
        let material = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => Material::rsa(&bytes("n")?, &bytes("e")?)?,
            (Some("EC"), Some("P-256")) => Material::P256(point(32)?),
            (Some("EC"), Some("P-384")) => Material::P384(point(48)?),
            (Some("OKP"), Some("Ed25519")) => {
                let key = bytes("x")?;
                if key.len() != 32 {
                    return Err(KeyError::Damaged);
                }
                Material::Ed25519(key)
            }
            _ => return Err(KeyError::Kind),
        };
        let mut key = Self { id: text("kid").map(str::to_owned), ..Self::new(material) };
        if let Some(name) = text("alg") {
            let named = Algorithm::of(name).filter(|&one| key.algorithms.contains(one));
            key.algorithms = Algorithms::from_iter([named.ok_or(KeyError::Use)?]);
        }
        Ok(key)
    }
}

/// Whether `key_ops`, if there are any, say so.
fn may_verify(members: &Map<String, Value>) -> bool {
    match members.get("key_ops") {
        None => true,
        Some(Value::Array(uses)) => uses.iter().any(|one| one == "verify"),
        Some(_) => false,
    }
}
