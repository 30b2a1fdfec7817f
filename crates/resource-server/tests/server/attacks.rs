//! Tokens that must be accepted, and every way we know to forge one.

use std::collections::HashMap;

use super::support::*;

/// What is said about each recorded token that is bad.
const SAID: &[(&str, &str)] = &[
    ("none", "Unsupported algorithm of none"),
    ("none with signature", "Unsupported algorithm of none"),
    ("None", "Invalid token"),
    ("hs256 public pem", "Unsupported algorithm of HS256"),
    ("hs256 public der", "Unsupported algorithm of HS256"),
    ("hs256 jwk n", "Unsupported algorithm of HS256"),
    ("hs256 jwk n bytes", "Unsupported algorithm of HS256"),
    ("kid path", "Failed to validate the token"),
    ("kid sql", "Failed to validate the token"),
    ("kid long", "Invalid token"),
    ("key in header", "Failed to validate the token"),
    ("stranger", "Failed to validate the token"),
    ("stranger no kid", "Failed to validate the token"),
    ("small rsa", "Failed to validate the token"),
    ("key for encryption", "Failed to validate the token"),
    ("key for RS512", "Failed to validate the token"),
    ("rsa kid, ec key", "Failed to validate the token"),
    ("wrong aud", "The aud claim is not valid"),
    ("no aud", "The aud claim is not valid"),
    ("iss prefix", "The iss claim is not valid"),
    ("iss slash", "The iss claim is not valid"),
    ("expired 61 s", "Jwt expired at 2025-12-31T23:58:59Z"),
    ("early 61 s", "Jwt used before 2026-01-01T00:01:01Z"),
    ("exp text", "Invalid token"),
    ("exp 1e400", "Invalid token"),
    ("exp null", "Invalid token"),
    ("claim twice", "Invalid token"),
    ("payload list", "Invalid token"),
    ("crit", "Invalid token"),
    ("typ", "the given typ value needs to be one of [JWT, at+jwt, application/at+jwt]"),
    ("jwe", "Invalid token"),
    ("jwe inside", "Invalid token"),
    ("es256 zero", "Failed to validate the token"),
    ("es256 der", "Failed to validate the token"),
    ("eddsa zero", "Failed to validate the token"),
    ("empty signature", "Failed to validate the token"),
];

#[tokio::test(start_paused = true)]
async fn tokens_of_another_library_are_understood() {
    let server = server(vec![provider()], &documents());
    beside(&server, async {
        let mut good = tokens("good");
        let endless = good.remove("no exp").unwrap();
        assert_eq!(good.len(), 15);
        for (name, token) in good {
            let principal = server.verify(&token, None).await;
            let principal = principal.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(principal.name(), Some("ann"), "{name}");
            let scopes = ["SCOPE_orders.read", "SCOPE_orders.write"];
            assert_eq!(principal.authorities(), scopes, "{name}");
            assert_eq!(principal.claims()["tenant"], "north");
        }
        assert_eq!(told(server.verify(&endless, None).await), "exp is required");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_end_may_be_made_optional() {
    let mut lenient = provider();
    lenient.claims.require_exp = false;
    let server = server(vec![lenient], &documents());
    beside(&server, async {
        assert_eq!(told(server.verify(&token("good", "no exp"), None).await), "ann");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn forged_tokens_are_refused_with_springs_words() {
    let documents = documents();
    let server = server(vec![provider()], &documents);
    beside(&server, async {
        let bad = tokens("bad");
        let said: HashMap<_, _> = SAID.iter().copied().collect();
        assert_eq!(said.len(), bad.len());
        for (name, token) in &bad {
            let rejection = server.verify(token, None).await.expect_err(name);
            assert_eq!(rejection.description(), said[name.as_str()], "{name}");
            assert_eq!(rejection.status(), 401, "{name}");
        }
        // Whatever keys the tokens name: nobody else was asked for any.
        assert_eq!(documents.asked(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_bit_of_a_token_can_be_changed() {
    let server = server(vec![provider()], &documents());
    beside(&server, async {
        for name in ["RS256", "PS256", "ES256", "EdDSA"] {
            let token = token("good", name);
            assert_eq!(told(server.verify(&token, None).await), "ann");
            for at in 0..token.len() {
                // A prime, so that every bit has its turn in some place.
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << (at % 7);
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                assert!(server.verify(&changed, None).await.is_err(), "{name} at {at}");
            }
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn algorithms_that_are_not_allowed_do_not_count_even_with_the_right_key() {
    let mut strict = provider();
    strict.algorithms = resource_server::Algorithms::default();
    let server = server(vec![strict], &documents());
    beside(&server, async {
        assert_eq!(told(server.verify(&token("good", "RS256"), None).await), "ann");
        for name in ["RS512", "PS256", "ES256", "EdDSA"] {
            let said = told(server.verify(&token("good", name), None).await);
            assert_eq!(said, format!("Unsupported algorithm of {name}"));
        }
    })
    .await;
}
