//! What the tests make, and how they count it.

use std::thread;

use compat_tests::http::Response;
use compat_tests::service::{Database, Kind, Service};
use serde_json::{Value, json};

/// What a create needs, with `code` as its number.
pub(crate) fn made(kind: Kind, code: &str) -> Value {
    match kind {
        Kind::Product => json!({
            "sku": code, "name": "육각볼트", "uom": "EA",
            "salePrice": {"amount": 1200, "currency": "KRW"},
        }),
        Kind::Partner => json!({"code": code, "name": "(주)한빛기공", "roles": ["CUSTOMER"]}),
    }
}

/// Member that is unique.
pub(crate) const fn code_member(kind: Kind) -> &'static str {
    match kind {
        Kind::Product => "sku",
        Kind::Partner => "code",
    }
}

/// Rows of what the service keeps.
pub(crate) fn rows(kind: Kind, database: &Database) -> u64 {
    database.number(&format!("SELECT COUNT(*) FROM {}", kind.name())).unwrap()
}

/// Checks that every row has the audit rows of all its versions, and that nothing else has any: a
/// write is there with all that belongs to it, or not at all.
pub(crate) fn is_whole(kind: Kind, database: &Database) {
    let (table, alone) = (kind.name(), "SELECT COUNT(*) FROM");
    let versions = format!(
        "{alone} {table} t WHERE version <> (SELECT COUNT(*) FROM audit_log a \
         WHERE a.entity = 1 AND a.entity_id = t.id)"
    );
    assert_eq!(database.number(&versions).unwrap(), 0, "rows without their audit rows");
    let orphans = format!(
        "{alone} audit_log a WHERE entity = 1 \
         AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = a.entity_id)"
    );
    assert_eq!(database.number(&orphans).unwrap(), 0, "audit rows without their row");
    let keys = format!(
        "{alone} idempotency_key k \
         WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = k.resource_id)"
    );
    assert_eq!(database.number(&keys).unwrap(), 0, "keys without their row");
    if kind == Kind::Product {
        let prices = format!(
            "{alone} {table} t \
             WHERE NOT EXISTS (SELECT 1 FROM price_history p WHERE p.product_id = t.id)"
        );
        assert_eq!(database.number(&prices).unwrap(), 0, "rows without their prices");
    }
    if let Database::Sqlite(_) = database {
        assert_eq!(database.query("PRAGMA integrity_check").unwrap(), ["ok"]);
        assert_eq!(database.query("PRAGMA foreign_key_check").unwrap(), [""; 0]);
    }
}

/// The same request `count` times at once, by turns to each of `services`.
pub(crate) fn at_once(
    services: &[Service],
    count: usize,
    ask: impl Fn(&Service, usize) -> Response + Sync,
) -> Vec<Response> {
    thread::scope(|scope| {
        let ask = &ask;
        let asked: Vec<_> = (0..count)
            .map(|n| scope.spawn(move || ask(&services[n % services.len()], n)))
            .collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// How many answers have `status`.
pub(crate) fn counted(answers: &[Response], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// Checks that an answer is 503, says when to come again, and has the usual document.
pub(crate) fn is_unavailable(answer: &Response) {
    let body = answer.json().unwrap();
    assert_eq!(answer.status, 503, "{body}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let after: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&after), "{after}");
    assert_eq!(body["status"], 503);
}
