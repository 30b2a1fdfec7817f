//! Fetches of the registry while nothing changes.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use super::estate::{self, Estate};
use super::load::CONNECTIONS;
use super::options::Options;
use super::race::{Contender, Race};
use super::script::{Cycle, Scripts};
use super::server::Server;
use super::table::{self, Row};
use crate::{paths, wait};

/// Numbers of registered instances.
const SIZES: [usize; 2] = [1_000, 10_000];
/// Most times of the limit's CPU that a fetch may cost.
const MOST_OF_LIMIT: f64 = 1.3;
/// Keeps all registrations in the delta for as long as the bench may take.
const LONG_DELTA: &str = "--eureka.server.retention-time-in-m-s-in-delta-queue=36000000";
/// Lets the delta forget at once: what most fetches of a quiet estate get.
const NO_DELTA: [&str; 2] = [
    "--eureka.server.retention-time-in-m-s-in-delta-queue=1",
    "--eureka.server.delta-retention-timer-interval-in-ms=100",
];

/// Ample time for the timer that [`NO_DELTA`] sets.
const DELTA_FORGETS_IN: Duration = Duration::from_secs(5);
/// Most bytes of a packed delta without an instance.
const EMPTY: usize = 200;

/// One kind of fetch.
struct Fetch {
    line: &'static str,
    path: &'static str,
    gzip: bool,
    /// Whether the line is held against its target or stands there for information.
    judged: bool,
}

const FETCHES: [Fetch; 3] = [
    Fetch { line: "full fetch, gzip", path: "apps/", gzip: true, judged: true },
    Fetch { line: "delta with every instance, gzip", path: "apps/delta", gzip: true, judged: true },
    Fetch { line: "full fetch, plain", path: "apps/", gzip: false, judged: false },
];
const EMPTY_DELTA: Fetch =
    Fetch { line: "empty delta, gzip", path: "apps/delta", gzip: true, judged: true };

/// Measures full and delta fetches, packed and plain, at both sizes.
///
/// # Errors
///
/// When a server does not start, or an answer is not the right one.
pub fn run(options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for size in SIZES {
        let servers = Servers::start(options, size, &[LONG_DELTA])?;
        for fetch in &FETCHES {
            rows.push(servers.race(options, fetch, size)?);
        }
    }
    let size = SIZES[0];
    let servers = Servers::start(options, size, &NO_DELTA)?;
    servers.wait_for_empty_delta()?;
    rows.push(servers.race(options, &EMPTY_DELTA, size)?);
    Ok(rows)
}

/// The discovery servers, filled.
struct Servers {
    ours: Server,
    reference: Option<Server>,
}

impl Servers {
    fn start(options: &Options, size: usize, args: &[&str]) -> Result<Self> {
        let estate = Estate::new(size);
        let ours = Server::ours(args)?;
        estate.register(&ours)?;
        let reference = options.reference.then(|| Server::reference(args)).transpose()?;
        if let Some(reference) = &reference {
            estate.register(reference)?;
        }
        Ok(Self { ours, reference })
    }

    fn race(&self, options: &Options, fetch: &Fetch, size: usize) -> Result<Row> {
        let name = format!("{}, {size} instances", fetch.line);
        let body = self.ours.body(&format!("/eureka/{}", fetch.path), fetch.gzip)?;
        let files = paths::work("files")?;
        let file = format!("{}-{size}", fetch.line.replace([' ', ','], "-"));
        fs::write(files.join(&file), &body).with_context(|| format!("writing {file}"))?;
        let nginx = Server::nginx(&files)?;

        let mut contenders = vec![
            Contender::new(format!("{name}, ours"), &self.ours, load(fetch, None)),
            Contender::new(format!("{name}, nginx"), &nginx, load(fetch, Some(&file))),
        ];
        if let Some(reference) = &self.reference {
            let name = format!("{name}, reference");
            let mut contender = Contender::new(name, reference, load(fetch, None));
            contender.warm_up()?;
            contenders.push(contender);
        }
        let race = Race::run(&mut contenders, options.rounds, options.turn)?;
        Ok(self.row(fetch, &race, size))
    }

    fn row(&self, fetch: &Fetch, race: &Race, size: usize) -> Row {
        let to_limit = race.ratio(0, 1);
        let mut row = Row {
            line: format!("{}, {} instances", fetch.line, table::thousands(size)),
            ours: table::micros_and_size(race.micros(0), race.bytes(0)),
            limit: table::micros_and_size(race.micros(1), race.bytes(1)),
            to_limit: table::ratio(to_limit),
            ..Row::default()
        };
        if fetch.judged {
            row.target = format!("≤ {MOST_OF_LIMIT} × limit");
            row.met = Some(to_limit.median <= MOST_OF_LIMIT);
        }
        if self.reference.is_some() {
            row.reference = table::micros_and_size(race.micros(2), race.bytes(2));
            row.to_reference = table::ratio(race.ratio(2, 0));
        }
        row
    }

    /// Waits until the changes of the registration have left the delta of all servers.
    fn wait_for_empty_delta(&self) -> Result<()> {
        // Nobody may ask before: the reference would keep that answer for three minutes.
        wait::pause(DELTA_FORGETS_IN);
        for server in [Some(&self.ours), self.reference.as_ref()].into_iter().flatten() {
            server.wait_until_shorter("/eureka/apps/delta", EMPTY)?;
        }
        Ok(())
    }
}

fn load(fetch: &Fetch, file: Option<&str>) -> Scripts {
    let mut request = estate::fetch(fetch.path, fetch.gzip);
    if let Some(file) = file {
        let text = String::from_utf8_lossy(&request);
        let path = format!("/eureka/{} ", fetch.path);
        request = text.replacen(&path, &format!("/files/{file} "), 1).into_bytes();
    }
    Cycle::scripts(vec![request], 200, CONNECTIONS)
}
