//! Both sides of every limit of a claim.

use super::*;
use crate::algorithm::Algorithm;

/// Milliseconds since the Unix epoch.
const NOW: u64 = 1_767_225_600_000;
const NOW_S: i64 = 1_767_225_600;

fn check(checks: &ClaimChecks, kind: Option<&str>, claims: &str) -> Result<(), InvalidToken> {
    let kind = kind.map(str::to_owned);
    let header = Header { algorithm: Algorithm::Rs256, key_id: None, kind };
    checks.check(&header, &serde_json::from_str(claims).unwrap(), NOW)
}

fn lenient() -> ClaimChecks {
    ClaimChecks { require_exp: false, ..ClaimChecks::default() }
}

#[test]
fn a_token_may_be_expired_for_as_long_as_clocks_may_be_apart() {
    let expired = |ago: i64| check(&lenient(), None, &format!("{{\"exp\":{}}}", NOW_S - ago));
    assert_eq!((expired(59), expired(60)), (Ok(()), Ok(())));
    assert_eq!(expired(61), Err(InvalidToken::Expired(NOW_S - 61)));
}

#[test]
fn a_token_may_begin_as_far_ahead() {
    let begins = |ahead: i64| check(&lenient(), None, &format!("{{\"nbf\":{}}}", NOW_S + ahead));
    assert_eq!((begins(59), begins(60)), (Ok(()), Ok(())));
    assert_eq!(begins(61), Err(InvalidToken::NotYet(NOW_S + 61)));
}

#[test]
fn times_are_numbers() {
    for name in ["exp", "nbf", "iat"] {
        for value in ["\"1767225600\"", "null", "true", "[1767225600]", "{}"] {
            let claims = format!("{{\"{name}\":{value}}}");
            assert_eq!(check(&lenient(), None, &claims), Err(InvalidToken::Malformed), "{claims}");
        }
    }
    for value in
        ["1767225600.9", "1.7672256e9", "1e300", "9223372036854775807", "18446744073709551615"]
    {
        assert_eq!(check(&lenient(), None, &format!("{{\"exp\":{value}}}")), Ok(()), "{value}");
    }
    let fraction = format!("{{\"exp\":{}.9}}", NOW_S - 61);
    assert_eq!(check(&lenient(), None, &fraction), Err(InvalidToken::Expired(NOW_S - 61)));
    let ancient = check(&lenient(), None, "{\"exp\":-9223372036854775808}");
    assert_eq!(ancient, Err(InvalidToken::Expired(i64::MIN)));
}

#[test]
fn an_end_is_required_unless_switched_off() {
    assert_eq!(check(&ClaimChecks::default(), None, "{}"), Err(InvalidToken::NoExpiry));
    assert_eq!(check(&lenient(), None, "{}"), Ok(()));
}

#[test]
fn a_lifetime_counts_from_the_issue_and_never_from_the_future() {
    let checks =
        ClaimChecks { lifetime_max: Some(Duration::from_secs(600)), ..ClaimChecks::default() };
    let of = |exp: i64, iat: Option<i64>| {
        let iat = iat.map(|iat| format!(",\"iat\":{}", NOW_S + iat)).unwrap_or_default();
        check(&checks, None, &format!("{{\"exp\":{}{iat}}}", NOW_S + exp))
    };
    assert_eq!((of(600, None), of(600, Some(0)), of(500, Some(-100))), (Ok(()), Ok(()), Ok(())));
    for (exp, iat) in [(601, None), (501, Some(-100)), (100_000, Some(99_999))] {
        assert_eq!(of(exp, iat), Err(InvalidToken::Lifetime), "{exp} {iat:?}");
    }
    assert_eq!(check(&checks, None, "{}"), Err(InvalidToken::NoExpiry));
}

#[test]
fn types_are_taken_in_any_case() {
    for kind in [None, Some("JWT"), Some("jwt"), Some("at+jwt"), Some("application/AT+JWT")] {
        assert_eq!(check(&lenient(), kind, "{}"), Ok(()), "{kind:?}");
    }
    let taken = "JWT, at+jwt, application/at+jwt".to_owned();
    for kind in ["", "JOSE", "dpop+jwt", "logout+jwt", "JWT "] {
        let refused = Err(InvalidToken::Type(taken.clone()));
        assert_eq!(check(&lenient(), Some(kind), "{}"), refused, "{kind}");
    }
}

#[test]
fn an_issuer_is_equal_to_the_letter() {
    let issuer = Some("https://idp.example".to_owned());
    let checks = ClaimChecks { issuer, ..lenient() };
    assert_eq!(check(&checks, None, r#"{"iss":"https://idp.example"}"#), Ok(()));
    for claims in [
        r#"{"iss":"https://idp.example.evil"}"#,
        r#"{"iss":"https://idp.example/"}"#,
        r#"{"iss":"https://IDP.example"}"#,
        r#"{"iss":["https://idp.example"]}"#,
        r#"{"iss":null}"#,
        "{}",
    ] {
        assert_eq!(check(&checks, None, claims), Err(InvalidToken::Issuer), "{claims}");
    }
}

#[test]
fn one_audience_in_common_is_enough() {
    let audiences = ["orders", "stock"].map(str::to_owned).to_vec();
    let checks = ClaimChecks { audiences, ..lenient() };
    for claims in [r#"{"aud":"orders"}"#, r#"{"aud":["x","stock"]}"#] {
        assert_eq!(check(&checks, None, claims), Ok(()), "{claims}");
    }
    for claims in
        ["{}", r#"{"aud":"order"}"#, r#"{"aud":[]}"#, r#"{"aud":[["orders"]]}"#, r#"{"aud":7}"#]
    {
        assert_eq!(check(&checks, None, claims), Err(InvalidToken::Audience), "{claims}");
    }
    assert_eq!(check(&lenient(), None, "{\"aud\":7}"), Err(InvalidToken::Malformed));
}

#[test]
fn a_token_ends_after_it_was_issued() {
    let lives = |secs: i64| {
        let claims = format!("{{\"iat\":{NOW_S},\"exp\":{}}}", NOW_S + secs);
        check(&lenient(), None, &claims)
    };
    assert_eq!(lives(1), Ok(()));
    assert_eq!((lives(0), lives(-1)), (Err(InvalidToken::Malformed), Err(InvalidToken::Malformed)));
}

#[test]
fn registered_names_have_their_types() {
    for name in ["iss", "sub", "aud"] {
        let kind = |value: &str| check(&lenient(), None, &format!("{{\"{name}\":{value}}}"));
        assert_eq!((kind("\"x\""), kind("null")), (Ok(()), Ok(())), "{name}");
        assert_eq!(kind("7"), Err(InvalidToken::Malformed), "{name}");
    }
}
