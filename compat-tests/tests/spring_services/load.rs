//! Callers that go on calling while an instance of the product service goes away.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::binary::client_example;
use compat_tests::http::{Request, Response};
use compat_tests::process::{Launch, Program};
use compat_tests::service::Database;
use compat_tests::wait;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::estate::{Estate, INSTANCES, PATIENCE};

/// Workers of the Rust program.
const WORKERS: &str = "8";
/// Milliseconds between its fetches: it never hears that an instance has gone.
const NEVER_MS: &str = "3600000";
/// Calls that it makes before and after something happens.
const CALLS: u64 = 300;
/// Calls that each Spring service makes before and after.
const SPRING_CALLS: usize = 40;
/// Pause between two calls of a Spring service.
const PAUSE: Duration = Duration::from_millis(10);

/// Killed in the middle of its work: whoever reads, or writes with a key, notices nothing, and every
/// write has had its effect once.
pub(crate) fn one_is_killed(estate: &mut Estate) -> Result<()> {
    let mut load = Load::start(estate, "killed", true)?;
    let before = load.reaches(&Tally::default(), INSTANCES)?;
    let mut product = estate.products.pop().context("there are two")?;
    product.program.kill9()?;
    load.reaches(&before, 1)?;
    load.ends(estate)
}

/// Asked to stop: nobody notices anything, neither Rust nor Spring callers, writes without a key
/// included.
pub(crate) fn one_is_stopped(estate: &mut Estate) -> Result<()> {
    let mut load = Load::start(estate, "stopped", false)?;
    let product = estate.products.pop().context("there are two")?;
    let callers = &estate.callers;
    let over = AtomicBool::new(false);
    let calls: Vec<SpringCalls<'_>> = callers.iter().map(SpringCalls::of).collect();
    std::thread::scope(|scope| {
        for calls in &calls {
            scope.spawn(|| calls.repeat(&over));
        }
        let outcome = stop_under_load(&mut load, product, &calls);
        over.store(true, Relaxed);
        outcome
    })?;
    for calls in calls {
        calls.went_well(&estate.database)?;
    }
    load.ends(estate)
}

