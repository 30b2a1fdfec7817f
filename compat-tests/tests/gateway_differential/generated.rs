//! Requests made up by chance: paths, queries, headers, methods, bodies.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use compat_tests::gateway::allowance::Allowances;
use compat_tests::gateway::request::Case;
use compat_tests::script::Random;
use serde_json::{Map, Value};

use crate::estate::Estate;

/// Requests of a run unless `DIFF_REQUESTS` says otherwise.
const REQUESTS: u64 = 600;
/// Requests whose differences are shown; more would say the same.
const SHOWN: usize = 10;

/// Where requests go; what follows is made up. What is known to differ is left to the written cases:
/// encoded letters that need no encoding, forwarding headers, parameters from
/// templates, and queries that Spring writes anew.
const PLACES: &[&str] = &[
    "/plain",
    "/balanced",
    "/ECHO",
    "/p/rest",
    "/p/num/12",
    "/p/star/a",
    "/p/last",
    "/p/img",
    "/p/query",
    "/p/query-any",
    "/p/method",
    "/p/header",
    "/p/header-re",
    "/p/cookie",
    "/f/add/a",
    "/f/maybe",
    "/f/map",
    "/f/less",
    "/f/set",
    "/f/prefix",
    "/f/strip-1",
    "/f/strip-3",
    "/f/strip-prefix",
    "/f/setpath/x",
    "/f/rw",
    "/f/rwn",
    "/f/rwa",
    "/a/add",
    "/a/rewrite/secret",
    "/a/dedupe-unique/dup",
    "/c/some",
    "/c/pattern",
];
const SEGMENTS: &[&str] = &[
    "a",
    "b",
    "12",
    "x",
    "end",
    "cat.png",
    "one",
    "two",
    "a%20b",
    "%ED%95%9C%EA%B8%80",
    "a+b",
    "a,b",
    "a:b",
    "a=b",
    "~u",
    "A",
    "a'b",
    "a(b)",
    "!",
    "v1",
    "secret",
    "dup",
    "a%2Bb",
    "a%26b",
    "...",
    "a.b",
];
const PARAMETERS: &[&str] = &[
    "q=abc",
    "q=",
    "q",
    "a=1",
    "b=2",
    "c=%20x",
    "a=%ED%95%9C",
    "color=red",
    "x=a+b",
    "y=%2B",
    "z=12",
    "k=ab",
    "e=%3D",
    "a=2",
];
const HEADERS: &[(&str, &[&str])] = &[
    ("X-Any", &["v", "w"]),
    ("X-Id", &["abc", "zz", "a1"]),
    ("X-From", &["1", "two"]),
    ("X-To", &["0"]),
    ("X-M", &["m"]),
    ("X-S", &["s"]),
    ("X-AB", &["ab"]),
    ("X-Way", &["client"]),
    ("Cookie", &["c=a", "c=b; d=e", "x=y"]),
    ("Origin", &["https://a.example", "https://x.example.com", "https://evil.example"]),
    ("Accept", &["application/json", "*/*"]),
    ("Authorization", &["Basic eDp5"]),
    ("Connection", &["X-Any", "keep-alive"]),
    ("If-None-Match", &["\"e\""]),
    ("Range", &["bytes=0-1"]),
    ("Content-Type", &["application/json", "text/plain; charset=utf-8"]),
];
const METHODS: &[&str] =
    &["GET", "GET", "GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Asks both sides many of them.
#[expect(clippy::print_stdout, reason = "the seed of a green run is worth knowing, too")]
pub(crate) fn requests(estate: &Estate, allowed: &mut Allowances) -> Result<String> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    let seed = number("DIFF_SEED", clock)?;
    let count = number("DIFF_REQUESTS", REQUESTS)?;
    let seeds = number("DIFF_SEEDS", 1)?;
    let mut wrong = String::new();
    for seed in (0..seeds).map(|more| seed.wrapping_add(more)) {
        println!("{} requests, DIFF_SEED={seed}", count / seeds);
        wrong.push_str(&from_seed(estate, allowed, seed, count / seeds)?);
    }
    Ok(wrong)
}

fn from_seed(estate: &Estate, allowed: &mut Allowances, seed: u64, count: u64) -> Result<String> {
    let mut random = Random::new(seed);
    let (mut wrong, mut shown) = (String::new(), 0);
    for number in 0..count {
        let case = case(&mut random, number);
        let text = estate.compare(&case, allowed)?;
        if !text.is_empty() {
            shown += 1;
            wrong.push_str(&text);
            let headers = Value::Object(case.headers);
            wrong.push_str(&format!("    with {headers}, {:?}, DIFF_SEED={seed}\n", case.body));
        }
        if shown == SHOWN {
            break;
        }
    }
    Ok(wrong)
}

fn number(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text} is not a number")),
        Err(_) => Ok(default),
    }
}

fn case(random: &mut Random, number: u64) -> Case {
    let place = random.pick(PLACES);
    let mut path = place.to_owned();
    for _ in 0..random.below(4) {
        path.push('/');
        path.push_str(random.pick(SEGMENTS));
    }
    // Each name once: Spring brings those of one name together, ours leaves a query as it is.
    let mut names: Vec<&str> = Vec::new();
    for _ in 0..random.below(4) {
        let parameter = random.pick(PARAMETERS);
        let name = parameter.split('=').next().unwrap_or_default();
        if !names.contains(&name) {
            path.push(if names.is_empty() { '?' } else { '&' });
            path.push_str(parameter);
            names.push(name);
        }
    }
    let mut headers = Map::new();
    for _ in 0..random.below(4) {
        let (name, values) = random.pick(HEADERS);
        let value = random.pick(values);
        headers.insert(name.to_owned(), value.into());
    }
    let method = random.pick(METHODS);
    let has_body = matches!(method, "POST" | "PUT" | "PATCH");
    Case {
        name: format!("generated {number} {place}"),
        method: method.to_owned(),
        path,
        headers,
        body: has_body.then(|| "x".repeat(random.below(3000))),
        balanced: matches!(place, "/balanced" | "/ECHO"),
        ..Case::default()
    }
}
