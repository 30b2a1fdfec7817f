//! Status changes between delta fetches, so that every delta is a new one.

use std::sync::Arc;

use anyhow::Result;

use super::estate::Estate;
use super::load::CONNECTIONS;
use super::options::Options;
use super::race::{Contender, Race, Spread};
use super::script::Cycle;
use super::server::Server;
use super::table::{self, Row};
use crate::paths;
use changes::{CHANGES, Changes};
use witness::Witness;

pub mod changes;
pub mod witness;

/// Numbers of registered instances: the one that is judged against nginx, and a large one.
const SIZES: [usize; 2] = [1_000, 10_000];
/// Most times of the limit's CPU that a request of the mix may cost.
const MOST_OF_LIMIT: f64 = 4.0;
/// Least times that the reference needs of ours.
const LEAST_OF_REFERENCE: f64 = 5.0;
/// Most that CPU may grow for each growth of the bytes, from the small registry to the large.
const MOST_GROWTH: f64 = 1.0;
/// Makes the reference as fresh as it can be; ours is so anyway.
const NO_STALE_CACHE: &str = "--eureka.server.use-read-only-response-cache=false";

/// A filled server and who looks into its deltas.
struct Subject {
    server: Server,
    witness: Arc<Witness>,
}

/// Measures the mix of three status changes and one delta fetch.
///
/// # Errors
///
/// When a server does not start, an answer is not the right one, or a delta of ours is not fresh.
pub fn run(options: &Options) -> Result<Vec<Row>> {
    let estates = SIZES.map(Estate::new);
    let nginx = Server::nginx(&paths::work("files")?)?;
    let mut subjects = Vec::new();
    for estate in &estates {
        subjects.push(Subject::fill(Server::ours(&[])?, estate, true)?);
    }
    if options.reference {
        for estate in &estates {
            let server = Server::reference(&[NO_STALE_CACHE])?;
            subjects.push(Subject::fill(server, estate, false)?);
        }
    }

    let mut contenders = Vec::new();
    for (subject, estate) in subjects.iter().zip(estates.iter().cycle()) {
        contenders.push(subject.contender(estate)?);
    }
    let small = estates.iter().flat_map(Estate::renewals).take(SIZES[0]).collect();
    let small = Cycle::scripts(small, 200, CONNECTIONS);
    contenders.insert(NGINX, Contender::new("churn, nginx", &nginx, small));
    let race = Race::run(&mut contenders, options.rounds, options.turn)?;

    let mut rows = vec![row_of_small(&race), row_of_large(&race), row_of_freshness(&subjects)];
    if !options.reference {
        for row in &mut rows {
            row.reference.clear();
            row.to_reference.clear();
        }
    } else if let Some(row) = rows.first_mut() {
        let enough = race.ratio(REFERENCE, OURS).median >= LEAST_OF_REFERENCE;
        row.met = row.met.map(|met| met && enough);
    }
    Ok(rows)
}

/// Places in the race.
const OURS: usize = 0;
const OURS_LARGE: usize = 1;
const NGINX: usize = 2;
const REFERENCE: usize = 3;
const REFERENCE_LARGE: usize = 4;

impl Subject {
    fn fill(server: Server, estate: &Estate, strict: bool) -> Result<Self> {
        estate.register(&server)?;
        Ok(Self { server, witness: Arc::new(Witness::new(strict)) })
    }

    /// The server under its load, warm if it compiles as it runs.
    fn contender(&self, estate: &Estate) -> Result<Contender<'_>> {
        let scripts = Changes::scripts(estate, CONNECTIONS, &self.witness);
        let name = format!("churn, {}, {} instances", self.server.name, estate.instances.len());
        let mut contender = Contender::new(name, &self.server, scripts);
        if !self.witness.is_strict() {
            contender.warm_up()?;
        }
        Ok(contender)
    }
}

fn row_of_small(race: &Race) -> Row {
    let to_limit = race.ratio(OURS, NGINX);
    Row {
        line: "churn, 1,000 instances: per request of 3 changes and a delta".to_owned(),
        ours: cost(race, OURS),
        reference: cost(race, REFERENCE),
        limit: table::micros(race.micros(NGINX)),
        to_limit: table::ratio(to_limit),
        to_reference: table::ratio(race.ratio(REFERENCE, OURS)),
        target: format!("≤ {MOST_OF_LIMIT} × limit, ≥ {LEAST_OF_REFERENCE} × less than reference"),
        met: Some(to_limit.median <= MOST_OF_LIMIT),
    }
}

fn row_of_large(race: &Race) -> Row {
    let growth = race.growth(OURS_LARGE, OURS);
    let bytes = race.bytes(OURS_LARGE).median / race.bytes(OURS).median;
    let cpu = race.ratio(OURS_LARGE, OURS).median;
    Row {
        line: "churn, 10,000 instances: the same".to_owned(),
        ours: cost(race, OURS_LARGE),
        reference: cost(race, REFERENCE_LARGE),
        limit: format!("bytes × {bytes:.1}, CPU × {cpu:.1}"),
        to_limit: table::ratio(growth),
        to_reference: table::ratio(race.ratio(REFERENCE_LARGE, OURS_LARGE)),
        target: "CPU grows no faster than the bytes".to_owned(),
        met: Some(growth.median <= MOST_GROWTH),
    }
}

fn row_of_freshness(subjects: &[Subject]) -> Row {
    let of = |range: &[usize]| {
        let witnesses = range.iter().filter_map(|&index| subjects.get(index));
        let (mut fresh, mut all) = (0, 0);
        for subject in witnesses {
            let (looked, stale) = subject.witness.counts();
            fresh += looked - stale;
            all += looked;
        }
        (format!("{fresh} of {all}"), fresh == all && all > 0)
    };
    let (ours, all_fresh) = of(&[0, 1]);
    Row {
        line: "churn: deltas that hold the changes just acknowledged".to_owned(),
        ours,
        reference: of(&[2, 3]).0,
        target: "all".to_owned(),
        met: Some(all_fresh),
        ..Row::default()
    }
}

/// CPU time per request, and the size of a delta.
fn cost(race: &Race, contender: usize) -> String {
    let requests = (CHANGES + 1) as f64;
    let Spread { min, median, max } = race.bytes(contender);
    let delta = Spread { min: min * requests, median: median * requests, max: max * requests };
    format!("{} a delta", table::micros_and_size(race.micros(contender), delta))
}
