//! When keys are fetched, and what happens while they cannot be.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use resource_server::{KeySource, Rejection, Verification};
use tokio::time::{Instant, advance, sleep};

use super::support::*;

const FAILED: &str = "Failed to validate the token";

/// The recorded set without the keys that tokens name.
const EMPTY: &str = r#"{"keys":[]}"#;

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_made_up_keys_lead_to_one_fetch_in_thirty_seconds() {
    let documents = documents();
    let server = server(vec![provider()], &documents);
    beside(&server, async {
        // 90 seconds in all.
        for number in 0..10_000 {
            assert_eq!(told(server.verify(&naming(&format!("k{number}")), None).await), FAILED);
            advance(Duration::from_millis(9)).await;
        }
        // At the start, after 30 s and after 60 s.
        assert_eq!(documents.asked(), 3);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_new_key_works_at_its_first_use_and_a_removed_one_for_five_minutes() {
    let documents = documents();
    documents.put(JWK_SET_URL, EMPTY);
    let mut lenient = provider();
    lenient.claims.require_exp = false;
    let server = server(vec![lenient], &documents);
    // What has no end can be remembered at any time.
    let token = token("good", "no exp");
    beside(&server, async {
        assert_eq!(told(server.verify(&token, None).await), FAILED);
        documents.put(JWK_SET_URL, JWK_SET);
        assert_eq!(told(server.verify(&token, None).await), FAILED, "not within 30 s");
        advance(Duration::from_secs(30)).await;
        assert_eq!(told(server.verify(&token, None).await), "ann");

        documents.put(JWK_SET_URL, EMPTY);
        sleep(Duration::from_secs(299)).await;
        assert_eq!(told(server.verify(&token, None).await), "ann");
        sleep(Duration::from_secs(2)).await;
        assert_eq!(told(server.verify(&token, None).await), FAILED, "though it was remembered");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn without_keys_nothing_passes_and_the_client_is_told_to_come_back() {
    let documents = documents();
    documents.is_down.store(true, Relaxed);
    let server = server(vec![provider()], &documents);
    let token = token("good", "RS256");
    beside(&server, async {
        let refused = server.verify(&token, None).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused), (503, Rejection::KeysUnavailable));
        documents.is_down.store(false, Relaxed);
        sleep(Duration::from_secs(2)).await;
        assert_eq!(told(server.verify(&token, None).await), "ann");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn old_keys_are_used_for_a_day_while_newer_ones_cannot_be_had() {
    let documents = documents();
    let mut patient = provider();
    patient.claims.skew = Duration::from_secs(100 * 3600);
    let server = server(vec![patient], &documents);
    let token = token("good", "RS256");
    beside(&server, async {
        assert_eq!(told(server.verify(&token, None).await), "ann");
        documents.is_down.store(true, Relaxed);
        sleep(Duration::from_secs(24 * 3600 - 1)).await;
        assert_eq!(told(server.verify(&token, None).await), "ann");
        sleep(Duration::from_secs(61)).await;
        let refused = server.verify(&token, None).await;
        assert_eq!(refused.unwrap_err(), Rejection::KeysUnavailable);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn tokens_wait_for_the_fetch_under_way_and_not_for_ever() {
    let documents = documents();
    *documents.takes.lock() = Duration::from_secs(3);
    let server = server(vec![provider()], &documents);
    let token = token("good", "RS256");
    beside(&server, async {
        assert!(matches!(server.begin(&token, None), Verification::Waiting(_)));
        let began = Instant::now();
        let both = tokio::join!(server.verify(&token, None), server.verify(&token, None));
        assert_eq!((told(both.0), told(both.1)), ("ann".to_owned(), "ann".to_owned()));
        assert_eq!((began.elapsed().as_secs(), documents.asked()), (3, 1));

        *documents.takes.lock() = Duration::from_secs(3600);
        advance(Duration::from_secs(30)).await;
        let began = Instant::now();
        assert_eq!(told(server.verify(&naming("new"), None).await), FAILED);
        assert_eq!(began.elapsed().as_secs(), 5);
        // Those whose key is there do not notice.
        assert!(matches!(server.begin(&token, None), Verification::Done(Ok(_))));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_dropped_while_it_waits_leaves_the_fetch_alone() {
    let documents = documents();
    *documents.takes.lock() = Duration::from_secs(3);
    let server = server(vec![provider()], &documents);
    let token = token("good", "RS256");
    beside(&server, async {
        let hasty = tokio::time::timeout(Duration::from_secs(1), server.verify(&token, None));
        assert!(hasty.await.is_err());
        sleep(Duration::from_secs(3)).await;
        assert!(matches!(server.begin(&token, None), Verification::Done(Ok(_))));
        assert_eq!(documents.asked(), 1);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_damaged_set_leaves_the_old_one_in_place() {
    let documents = documents();
    let server = server(vec![provider()], &documents);
    beside(&server, async {
        settle().await;
        documents.put(JWK_SET_URL, "<html>");
        sleep(Duration::from_secs(240)).await;
        let told = told(server.verify(&token("good", "ES256"), None).await);
        assert_eq!(told, "ann");
        sleep(Duration::from_secs(100)).await;
        assert_eq!(documents.asked(), 3, "again 30 s after the failure");
        let late = server.verify(&naming("x"), None).await.unwrap_err();
        assert_eq!(late.description(), FAILED, "and not 503");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_issuer_is_asked_where_its_keys_are() {
    let metadata = format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{JWK_SET_URL}"}}"#);
    for (place, asked) in [
        ("https://idp.example/realms/a/.well-known/openid-configuration", 2),
        ("https://idp.example/.well-known/openid-configuration/realms/a", 3),
        ("https://idp.example/.well-known/oauth-authorization-server/realms/a", 4),
    ] {
        let documents = documents();
        documents.put(place, &metadata);
        let mut discovered = provider();
        discovered.keys = KeySource::issuer(ISSUER).unwrap();
        let server = server(vec![discovered], &documents);
        beside(&server, async {
            assert_eq!(told(server.verify(&token("good", "RS256"), None).await), "ann");
            assert_eq!(documents.asked(), asked);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_metadata_of_another_issuer_is_not_believed() {
    let documents = documents();
    let metadata = format!(r#"{{"issuer":"{ISSUER}/","jwks_uri":"{JWK_SET_URL}"}}"#);
    documents.put("https://idp.example/realms/a/.well-known/openid-configuration", &metadata);
    let mut discovered = provider();
    discovered.keys = KeySource::issuer(ISSUER).unwrap();
    let server = server(vec![discovered], &documents);
    beside(&server, async {
        let refused = server.verify(&token("good", "RS256"), None).await;
        assert_eq!(refused.unwrap_err(), Rejection::KeysUnavailable);
        assert_eq!(documents.asked(), 1, "not the keys, and no other place");
    })
    .await;
}
