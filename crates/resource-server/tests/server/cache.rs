//! Tokens that were verified a moment ago.

use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use resource_server::{Rejection, Verification};
use tokio::time::advance;

use super::support::*;

#[tokio::test(start_paused = true)]
async fn a_token_that_is_remembered_is_the_same_principal_and_still_ends() {
    let server = server(vec![provider()], &documents());
    let token = token("good", "RS256");
    beside(&server, async {
        let first = server.verify(&token, None).await.unwrap();
        let Verification::Done(Ok(again)) = server.begin(&token, None) else { panic!("it waits") };
        assert!(std::sync::Arc::ptr_eq(&first, &again));
        advance(Duration::from_secs(61)).await;
        let later = server.verify(&token, None).await.unwrap();
        assert!(!std::sync::Arc::ptr_eq(&first, &later), "verified anew");
        // It ends 300 s from the start, and clocks may be 60 s apart.
        advance(Duration::from_secs(299)).await;
        assert_eq!(told(server.verify(&token, None).await), "ann");
        advance(Duration::from_secs(1)).await;
        let ended = told(server.verify(&token, None).await);
        assert_eq!(ended, "Jwt expired at 2026-01-01T00:05:00Z");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_without_token_is_nobodys_and_one_with_two_is_refused() {
    let server = server(vec![provider()], &documents());
    beside(&server, async {
        let mut headers = HeaderMap::new();
        assert!(server.authenticate(&headers, None).await.unwrap().is_none());
        headers.insert(AUTHORIZATION, "Basic dTpw".parse().unwrap());
        assert!(server.authenticate(&headers, None).await.unwrap().is_none());
        let bearer = format!("Bearer {}", token("good", "RS256"));
        headers.insert(AUTHORIZATION, bearer.parse().unwrap());
        let ann = server.authenticate(&headers, None).await.unwrap().unwrap();
        assert_eq!(ann.name(), Some("ann"));
        headers.append(AUTHORIZATION, bearer.parse().unwrap());
        let refused = server.authenticate(&headers, None).await.unwrap_err();
        assert_eq!(refused, Rejection::SeveralTokens);
        headers.insert(AUTHORIZATION, "Bearer ".parse().unwrap());
        let refused = server.authenticate(&headers, None).await.unwrap_err();
        assert_eq!(refused, Rejection::MalformedHeader);
    })
    .await;
}
