//! What becomes of requests to a service.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::routing::get;
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::config::{Program, Sources};
use crate::metrics::Registry;
use crate::security::{OWN_KEYS, SERVICE_KEYS, SPRING_KEYS};
use crate::web::Layers;

const PROGRAM: Program = Program {
    name: "order-service",
    version: "1.0",
    about: "a demonstration",
    keys: &[SPRING_KEYS, OWN_KEYS, SERVICE_KEYS],
    owned: &[],
    defaults: &[],
};
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../resource-server/tests/tokens");
const REQUIRED: &str = "--myerp.security.require-caller=true";

/// A service with these arguments that answers with who calls, and an actuator beside.
fn service(args: &[&str]) -> Router {
    let clock = Clock::manual(1_767_225_600_000);
    let config = Config::load(&PROGRAM, &Sources::files(BTreeMap::new()).with_args(args)).unwrap();
    let security = Security::read(&config, &clock).unwrap();
    let who = |caller: Caller| async move {
        format!("{} [{}] {:?}", caller.user, caller.roles.join(" "), caller.service)
    };
    let router = security.around(Router::new().route("/who", get(who)));
    let router = router.fallback_service(Router::new().route("/actuator/health", get(|| async {})));
    let registry = Registry::new(clock.clone());
    Layers::new(clock, registry, Duration::from_secs(30)).around(router)
}

fn with_key(more: &[&str]) -> Router {
    let jwt = "--spring.security.oauth2.resourceserver.jwt";
    let own = [
        format!("{jwt}.public-key-location=file:{RECORDED}/test-rsa.pub.pem"),
        format!("{jwt}.authorities-claim-name=roles"),
        format!("{jwt}.authority-prefix=ROLE_"),
    ];
    let args: Vec<&str> = own.iter().map(String::as_str).chain(more.iter().copied()).collect();
    service(&args)
}

fn bearer(kind: &str, name: &str) -> (&'static str, String) {
    let text = std::fs::read_to_string(format!("{RECORDED}/tokens.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    ("authorization", format!("Bearer {}", all[kind][name].as_str().unwrap()))
}

/// Status, challenge and body of an answer.
async fn ask(
    router: &Router,
    path: &str,
    headers: &[(&'static str, String)],
) -> (u16, String, String) {
    let request = Request::builder().uri(path);
    let request = headers.iter().fold(request, |made, (name, value)| made.header(*name, value));
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let challenge = response.headers().get(header::WWW_AUTHENTICATE);
    let challenge = challenge.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 16).await.unwrap();
    (status, challenge, String::from_utf8(body.to_vec()).unwrap())
}

fn gateway() -> Vec<(&'static str, String)> {
    vec![("x-user-id", "bob".to_owned()), ("x-user-roles", "OPERATOR".to_owned())]
}

#[tokio::test]
async fn without_keys_the_gateway_is_believed_and_tokens_are_nobodys_business() {
    let service = service(&[]);
    let (status, _, body) = ask(&service, "/who", &gateway()).await;
    assert_eq!((status, body.as_str()), (200, "bob [OPERATOR] None"));
    let (status, _, body) = ask(&service, "/who", &[bearer("bad", "stranger")]).await;
    assert_eq!((status, body.as_str()), (200, "anonymous [] None"));
}

#[tokio::test]
async fn a_token_says_who_calls_and_beats_the_headers() {
    let service = with_key(&[]);
    let mut headers = gateway();
    let (_, _, body) = ask(&service, "/who", &headers).await;
    assert_eq!(body, "bob [OPERATOR] None");
    headers.push(bearer("good", "RS256"));
    headers.push(("x-service-name", "order-service".to_owned()));
    let (status, _, body) = ask(&service, "/who", &headers).await;
    assert_eq!((status, body.as_str()), (200, "ann [ADMIN CLERK] Some(\"order-service\")"));
}

#[tokio::test]
async fn a_bad_token_is_refused_even_where_none_is_needed() {
    let service = with_key(&[]);
    for (name, said) in [
        ("stranger", "Failed to validate the token"),
        ("none", "Unsupported algorithm of none"),
        ("expired 61 s", "Jwt expired at 2025-12-31T23:58:59Z"),
    ] {
        let mut headers = gateway();
        headers.push(bearer("bad", name));
        let (status, challenge, body) = ask(&service, "/who", &headers).await;
        assert_eq!(status, 401, "{name}");
        let start = format!("Bearer error=\"invalid_token\", error_description=\"{said}\", ");
        assert!(challenge.starts_with(&start), "{challenge}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&body["code"], &body["detail"]), (&"UNAUTHENTICATED".into(), &said.into()));
    }
    let twice = [bearer("good", "RS256"), bearer("good", "RS256")];
    let (status, challenge, _) = ask(&service, "/who", &twice).await;
    assert_eq!(status, 400);
    assert!(challenge.starts_with("Bearer error=\"invalid_request\""), "{challenge}");
}

#[tokio::test]
async fn somebody_must_be_named_if_the_settings_say_so() {
    for service in [with_key(&[REQUIRED]), service(&[REQUIRED])] {
        let (status, challenge, _) = ask(&service, "/who", &[]).await;
        assert_eq!((status, challenge.as_str()), (401, "Bearer"));
        let only_service = [("x-service-name", "order-service".to_owned())];
        assert_eq!(ask(&service, "/who", &only_service).await.0, 401);
        assert_eq!(ask(&service, "/who", &gateway()).await.0, 200);
        assert_eq!(ask(&service, "/actuator/health", &[]).await.0, 200);
    }
    let own = with_key(&[REQUIRED]);
    assert_eq!(ask(&own, "/who", &[bearer("good", "RS256")]).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn while_keys_cannot_be_had_nothing_passes() {
    // Nobody fetches any here.
    let jwt = "--spring.security.oauth2.resourceserver.jwt.jwk-set-uri=https://idp.example/certs";
    let service = service(&[jwt]);
    let (status, challenge, body) = ask(&service, "/who", &[bearer("good", "RS256")]).await;
    assert_eq!((status, challenge.as_str()), (503, ""));
    assert!(body.contains("AUTH_UNAVAILABLE"), "{body}");
    assert_eq!(ask(&service, "/who", &gateway()).await.0, 200);
}
