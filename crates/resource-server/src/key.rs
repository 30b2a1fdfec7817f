//! Public keys and signatures made with their private halves.

mod der;
mod jwk;
mod pem;

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

use crate::algorithm::{Algorithm, Algorithms};

/// Bits an RSA modulus must have at least, and may have (JW-20).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no `-----BEGIN PUBLIC KEY-----` block, or it is damaged.
    #[error("there is no public key in PEM format")]
    Pem,
    /// Its kind is none of RSA, P-256, P-384 and Ed25519; symmetric keys are of no kind here.
    #[error("its kind is not RSA, P-256, P-384 or Ed25519")]
    Kind,
    /// A member or field is missing or cannot be.
    #[error("it is damaged")]
    Damaged,
    /// An RSA key outside 2048 to 8192 bits.
    #[error("an RSA key has 2048 to 8192 bits")]
    Size,
    /// It is for something else than checking signatures.
    #[error("it is not for signatures")]
    Use,
}

/// A public key, and what it may be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    id: Option<String>,
    /// Algorithms that fit its kind, or the one that it names.
    algorithms: Algorithms,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Material {
    /// An RSA key of big-endian numbers.
    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        let first = modulus.first().ok_or(KeyError::Damaged)?;
        let bits = modulus.len() * 8 - first.leading_zeros() as usize;
        if !RSA_BITS.contains(&bits) {
            return Err(KeyError::Size);
        }
        // An even exponent, or 1, is none.
        if exponent.last().is_none_or(|last| last % 2 == 0) || exponent == [1] {
            return Err(KeyError::Damaged);
        }
        Ok(Self::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    /// Algorithms that keys of this kind can be used with, whatever a token says (JW-9).
    fn algorithms(&self) -> Algorithms {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        match self {
            Self::Rsa { .. } => Algorithms::from_iter([Rs256, Rs384, Rs512, Ps256, Ps384, Ps512]),
            Self::P256(_) => Algorithms::from_iter([Es256]),
            Self::P384(_) => Algorithms::from_iter([Es384]),
            Self::Ed25519(_) => Algorithms::from_iter([EdDsa]),
        }
    }
}

impl PublicKey {
    fn new(material: Material) -> Self {
        Self { id: None, algorithms: material.algorithms(), material }
    }

    /// Its id, by which tokens name it.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Algorithms it may be used with.
    #[must_use]
    pub const fn algorithms(&self) -> Algorithms {
        self.algorithms
    }

    /// Whether `signature` over `signed` is this key's.
    #[must_use]
    pub fn verifies(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> bool {
        if !self.algorithms.contains(algorithm) {
            return false;
        }
        let plain = |kind: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(kind, key).verify(signed, signature).is_ok()
        };
        match &self.material {
            Material::Rsa { modulus, exponent } => rsa_parameters(algorithm).is_some_and(|kind| {
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(kind, signed, signature).is_ok()
            }),
            Material::P256(point) => plain(&ECDSA_P256_SHA256_FIXED, point),
            Material::P384(point) => plain(&ECDSA_P384_SHA384_FIXED, point),
            Material::Ed25519(point) => plain(&ED25519, point),
        }
    }
}

const fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => None,
    }
}

/// A big-endian number in its shortest form.
fn without_zeros(number: &[u8]) -> &[u8] {
    let start = number.iter().position(|&byte| byte != 0).unwrap_or(number.len());
    number.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_keys_have_2048_to_8192_bits_and_an_odd_exponent() {
        let modulus = |bits: usize| {
            let mut number = vec![0xff; bits / 8];
            number.insert(0, 0);
            number
        };
        let of = |bits, exponent: &[u8]| Material::rsa(&modulus(bits), exponent).map(|_| ());
        assert_eq!((of(2048, &[1, 0, 1]), of(8192, &[3])), (Ok(()), Ok(())));
        assert_eq!((of(2040, &[3]), of(8200, &[3])), (Err(KeyError::Size), Err(KeyError::Size)));
        for exponent in [&[][..], &[0], &[1], &[0, 1], &[2], &[1, 0]] {
            assert_eq!(of(2048, exponent), Err(KeyError::Damaged), "{exponent:?}");
        }
        assert_eq!(Material::rsa(&[0, 0], &[3]), Err(KeyError::Damaged));
    }
}
