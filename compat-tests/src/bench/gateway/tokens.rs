//! What it costs to check tokens: ours that does beside ours that does not.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

use super::servers::{self, Estate};
use super::table::{Cells, GatewayRow};
use super::{ROUTES, line};
use crate::bench::load::CONNECTIONS;
use crate::bench::options::Options;
use crate::bench::race::{Contender, Race};
use crate::bench::script::Cycle;
use crate::bench::server::Server;
use crate::bench::table;
use crate::gateway::Kind;
use crate::gateway::provider::Provider;
use crate::{install, paths};

/// Users, each with a token of their own.
const USERS: usize = 300;
/// What checking may cost: so many times a request without.
const MOST: f64 = 1.5;

#[derive(Deserialize)]
struct Made {
    keys: Vec<Value>,
    tokens: BTreeMap<String, Vec<String>>,
}

/// Two lines, one for each algorithm.
pub(super) fn run(options: &Options, estate: &Estate) -> Result<Vec<GatewayRow>> {
    let made = make()?;
    let provider = Provider::start()?;
    provider.publish(&made.keys.iter().collect::<Vec<_>>());
    let security = format!(
        "spring.security.oauth2.resourceserver.jwt.jwk-set-uri: {}\n\
         spring.security.oauth2.resourceserver.jwt.jws-algorithms: [ RS256, ES256 ]\n",
        provider.keys_uri()
    );
    let first = made.tokens.values().flatten().next().context("no tokens were made")?;
    let open = estate.ours(ROUTES)?;
    let ours = estate.guarded(Kind::Ours, servers::OURS, &security, first)?;
    let spring = options
        .reference
        .then(|| estate.guarded(Kind::SpringTokensAsIs, servers::SPRING, &security, first))
        .transpose()?;
    let both = made.tokens.iter();
    both.map(|(algorithm, tokens)| {
        race(options, algorithm, tokens, (&open, &ours, spring.as_ref()))
    })
    .collect()
}

fn race(
    options: &Options,
    algorithm: &str,
    tokens: &[String],
    (open, ours, spring): (&Server, &Server, Option<&Server>),
) -> Result<GatewayRow> {
    let contender = |server: &'static str, at, requests| {
        let name = format!("{algorithm}, {server}");
        Contender::new(name, at, Cycle::scripts(requests, 200, CONNECTIONS))
    };
    let prefixes = || servers::prefixes(open, ROUTES);
    let mut contenders = vec![
        contender("without", open, (line::SMALL.requests)(prefixes())),
        contender("ours", ours, requests(&prefixes(), tokens)),
    ];
    if let Some(spring) = spring {
        let mut spring = contender("Spring", spring, requests(&prefixes(), tokens));
        spring.turn(super::WARM_UP)?;
        spring.warm_up()?;
        contenders.push(spring);
    }
    let race = Race::run(&mut contenders, options.rounds, options.turn)?;
    let ratio = race.ratio(1, 0);
    let [without, with] = [0, 1].map(|at| table::micros(race.micros(at)));
    let mut cells = Cells::default();
    cells.set(servers::OURS, format!("{without} → {with}, × {}", table::ratio(ratio)));
    if spring.is_some() {
        cells.set(servers::SPRING, table::micros(race.micros(2)));
    }
    let what = format!("GET, 200 B, without → with {algorithm} tokens of {USERS} users");
    let mut row = GatewayRow::new(what, cells);
    if spring.is_some() {
        row.spring_to_ours = table::ratio(race.ratio(2, 1));
    }
    row.target = format!("≤ {MOST} × without");
    row.met = Some((ratio.median * 100.0).round() <= MOST * 100.0);
    Ok(row)
}

/// One request for each token, over all routes.
fn requests(prefixes: &[String], tokens: &[String]) -> Vec<Vec<u8>> {
    let routes = prefixes.iter().cycle();
    let request = |(token, prefix): (&String, &String)| {
        format!(
            "GET {prefix}/small HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
    };
    tokens.iter().zip(routes).map(request).map(String::into_bytes).collect()
}

fn make() -> Result<Made> {
    let source = paths::package().join("clients/tokens");
    let python = install::python("tokens", &source)?.join("python");
    let mut make = Command::new(python);
    make.arg("-B").arg(source.join("bench.py")).arg(USERS.to_string());
    let output = make.output().context("starting Python")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("reading the tokens")
}
