//! The same tokens to Spring Cloud Gateway with Spring Security and to ours: status, what
//! `WWW-Authenticate` says, and whether the backend saw the request and its token are compared.
//!
//! Tokens are made by `PyJWT`, see `clients/tokens/cases.py`. What differs on purpose is in
//! `fixtures/gateway/tokens-allowed.json`. `COMPAT_SUBJECT=reference` compares Spring's with itself.

mod setups;

use std::fmt::Write as _;

use anyhow::{Result, anyhow, bail, ensure};
use compat_tests::gateway::Kind;
use compat_tests::gateway::allowance::Allowances;
use compat_tests::gateway::request::{Case, differences};
use serde_json::{Value, json};

use setups::{Side, Tokens};

/// Fewest cases that make a comparison.
const CASES_MIN: usize = 700;

#[test]
fn both_believe_the_same_tokens() -> Result<()> {
    let is_ours = std::env::var("COMPAT_SUBJECT").as_deref() != Ok("reference");
    let kind = if is_ours { Kind::Ours } else { Kind::SpringTokens };
    let mut tokens = Tokens::make()?;
    let reference = Side::start(Kind::SpringTokens, &tokens)?;
    let ours = Side::start(kind, &tokens)?;
    let mut allowed = Allowances::load("tokens-allowed.json")?;
    let mut wrong = String::new();
    let mut count = 0;
    for (setup, cases) in tokens.cases()? {
        let (reference, ours) = (reference.gateway(&setup)?, ours.gateway(&setup)?);
        for case in cases {
            let (wanted, got) = both(&case, reference, ours)?;
            let mut found = differences(&wanted, &got);
            if is_ours {
                allowed.remove(&format!("{setup}: {}", case.name), &mut found);
            }
            if !found.is_empty() {
                let found = found.join("\n    ");
                writeln!(
                    wrong,
                    "  {setup}: {}: {} {}\n    {found}",
                    case.name, case.method, case.path
                )?;
            }
            count += 1;
        }
    }
    ensure!(count >= CASES_MIN, "{count} cases");
    if is_ours {
        wrong.push_str(&allowed.unused());
    }
    if wrong.is_empty() { Ok(()) } else { bail!("answers differ:\n{wrong}") }
}

/// What both made of a case, asked at the same time: tokens age.
fn both(
    case: &Case,
    reference: &setups::Guarded,
    ours: &setups::Guarded,
) -> Result<(Value, Value)> {
    std::thread::scope(|scope| {
        let wanted = scope.spawn(|| observe(case, reference));
        let got = observe(case, ours);
        let wanted = wanted.join().map_err(|_| anyhow!("asking the reference panicked"))?;
        Ok((wanted?, got?))
    })
}

fn observe(case: &Case, side: &setups::Guarded) -> Result<Value> {
    let _before = side.backend.seen();
    let answer = match case.send(side.gateway.port) {
        Ok(answer) => answer,
        Err(error) => return Ok(json!(format!("{error:#}"))),
    };
    let seen = side.backend.seen();
    let sent = case.headers.get("Authorization").and_then(Value::as_str);
    let is_passed_on = seen.first().map(|one| one.header("authorization") == sent);
    Ok(json!({
        "status": answer.status,
        "challenge": answer.header("www-authenticate").map(short),
        "seen": seen.len(),
        "is_passed_on": is_passed_on,
    }))
}

/// What a challenge says, without what every one of them has.
fn short(challenge: &str) -> &str {
    let end = ", error_uri=\"https://tools.ietf.org/html/rfc6750#section-3.1\"";
    let start = challenge.strip_suffix(end).unwrap_or(challenge);
    start.strip_prefix("Bearer error=").filter(|_| start != challenge).unwrap_or(challenge)
}
