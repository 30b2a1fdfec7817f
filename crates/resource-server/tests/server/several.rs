//! Several issuers that are trusted (JW-23).

use resource_server::{KeySet, KeySource, PublicKey};

use super::support::*;

/// Two issuers; the recorded tokens are from the first.
fn two(other: &str) -> resource_server::ResourceServer {
    let stranger = include_bytes!("../tokens/test-stranger.pub.pem");
    let key = PublicKey::from_pem(stranger).unwrap();
    let mut second = provider();
    second.name = "second".to_owned();
    second.keys = KeySource::Fixed(KeySet::single(key));
    second.algorithms = resource_server::Algorithms::default();
    second.claims.issuer = Some(other.to_owned());
    server(vec![second, provider()], &documents())
}

#[tokio::test(start_paused = true)]
async fn a_token_is_checked_by_the_issuer_it_names_and_no_other() {
    let server = two("https://idp.example.evil");
    beside(&server, async {
        assert_eq!(told(server.verify(&token("good", "RS256"), None).await), "ann");
        for (name, said) in [
            // Signed by the first, says it is from the second.
            ("iss prefix", "Failed to validate the token"),
            // Signed by the second, says it is from the first.
            ("stranger", "Failed to validate the token"),
            ("iss slash", "Invalid issuer"),
        ] {
            assert_eq!(told(server.verify(&token("bad", name), None).await), said, "{name}");
        }
        assert_eq!(told(server.verify(&naming("x"), None).await), "Missing issuer");
    })
    .await;
}
