use std::collections::BTreeMap;

use http::{HeaderValue, StatusCode};
use serde_json::Value;
use service_kit::config::Sources;

use super::*;
use crate::config::PROGRAM;

const RECORDED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/resource-server/tests/tokens");

fn config(yaml: &str) -> Config {
    let key = format!(
        "spring.security.oauth2.resourceserver.jwt.public-key-location: \
         file:{RECORDED}/test-rsa.pub.pem\n{yaml}"
    );
    let files = BTreeMap::from([("application.yml".to_owned(), key)]);
    Config::load(&PROGRAM, &Sources::files(files)).unwrap()
}

fn good() -> String {
    let text = std::fs::read_to_string(format!("{RECORDED}/tokens.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    format!("Bearer {}", all["good"]["RS256"].as_str().unwrap())
}

const RULES: &str = "
gateway.security.rules:
- {path: '/public/**', access: permitAll}
- {path: '/orders/**', methods: [POST], access: 'scope:orders.write'}
- {path: '/admin/**', access: 'role:ADMIN'}
- {path: '/**', access: authenticated}
";

/// Status, challenge, and who it is.
async fn ask(
    yaml: &str,
    method: Method,
    path: &str,
    token: Option<&str>,
) -> (StatusCode, String, Option<String>) {
    let config = config(yaml);
    let clock = Clock::manual(1_767_225_600_000);
    let gate = Gate::read(&config, &clock).unwrap().unwrap();
    let rules = Rules::read(&config).unwrap();
    let mut headers = HeaderMap::new();
    if let Some(token) = token {
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(token).unwrap());
    }
    match gate.admit(&rules, &method, path, &headers).await {
        Ok(principal) => {
            let name = principal.and_then(|principal| principal.name().map(str::to_owned));
            (StatusCode::OK, String::new(), name)
        }
        Err(answer) => {
            let challenge = answer.headers.get(header::WWW_AUTHENTICATE);
            let challenge = challenge.map(|text| text.to_str().unwrap().to_owned());
            (answer.status, challenge.unwrap_or_default(), None)
        }
    }
}

#[tokio::test]
async fn the_first_rule_that_fits_decides() {
    let good = good();
    let cases = [
        (Method::GET, "/public/a", None, 200),
        (Method::GET, "/other", None, 401),
        (Method::GET, "/other", Some(&*good), 200),
        (Method::POST, "/orders/1", Some(&*good), 200),
        (Method::POST, "/orders/1/", None, 401),
        (Method::GET, "/admin", Some(&*good), 403),
        (Method::GET, "/%61dmin/x", Some(&*good), 403),
    ];
    for (method, path, token, status) in cases {
        let (answered, _, name) = ask(RULES, method, path, token).await;
        assert_eq!(answered.as_u16(), status, "{path}");
        assert_eq!(name.is_some(), status == 200 && token.is_some(), "{path}");
    }
}

#[tokio::test]
async fn answers_are_springs_ja_1_ja_2_ja_9_ja_10() {
    let asked = async |path, token: Option<&str>| ask(RULES, Method::GET, path, token).await.1;
    assert_eq!(asked("/other", None).await, "Bearer");
    // A bad token is refused where none would be needed.
    let malformed = asked("/public/a", Some("Bearer a b")).await;
    assert!(malformed.contains("Bearer token is malformed"), "{malformed}");
    let scope = asked("/admin", Some(&good())).await;
    assert!(scope.starts_with("Bearer error=\"insufficient_scope\""), "{scope}");
}

#[tokio::test]
async fn without_rules_everything_needs_a_token() {
    assert_eq!(ask("", Method::GET, "/", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("", Method::GET, "/", Some(&good())).await.0, StatusCode::OK);
}

#[test]
fn rules_without_anybody_to_believe_stop_the_start() {
    let yaml = RULES.to_owned();
    let files = BTreeMap::from([("application.yml".to_owned(), yaml)]);
    let config = Config::load(&PROGRAM, &Sources::files(files)).unwrap();
    let error = Gate::read(&config, &Clock::manual(0)).unwrap_err().to_string();
    assert!(error.contains("application.yml:") && error.contains("issuer-uri"), "{error}");
}

#[test]
fn a_misspelt_key_stops_the_start() {
    for key in ["gateway.security.require-expiry", "gateway.security.rule[0].path"] {
        let files = BTreeMap::from([("application.yml".to_owned(), format!("'{key}': x"))]);
        let error = Config::load(&PROGRAM, &Sources::files(files)).unwrap_err().to_string();
        assert!(error.contains("application.yml:1") && error.contains("not a key"), "{error}");
    }
}
