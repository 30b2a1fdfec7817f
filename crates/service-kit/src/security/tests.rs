use std::collections::BTreeMap;

use super::*;
use crate::clock::Clock;
use crate::config::{Config, Program, Sources};

const PROGRAM: Program = Program {
    name: "order-service",
    version: "1.0",
    about: "a demonstration",
    keys: &[SPRING_KEYS, OWN_KEYS, SERVICE_KEYS, GATEWAY_KEYS],
    owned: &["gateway.", "myerp.", "spring.security.oauth2.resourceserver."],
    defaults: &[],
};
/// Keys and tokens that the tests of the resource server have recorded.
const RECORDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../resource-server/tests/tokens");
/// The moment they count from, in milliseconds.
const NOW_MS: u64 = 1_767_225_600_000;
const JWT: &str = "spring.security.oauth2.resourceserver.jwt";

fn loaded(yaml: &str) -> Result<Config, String> {
    let files = BTreeMap::from([("application.yml".to_owned(), yaml.to_owned())]);
    Config::load(&PROGRAM, &Sources::files(files)).map_err(|errors| errors.to_string())
}

fn config(yaml: &str) -> Config {
    loaded(yaml).unwrap()
}

/// The server of a configuration, or its error with the cause.
fn server(yaml: &str) -> Result<Option<ResourceServer>, String> {
    resource_server(&config(yaml), &Clock::manual(NOW_MS)).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(" <- {cause}"));
        format!("{error}{}", cause.unwrap_or_default())
    })
}

/// YAML with the recorded RSA key, and more under `jwt`.
fn with_key(more: &str) -> String {
    format!("{JWT}:\n  public-key-location: file:{RECORDED}/test-rsa.pub.pem\n{more}\n")
}

