//! Our gateway beside Spring Cloud Gateway, nginx and HAProxy, all in front of one upstream.

mod idle;
mod line;
mod paced;
mod servers;
mod start;
mod table;
mod tokens;

use std::time::Duration;

use anyhow::Result;

use super::load::CONNECTIONS;
use super::options::Options;
use super::race::{Contender, Race};
use super::script::Cycle;
use super::server::Server;
use super::table::size;
use line::{LINES, Line, Target};
use servers::Estate;
use table::{Cells, GatewayRow};

/// Load of one kind before it is measured, so that the JVM has compiled it.
const WARM_UP: Duration = Duration::from_secs(10);
/// Bytes that ours may hold at [`CONNECTIONS`].
const MOST_MEMORY: u64 = 15_000_000;
/// Routes of the small and of the large table.
const FEW_ROUTES: usize = 10;
const MANY_ROUTES: usize = 10_000;
/// Routes of all other measurements.
const ROUTES: usize = 100;

/// A measurement with servers of its own.
type Part = fn(&Options, &Estate) -> Result<Vec<GatewayRow>>;

/// Runs everything about the gateway; gives the table.
///
/// # Errors
///
/// When a server does not start, or an answer is not the right one.
#[expect(clippy::print_stderr, reason = "progress for who waits")]
pub fn run(options: &Options) -> Result<String> {
    let estate = Estate::start()?;
    let mut rows = Vec::new();
    if LINES.iter().any(|line| options.wants(line.name)) || options.wants("memory") {
        let servers = estate.servers(options, ROUTES)?;
        for line in LINES.iter().filter(|line| options.wants(line.name)) {
            eprintln!("{}", line.name);
            rows.push(race(options, line, &servers)?);
        }
        if options.wants("memory") {
            rows.push(memory(&servers)?);
        }
    }
    let parts: [(&str, Part); 5] = [
        ("tokens", tokens::run),
        ("routes", routes),
        ("p99", paced::run),
        ("idle", idle::run),
        ("start", start::run),
    ];
    for (name, part) in parts {
        if options.wants(name) {
            eprintln!("{name}");
            rows.extend(part(options, &estate)?);
        }
    }
    Ok(table::markdown(&rows))
}

/// CPU per request of one kind.
fn race(options: &Options, line: &Line, servers: &[Server]) -> Result<GatewayRow> {
    let mut contenders = Vec::new();
    for server in servers {
        let requests = (line.requests)(servers::prefixes(server, ROUTES));
        let scripts = Cycle::scripts(requests, 200, CONNECTIONS);
        let name = format!("{}, {}", line.name, server.name);
        let mut contender = Contender::new(name, server, scripts);
        if server.name == servers::SPRING {
            contender.turn(WARM_UP)?;
            contender.warm_up()?;
        }
        contenders.push(contender);
    }
    let race = Race::run(&mut contenders, options.rounds, options.turn)?;
    let index = |name| servers.iter().position(|server| server.name == name);
    let mut cells = Cells::default();
    for (at, server) in servers.iter().enumerate() {
        cells.set(server.name, super::table::micros(race.micros(at)));
    }
    let mut row = GatewayRow::new(line.what, cells);
    if let (Some(ours), Some(nginx)) = (index(servers::OURS), index(servers::NGINX)) {
        let Target(most) = line.target;
        row.against_nginx(race.ratio(ours, nginx), most);
    }
    if let (Some(ours), Some(spring)) = (index(servers::OURS), index(servers::SPRING)) {
        row.spring_to_ours = super::table::ratio(race.ratio(spring, ours));
    }
    Ok(row)
}

/// Resident memory after all the load before, at 64 connections.
fn memory(servers: &[Server]) -> Result<GatewayRow> {
    let mut cells = Cells::default();
    let mut ours = 0;
    for server in servers {
        let mut scripts = Cycle::scripts(
            (line::SMALL.requests)(servers::prefixes(server, ROUTES)),
            200,
            CONNECTIONS,
        );
        super::load::Load::open(server.port, &mut scripts)?.run(Duration::from_secs(2))?;
        let bytes = server.resident()?;
        cells.set(server.name, size(bytes as f64));
        if server.name == servers::OURS {
            ours = bytes;
        }
    }
    let mut row = GatewayRow::new("memory: resident after the lines above, all processes", cells);
    row.target = format!("≤ {}", size(MOST_MEMORY as f64));
    row.met = Some(ours <= MOST_MEMORY);
    Ok(row)
}

/// What many routes cost over few: ours against itself.
fn routes(options: &Options, estate: &Estate) -> Result<Vec<GatewayRow>> {
    let few = estate.ours(FEW_ROUTES)?;
    let many = estate.ours(MANY_ROUTES)?;
    let contender = |server, routes, name| {
        let requests = (line::SMALL.requests)(servers::prefixes(server, routes));
        Contender::new(name, server, Cycle::scripts(requests, 200, CONNECTIONS))
    };
    let mut contenders =
        [contender(&few, FEW_ROUTES, "10 routes"), contender(&many, MANY_ROUTES, "10,000 routes")];
    let race = Race::run(&mut contenders, options.rounds, options.turn)?;
    let ratio = race.ratio(1, 0);
    let mut cells = Cells::default();
    let [at_few, at_many] = [0, 1].map(|at| super::table::micros(race.micros(at)));
    cells.set(servers::OURS, format!("{at_few} → {at_many}, × {}", super::table::ratio(ratio)));
    let mut row = GatewayRow::new("200 B, 10 routes → 10,000 routes, all of them asked for", cells);
    row.target = "≤ 1.1 × with 10,000".to_owned();
    row.met = Some(ratio.median <= 1.1);
    Ok(vec![row])
}
