//! The product service beside one with Spring Boot and Spring Data JPA, on the same tables.

mod catalog;
mod start;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::load::{CONNECTIONS, Load};
use super::options::Options;
use super::process::Memory;
use super::race::{Contender, Race};
use super::script::{Cycle, Scripts};
use super::server::{KEPT_CONNECTIONS, Server};
use super::table::{self, Row};
use crate::http::Request;
use crate::process::{Launch, Program};
use crate::service::{self, Database, Engine};
use crate::{java, paths, ports};
use catalog::Creates;

/// Products that are there before anything is measured.
const PRODUCTS: usize = 5_000;
/// Products and pages that are asked for in turn.
const ASKED: usize = 1_000;
const PAGES: usize = 100;
/// Longest time that making them may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Load of one kind before it is measured, so that the JVM has compiled it.
const WARM_UP: Duration = Duration::from_secs(20);
/// Bytes that our service may take at most.
const MOST_BYTES: u64 = 30_000_000;

/// One kind of request.
struct Kind {
    line: &'static str,
    /// Least times that Spring needs of ours.
    least: f64,
    scripts: fn(&[String], &'static str) -> Scripts,
}

const KINDS: [Kind; 3] = [
    Kind { line: "product by id", least: 8.0, scripts: reads },
    Kind { line: "page of 20 products, filtered, sorted, counted", least: 8.0, scripts: pages },
    Kind { line: "product made, with its price and its log", least: 5.0, scripts: creates },
];

fn reads(ids: &[String], _: &'static str) -> Scripts {
    Cycle::scripts(ids.iter().map(|id| catalog::by_id(id)).collect(), 200, CONNECTIONS)
}

fn pages(_: &[String], _: &'static str) -> Scripts {
    Cycle::scripts((0..PAGES).map(catalog::page).collect(), 200, CONNECTIONS)
}

fn creates(_: &[String], prefix: &'static str) -> Scripts {
    Creates::scripts(prefix, usize::MAX, CONNECTIONS)
}

/// Measures CPU per request, memory and start of both services.
///
/// # Errors
///
/// When one does not start, or an answer is not the right one.
pub fn run(options: &Options) -> Result<Vec<Row>> {
    let database = Database::new(Engine::Postgres)?;
    let ours = Server::ready("ours", launch_ours(&database.url())?, READY)?;
    let idle = ours.memory()?;
    load(&ours)?;
    database.query("VACUUM ANALYZE")?;
    let spring = match options.reference {
        true => Some(Server::ready("Spring", launch_spring(&database.url())?, READY)?),
        false => None,
    };
    let spring_idle = spring.as_ref().map(Server::memory).transpose()?;
    let ids = database.query(&format!("SELECT id FROM product LIMIT {ASKED}"))?;
    ensure!(ids.len() == ASKED, "{} products", ids.len());
    if let Some(spring) = &spring {
        agree(&ours, spring, &ids)?;
    }

    let mut rows = Vec::new();
    for kind in &KINDS {
        rows.push(race(options, kind, &ids, &ours, spring.as_ref())?);
    }
    let mut memory = Row {
        line: "memory: resident when ready, after the load, peak".to_owned(),
        ours: resident(idle, ours.memory()?),
        target: format!("≤ {} at the peak", table::size(MOST_BYTES as f64)),
        met: Some(ours.memory()?.peak <= MOST_BYTES),
        ..Row::default()
    };
    if let (Some(spring), Some(idle)) = (&spring, spring_idle) {
        memory.reference = resident(idle, spring.memory()?);
        let ratio = spring.memory()?.peak as f64 / ours.memory()?.peak as f64;
        memory.to_reference = format!("{ratio:.1}");
    }
    rows.push(memory);
    drop((ours, spring));
    rows.push(start::run(options, &database.url())?);
    Ok(rows)
}

/// One kind of request against both.
fn race(
    options: &Options,
    kind: &Kind,
    ids: &[String],
    ours: &Server,
    spring: Option<&Server>,
) -> Result<Row> {
    let contender = |server, prefix| {
        Contender::new(format!("{}, {prefix}", kind.line), server, (kind.scripts)(ids, prefix))
    };
    let mut contenders = vec![contender(ours, "OURS")];
    if let Some(spring) = spring {
        let mut spring = contender(spring, "SPRING");
        spring.turn(WARM_UP)?;
        spring.warm_up()?;
        contenders.push(spring);
    }
    let race = Race::run(&mut contenders, options.rounds, options.turn)?;
    let mut row = Row {
        line: kind.line.to_owned(),
        ours: table::micros_and_size(race.micros(0), race.bytes(0)),
        target: format!("≥ {} × less than Spring", kind.least),
        ..Row::default()
    };
    if spring.is_some() {
        let ratio = race.ratio(1, 0);
        row.reference = table::micros_and_size(race.micros(1), race.bytes(1));
        row.to_reference = table::ratio(ratio);
        row.met = Some(ratio.median >= kind.least);
    }
    Ok(row)
}

/// Makes the products that are read later.
fn load(server: &Server) -> Result<()> {
    let mut scripts = Creates::scripts("BENCH", PRODUCTS, CONNECTIONS);
    let tally = Load::open(server.port, &mut scripts)?.run(PATIENCE);
    let tally = tally.with_context(|| server.log_tail())?;
    ensure!(usize::try_from(tally.answers)? == PRODUCTS, "{tally:?}");
    Ok(())
}

/// Both give the same products and pages: otherwise they are not worth comparing.
fn agree(ours: &Server, spring: &Server, ids: &[String]) -> Result<()> {
    let both = |path: &str| -> Result<[Value; 2]> { Ok([json(ours, path)?, json(spring, path)?]) };
    for id in ids.iter().take(20) {
        let [mut one, mut other] = both(&format!("/products/{id}"))?;
        // Written with six digits by one, and as many as there are by the other.
        for product in [&mut one, &mut other].into_iter().filter_map(Value::as_object_mut) {
            product.retain(|name, _| !name.ends_with("At"));
        }
        ensure!(one == other, "ours: {one}\nSpring: {other}");
    }
    for number in [0, 7, PAGES - 1] {
        let pages = both(&catalog::page_path(number))?;
        let told = pages.map(|page| {
            let content = page.get("content").and_then(Value::as_array).cloned();
            let content = content.unwrap_or_default();
            let ids: Vec<_> = content.iter().map(|one| one.get("id").cloned()).collect();
            (ids, page.pointer("/page/totalElements").cloned())
        });
        let [one, other] = told;
        ensure!(one.0.len() == 20 && one == other, "page {number}: {one:?}, Spring: {other:?}");
    }
    Ok(())
}

fn json(server: &Server, path: &str) -> Result<Value> {
    let answer = Request::get(format!("http://127.0.0.1:{}{path}", server.port)).send()?;
    ensure!(answer.status == 200, "{}: {} to {path}", server.name, answer.status);
    answer.json()
}

fn resident(idle: Memory, loaded: Memory) -> String {
    let [idle, loaded, peak] =
        [idle.resident, loaded.resident, loaded.peak].map(|bytes| table::size(bytes as f64));
    format!("{idle}, {loaded}, {peak}")
}

/// Where both say that they are ready.
const READY: &str = "/actuator/health/readiness";
/// Nobody is asked for services.
const ALONE: [&str; 2] =
    ["--eureka.client.register-with-eureka=false", "--eureka.client.fetch-registry=false"];

/// Our service on a database, not ready yet, and its port.
fn launch_ours(database: &str) -> Result<(u16, Program)> {
    let port = ports::free_port()?;
    let launch = Launch::new("product-service", service::Kind::Product.binary()?)?;
    // An application.yml of the folder the bench runs in must not configure the service.
    let launch = launch.cwd(&paths::work("empty")?).without_env("DATABASE_URL");
    let launch = launch.arg(format!("--server.port={port}"));
    let program = launch.arg(format!("--database.url={database}")).args(ALONE).start()?;
    Ok((port, program))
}

/// Spring's service as `java -jar` starts it, on the same database.
fn launch_spring(database: &str) -> Result<(u16, Program)> {
    let port = ports::free_port()?;
    let rest = database.split_once("://").context("the database has no URL")?.1;
    let (user, place) = rest.split_once('@').context("the database has no user")?;
    let jar = java::jar("product-jpa/target/product-jpa.jar")?;
    let program = Launch::new("product-jpa", "java")?
        .arg("-jar")
        .arg(jar)
        .cwd(&paths::work("empty")?)
        .arg(format!("--server.port={port}"))
        .arg(KEPT_CONNECTIONS)
        .arg(format!("--spring.datasource.url=jdbc:postgresql://{place}"))
        .arg(format!("--spring.datasource.username={user}"))
        .start()?;
    Ok((port, program))
}
