//! A public key in PEM format: RSA as in Spring, EC and Ed25519 besides (JW-6).

use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;

use super::der::Der;
use super::{KeyError, Material, PublicKey};

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// First byte of a point that is written with both coordinates.
const UNCOMPRESSED: u8 = 4;

impl PublicKey {
    /// The key in the first `PUBLIC KEY` block of `pem`.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| KeyError::Pem)?;
        material(der.as_ref()).map(Self::new)
    }
}

fn material(text: &[u8]) -> Result<Material, KeyError> {
    let (kind, curve, key) = parts(text).ok_or(KeyError::Damaged)?;
    let point = |length: usize| {
        let is_whole = key.len() == 1 + 2 * length && key.first() == Some(&UNCOMPRESSED);
        if is_whole { Ok(key.to_vec()) } else { Err(KeyError::Damaged) }
    };
    match (kind, curve) {
        (RSA, _) => {
            let mut numbers = Der::new(key).sequence().ok_or(KeyError::Damaged)?;
            let modulus = numbers.unsigned().ok_or(KeyError::Damaged)?;
            let exponent = numbers.unsigned().ok_or(KeyError::Damaged)?;
            Material::rsa(modulus, exponent)
        }
        (EC, Some(P256)) => point(32).map(Material::P256),
        (EC, Some(P384)) => point(48).map(Material::P384),
        (ED25519, None) if key.len() == 32 => Ok(Material::Ed25519(key.to_vec())),
        (ED25519, _) => Err(KeyError::Damaged),
        _ => Err(KeyError::Kind),
    }
}

/// Ids of the kind and of the curve, and the key itself.
type Parts<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8]);

fn parts(text: &[u8]) -> Option<Parts<'_>> {
    let mut whole = Der::new(text);
    let mut info = whole.sequence()?;
    let mut kind = info.sequence()?;
    let name = kind.object_id()?;
    // RSA has a null here, which is no curve.
    let curve = kind.object_id();
    let key = info.bit_string()?;
    (info.is_empty() && whole.is_empty()).then_some((name, curve, key))
}
