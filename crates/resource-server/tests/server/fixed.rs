//! One key given by hand, as a PEM file (JW-6).

use resource_server::{
    Algorithm, Algorithms, AuthorityMapping, BuildError, KeyError, KeySet, KeySource, PublicKey,
};

use super::support::*;

const RSA: &[u8] = include_bytes!("../tokens/test-rsa.pub.pem");
const P256: &[u8] = include_bytes!("../tokens/test-p256.pub.pem");
const P384: &[u8] = include_bytes!("../tokens/test-p384.pub.pem");
const ED25519: &[u8] = include_bytes!("../tokens/test-ed25519.pub.pem");

fn with(pem: &[u8], algorithms: &[Algorithm]) -> resource_server::Provider {
    let key = PublicKey::from_pem(pem).unwrap();
    let mut fixed = provider();
    fixed.keys = KeySource::Fixed(KeySet::single(key));
    fixed.algorithms = Algorithms::from_iter(algorithms.iter().copied());
    fixed
}

#[tokio::test(start_paused = true)]
async fn a_single_key_checks_every_token_at_once_whatever_key_it_names() {
    use Algorithm::{EdDsa, Es256, Es384, Ps512, Rs256};
    for (pem, algorithm) in
        [(RSA, Rs256), (RSA, Ps512), (P256, Es256), (P384, Es384), (ED25519, EdDsa)]
    {
        let server = server(vec![with(pem, &[algorithm])], &documents());
        let token = token("good", algorithm.name());
        assert_eq!(told(server.verify(&token, None).await), "ann", "{algorithm}");
    }
    let server = server(vec![with(RSA, &[Rs256])], &documents());
    for (kind, name, said) in [
        ("good", "no kid", "ann"),
        // The right key under a name that means nothing here.
        ("bad", "kid path", "ann"),
        ("bad", "stranger", "Failed to validate the token"),
        ("bad", "hs256 public pem", "Unsupported algorithm of HS256"),
        ("good", "ES256", "Unsupported algorithm of ES256"),
    ] {
        assert_eq!(told(server.verify(&token(kind, name), None).await), said, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_key_goes_with_exactly_one_algorithm_of_its_kind() {
    use Algorithm::{Es256, Rs256, Rs512};
    let refused = |pem, algorithms: &[Algorithm]| {
        let providers = vec![with(pem, algorithms)];
        let clock = std::sync::Arc::new(RuntimeClock::new());
        let settings = resource_server::TokenCacheSettings::default();
        let made = resource_server::ResourceServer::new(providers, &settings, clock, documents());
        made.map(|_| ()).unwrap_err()
    };
    let name = || "idp".to_owned();
    assert_eq!(refused(RSA, &[Rs256, Rs512]), BuildError::SeveralAlgorithms(name()));
    assert_eq!(refused(RSA, &[Es256]), BuildError::KeyKind(name(), Es256));
    assert_eq!(refused(P256, &[Rs256]), BuildError::KeyKind(name(), Rs256));
    assert_eq!(refused(RSA, &[]), BuildError::NoAlgorithm(name()));
}

#[test]
fn texts_without_a_usable_key_are_refused() {
    let small = include_bytes!("../tokens/test-rsa-small.pub.pem");
    let private = include_bytes!("../tokens/test-rsa.pem");
    assert_eq!(PublicKey::from_pem(small), Err(KeyError::Size));
    assert_eq!(PublicKey::from_pem(private), Err(KeyError::Pem));
    for text in [
        "",
        "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMAA=\n",
    ] {
        assert_eq!(PublicKey::from_pem(text.as_bytes()), Err(KeyError::Pem), "{text}");
    }
    for (der, error) in [
        ("MAA=", KeyError::Damaged),
        ("MAwwBwYDK2VwBQADAQA=", KeyError::Damaged),
        // Ed25519, 31 bytes.
        ("MCkwBQYDK2VwAyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", KeyError::Damaged),
        // X25519.
        ("MCowBQYDK2VuAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", KeyError::Kind),
    ] {
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n");
        assert_eq!(PublicKey::from_pem(pem.as_bytes()), Err(error), "{der}");
    }
}

#[tokio::test(start_paused = true)]
async fn roles_come_from_the_claim_that_holds_them() {
    let mut roles = with(RSA, &[Algorithm::Rs256]);
    roles.authorities = AuthorityMapping {
        claim: Some("roles".to_owned()),
        prefix: "ROLE_".to_owned(),
        ..AuthorityMapping::default()
    };
    roles.principal_claim = "tenant".to_owned();
    let server = server(vec![roles], &documents());
    let principal = server.verify(&token("good", "RS256"), None).await.unwrap();
    assert_eq!(principal.roles().collect::<Vec<_>>(), ["ADMIN", "CLERK"]);
    assert_eq!(principal.name(), Some("north"));
}
