//! Heartbeats: the request of which a discovery server answers most.

use anyhow::Result;

use super::estate::Estate;
use super::load::CONNECTIONS;
use super::options::Options;
use super::race::{Contender, Race};
use super::script::Cycle;
use super::server::Server;
use super::table::{self, Row};
use crate::paths;

/// Registered instances.
const INSTANCES: usize = 1_000;
/// Most times of the limit's CPU that a renewal may cost.
const MOST_OF_LIMIT: f64 = 1.15;
/// Least times that the reference needs of ours.
const LEAST_OF_REFERENCE: f64 = 12.0;

/// Measures renewals of 1,000 instances.
///
/// # Errors
///
/// When a server does not start, or an answer is not the right one.
pub fn run(options: &Options) -> Result<Vec<Row>> {
    let estate = Estate::new(INSTANCES);
    let ours = Server::ours(&[])?;
    let nginx = Server::nginx(&paths::work("files")?)?;
    let reference = options.reference.then(|| Server::reference(&[])).transpose()?;
    let load = || Cycle::scripts(estate.renewals(), 200, CONNECTIONS);
    estate.register(&ours)?;

    let mut contenders = vec![
        Contender::new("renewal, ours", &ours, load()),
        Contender::new("renewal, nginx", &nginx, load()),
    ];
    if let Some(reference) = &reference {
        estate.register(reference)?;
        let mut contender = Contender::new("renewal, reference", reference, load());
        contender.warm_up()?;
        contenders.push(contender);
    }
    let race = Race::run(&mut contenders, options.rounds, options.turn)?;

    let (to_limit, to_reference) = (race.ratio(0, 1), race.ratio(2, 0));
    let mut row = Row {
        line: "renewal, 1,000 instances".to_owned(),
        ours: table::micros(race.micros(0)),
        limit: table::micros(race.micros(1)),
        to_limit: table::ratio(to_limit),
        target: format!("≤ {MOST_OF_LIMIT} × limit, ≥ {LEAST_OF_REFERENCE} × less than reference"),
        met: Some(to_limit.median <= MOST_OF_LIMIT),
        ..Row::default()
    };
    if reference.is_some() {
        row.reference = table::micros(race.micros(2));
        row.to_reference = table::ratio(to_reference);
        row.met = row.met.map(|met| met && to_reference.median >= LEAST_OF_REFERENCE);
    }
    Ok(vec![row])
}