fn recorded(kind: &str, name: &str) -> String {
    let text = std::fs::read_to_string(format!("{RECORDED}/tokens.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    all[kind][name].as_str().unwrap().to_owned()
}

#[test]
fn every_key_that_says_it_works_is_read() {
    let config = config(&with_key(""));
    resource_server(&config, &Clock::manual(NOW_MS)).unwrap().unwrap();
    rules(&config, |path| Ok(path.to_owned())).unwrap();
    let unread: Vec<_> = config.unread();
    assert_eq!(unread, ["myerp.security.require-caller"]);
}

#[test]
fn without_keys_there_is_nothing_to_check_tokens_with() {
    assert!(server("myerp.security.require-exp: false").unwrap().is_none());
}

#[tokio::test]
async fn springs_keys_say_what_a_token_is() {
    let yaml = with_key(
        "  issuer-uri:\n  audiences: [orders, other]\n  authorities-claim-name: roles\n  \
         authority-prefix: ROLE_\n  principal-claim-name: tenant",
    );
    let server = server(&yaml).unwrap().unwrap();
    let principal = server.verify(&recorded("good", "RS256"), None).await.unwrap();
    assert_eq!(principal.name(), Some("north"));
    assert_eq!(principal.authorities(), ["ROLE_ADMIN", "ROLE_CLERK"]);
    let wrong = server.verify(&recorded("bad", "wrong aud"), None).await.unwrap_err();
    assert_eq!(wrong.description(), "The aud claim is not valid");
    let endless = server.verify(&recorded("good", "no exp"), None).await.unwrap_err();
    assert_eq!(endless.description(), "exp is required");
}

#[tokio::test]
async fn an_empty_prefix_is_not_the_default_one() {
    let yaml = with_key("  authority-prefix: ''") + "gateway.security.require-exp: false\n";
    let server = server(&yaml).unwrap().unwrap();
    let principal = server.verify(&recorded("good", "no exp"), None).await.unwrap();
    assert_eq!(principal.authorities(), ["orders.read", "orders.write"]);
}

#[test]
fn settings_that_cannot_work_name_the_key() {
    let small = format!("{JWT}.public-key-location: {RECORDED}/test-rsa-small.pub.pem");
    for (yaml, said) in [
        (with_key("  jws-algorithms: [RS256, HS256]"), "jws-algorithms: HS256 is not one of RS256"),
        (with_key("  jws-algorithms: [ES512]"), "ES512 is not one of"),
        (with_key("  jws-algorithms: RS256,RS384"), "a single key needs exactly one algorithm"),
        (with_key("  jws-algorithm: ES256"), "the key cannot be used with ES256"),
        (with_key("  authorities-claim-delimiter: '(a|b)'"), "a delimiter is a text"),
        (
            format!("{JWT}.public-key-location: /nowhere.pem"),
            "public-key-location: /nowhere.pem <-",
        ),
        (small, "an RSA key has 2048 to 8192 bits"),
        (format!("{JWT}.issuer-uri: http://idp.example"), "issuer-uri <- an issuer needs https"),
        (format!("{JWT}.jwk-set-uri: certs"), "jwk-set-uri <- it is not an http or https URL"),
        ("gateway.security.providers: [{audiences: a}]".to_owned(), "0: it says nowhere"),
        (
            "gateway.security.providers: [{issuer: a}]".to_owned(),
            "there are issuer-uri, jwk-set-uri",
        ),
        (
            "gateway.security.providers: [{jwk-set-uri: 'https://a'}, {issuer-uri: 'https://b'}]"
                .to_owned(),
            "with several providers each needs an issuer",
        ),
    ] {
        let error = server(&yaml).unwrap_err();
        assert!(error.contains(said), "{error}\nlacks {said}");
    }
    for (yaml, said) in [
        (format!("{JWT}.issuer-url: https://a"), "did you mean"),
        (
            "spring.security.oauth2.resourceserver.opaquetoken.introspection-uri: https://a"
                .to_owned(),
            "is not supported",
        ),
    ] {
        let error = loaded(&yaml).unwrap_err();
        assert!(error.contains(said), "{error}\nlacks {said}");
    }
}

#[tokio::test]
async fn further_issuers_are_listed_or_named() {
    let listed = "
gateway.security.providers:
- issuerUri: https://idp.example/realms/a
  jwk_set_uri: https://idp.example/a/certs
- issuer-uri: https://idp.example/realms/b
  jwk-set-uri: https://idp.example/b/certs
  audiences: [x, y]
";
    let named = "
gateway.security.providers:
  a: {issuer-uri: 'https://idp.example/realms/a', jwk-set-uri: 'https://idp.example/a/certs'}
  b: {issuer-uri: 'https://idp.example/realms/b', audiences: 'x,y'}
";
    for yaml in [listed, named] {
        let server = server(yaml).unwrap().unwrap();
        let known = server.begin(&recorded("good", "RS256"), None);
        assert!(matches!(known, tokens::Verification::Waiting(_)), "{known:?}");
        let unknown = server.verify(&recorded("bad", "iss slash"), None).await.unwrap_err();
        assert_eq!(unknown.description(), "Invalid issuer");
    }
}

#[test]
fn rules_are_read_in_their_order() {
    use http::Method;
    use tokens::Access;

    let list: String = (0..12)
        .map(|number| format!("  - {{path: /p{number}, access: 'scope:s{number}'}}\n"))
        .collect();
    let yaml = format!(
        "gateway.security:\n  rules:\n  - {{path: /orders/**, methods: [POST, put], access: 'role:CLERK'}}\n\
         {list}  - {{path: '/**', access: authenticated}}\n"
    );
    let rules = rules(&config(&yaml), |path| Ok(path.to_owned())).unwrap();
    let access =
        |method, path: &str| rules.access(&method, |own| own == path || own == "/**").clone();
    assert_eq!(access(Method::PUT, "/orders/**"), Access::Authority("ROLE_CLERK".to_owned()));
    assert_eq!(access(Method::GET, "/orders/**"), Access::Authenticated);
    for number in 0..12 {
        let scope = Access::Authority(format!("SCOPE_s{number}"));
        assert_eq!(access(Method::GET, &format!("/p{number}")), scope);
    }
}

#[test]
fn rules_that_cannot_work_name_their_place() {
    for (rule, said) in [
        ("{access: permit}", "rules[0]: it has no path"),
        ("{path: /a}", "rules[0]: it has no access"),
        ("{path: /a, access: anyone}", "rules[0].access: \"anyone\" is not permit"),
        ("{path: /a, access: permit, methods: [GTE]}", "rules[0].methods: GTE is not a method"),
        ("{path: bad, access: permit}", "rules[0].path: it does not compile"),
        ("{path: /a, access: permit, method: GET}", "there are path, methods and access"),
        ("text", "takes"),
    ] {
        let config = config(&format!("gateway.security.rules:\n- {rule}\n"));
        let compile = |path: &str| {
            if path == "bad" { Err("it does not compile".to_owned()) } else { Ok(()) }
        };
        let error = rules(&config, compile).unwrap_err().to_string();
        assert!(error.contains(said), "{error}\nlacks {said}");
        assert!(error.starts_with("application.yml:2"), "{error}");
    }
}