fn stop_under_load(
    load: &mut Load,
    mut product: compat_tests::service::Service,
    calls: &[SpringCalls<'_>],
) -> Result<()> {
    let before = load.reaches(&Tally::default(), INSTANCES)?;
    calls.iter().try_for_each(|calls| calls.reach(SPRING_CALLS))?;
    let status = product.program.terminate()?;
    ensure!(status.success(), "{status}\n{}", product.program.log_tail());
    let done: Vec<usize> = calls.iter().map(|calls| calls.made.lock().len()).collect();
    load.reaches(&before, 1)?;
    let mut both = calls.iter().zip(done);
    both.try_for_each(|(calls, done)| calls.reach(done + SPRING_CALLS))
}

/// What the Rust program tells.
#[derive(Debug, Default)]
struct Tally {
    read: u64,
    posted: u64,
    /// Answers of each instance.
    instances: Vec<(String, u64)>,
}

/// The Rust program that calls without end.
struct Load {
    program: Program,
    seen: usize,
    stem: &'static str,
}

impl Load {
    fn start(estate: &Estate, stem: &'static str, is_keyed: bool) -> Result<Self> {
        let body = json!({"sku": format!("{stem}-{{n}}"), "name": stem, "uom": "EA",
            "salePrice": {"amount": 1, "currency": "KRW"}});
        let mut launch = Launch::new("load", client_example("load")?)?
            .arg(estate.zone())
            .arg(format!("http://product-service/products?q={stem}&size=5"))
            .arg(WORKERS)
            .env("POST_URL", "http://product-service/products")
            .env("POST_BODY", body.to_string())
            .env("INTERVAL_MS", NEVER_MS);
        if is_keyed {
            launch = launch.env("KEYED", "1");
        }
        Ok(Self { program: launch.takes_lines().output_apart().start()?, seen: 0, stem })
    }

    fn told(&mut self) -> Result<Tally> {
        let (line, seen) = self.program.wait_line("a tally", self.seen, PATIENCE, |_| true)?;
        self.seen = seen;
        let told: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
        ensure!(told["failed"] == 0, "{told:#}");
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let instances = told["instances"].as_object().into_iter().flatten();
        Ok(Tally {
            read: number(&told["read"]),
            posted: number(&told["posted"]),
            instances: instances.map(|(at, count)| (at.clone(), number(count))).collect(),
        })
    }

    /// Waits until it has made [`CALLS`] more of both kinds than `before`, at so many instances.
    fn reaches(&mut self, before: &Tally, instances: usize) -> Result<Tally> {
        let answered = |tally: &Tally, at: &str| {
            tally.instances.iter().find(|one| one.0 == at).map_or(0, |one| one.1)
        };
        wait::until_some("calls", PATIENCE, || {
            self.program.tell("?")?;
            let tally = self.told()?;
            let busy = tally.instances.iter().filter(|(at, n)| n - answered(before, at) >= CALLS);
            let enough = tally.read >= before.read + CALLS && tally.posted >= before.posted + CALLS;
            Ok((busy.count() >= instances && enough).then_some(tally))
        })
    }

    /// Ends it; no call has failed, and every product that was to be made is there once.
    fn ends(mut self, estate: &Estate) -> Result<()> {
        self.program.close_input();
        let tally = self.told()?;
        let status = self.program.wait_exit(PATIENCE)?;
        ensure!(status.success(), "{status}\n{}", self.program.log_tail());
        made(&estate.database, self.stem, tally.posted)
    }
}

/// Wants so many products of that name in the database.
fn made(database: &Database, name: &str, wanted: u64) -> Result<()> {
    let select = format!("SELECT count(*) FROM product WHERE name = '{name}'");
    let found = database.number(&select)?;
    ensure!(found == wanted, "{name}: made {wanted}, found {found}");
    Ok(())
}

/// Calls that one Spring service is made to make, one after the other.
struct SpringCalls<'a> {
    caller: &'a Caller,
    name: String,
    /// What came back: a read, a write, a read...
    made: Mutex<Vec<Result<Response>>>,
}

impl<'a> SpringCalls<'a> {
    fn of(caller: &'a Caller) -> Self {
        let name = caller.name.replace("caller", "load").replace("-service", "");
        Self { caller, name, made: Mutex::default() }
    }

    fn repeat(&self, over: &AtomicBool) {
        let read =
            Request::get(self.caller.url(&format!("/shop/page?q={}&page=0&size=5", self.name)));
        for number in 0_u64.. {
            if over.load(Relaxed) {
                return;
            }
            let product = json!({"sku": format!("{}-{number}", self.name), "name": self.name, "uom": "EA",
                "salePrice": {"amount": 1, "currency": "KRW"}});
            let write = Request::new("POST", self.caller.url("/shop/products"))
                .header("Content-Type", "application/json")
                .body(product.to_string());
            for request in [&read, &write] {
                let answer = request.send();
                self.made.lock().push(answer);
                wait::pause(PAUSE);
            }
        }
    }

    fn reach(&self, calls: usize) -> Result<()> {
        wait::until(&self.name, PATIENCE, || self.made.lock().len() >= calls)
    }

    /// Every call was answered well, and every product is there once.
    fn went_well(self, database: &Database) -> Result<()> {
        let mut written = 0;
        for (number, answer) in self.made.into_inner().into_iter().enumerate() {
            let answer = answer.with_context(|| format!("{}, call {number}", self.name))?;
            let is_write = number % 2 == 1;
            let wanted = if is_write { 201 } else { 200 };
            let told = answer.text().unwrap_or_default();
            let log = || self.caller.program.log_tail();
            ensure!(answer.status == wanted, "{}: {} {told}\n{}", self.name, answer.status, log());
            written += u64::from(is_write);
        }
        made(database, &self.name, written)
    }
}
