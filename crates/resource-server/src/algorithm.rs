//! Signature algorithms, and which of them a provider allows (RFC 7518 section 3).

use std::fmt;

/// A signature algorithm with a public key. There is no symmetric one, and `none` is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS#1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512,
    /// RSA PSS with SHA-256.
    Ps256,
    /// RSA PSS with SHA-384.
    Ps384,
    /// RSA PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

/// Names that exist in RFC 7518 and its followers and are never allowed here. Only registered
/// names may appear in an answer.
const REFUSED: [&str; 6] = ["none", "HS256", "HS384", "HS512", "ES512", "ES256K"];

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of a registered name, which is case-sensitive. `Ed25519` is the newer name of
    /// `EdDSA` with that curve (RFC 9864).
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The registered name that equals `name`, of an algorithm that we have or refuse.
pub(crate) fn registered(name: &str) -> Option<&'static str> {
    let known = Algorithm::ALL.into_iter().map(Algorithm::name);
    known.chain(REFUSED).find(|registered| *registered == name)
}

/// Algorithms that a provider allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithms(u16);

impl Algorithms {
    /// Whether `algorithm` is among them.
    #[must_use]
    pub const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & bit(algorithm) != 0
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there are none: every token is refused.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Default for Algorithms {
    /// `RS256` alone (JW-5).
    fn default() -> Self {
        Self(bit(Algorithm::Rs256))
    }
}

impl FromIterator<Algorithm> for Algorithms {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        Self(algorithms.into_iter().fold(0, |bits, algorithm| bits | bit(algorithm)))
    }
}

const fn bit(algorithm: Algorithm) -> u16 {
    1 << algorithm as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_exact_and_symmetric_ones_unknown() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::of(algorithm.name()), Some(algorithm));
        }
        for name in ["none", "None", "HS256", "rs256", "ES512", "", "RS256 "] {
            assert_eq!(Algorithm::of(name), None, "{name}");
        }
        assert_eq!(Algorithm::of("Ed25519"), Some(Algorithm::EdDsa));
    }

    #[test]
    fn a_set_has_what_was_put_in() {
        let set = Algorithms::from_iter([Algorithm::Es256, Algorithm::EdDsa]);
        let has: Vec<_> = Algorithm::ALL.into_iter().filter(|&one| set.contains(one)).collect();
        assert_eq!(has, [Algorithm::Es256, Algorithm::EdDsa]);
        assert_eq!((set.len(), Algorithms::default().len()), (2, 1));
    }
}
