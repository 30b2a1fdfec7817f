//! Calls a service by its name, over and over, and tells how that goes.
//!
//! `load SERVER URL WORKERS` asks for `URL` all the time; `POST_URL` and `POST_BODY` in the
//! environment make every second call of a worker a `POST`, in whose body `{n}` is a number of its
//! own, with an `Idempotency-Key` if `KEYED` is set. Every line of input is answered with the
//! tally so far, as JSON; it ends with its input. `INTERVAL_MS` is the time between two fetches of
//! the registry.

#![expect(clippy::print_stdout, reason = "answers are what it is for")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use eureka_client::Client;
use parking_lot::Mutex;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::task::JoinSet;

/// Pause between two calls of a worker: the load is bounded.
const PAUSE: Duration = Duration::from_millis(10);
/// Failures that are told in full.
const TOLD_MAX: usize = 10;

/// What is called, and how it went.
struct Work {
    client: Client,
    url: String,
    post: Option<(String, String)>,
    is_keyed: bool,
    next: AtomicU64,
    is_over: AtomicBool,
    tally: Mutex<Tally>,
}

#[derive(Default)]
struct Tally {
    read: u64,
    posted: u64,
    failed: u64,
    failures: Vec<String>,
    /// Answers by the host and port they came from.
    instances: BTreeMap<String, u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |name: &str| arguments.next().ok_or_else(|| format!("{name} is missing"));
    let server = argument("SERVER")?;
    let (url, workers) = (argument("URL")?, argument("WORKERS")?.parse::<u32>()?);
    let var = |name: &str| std::env::var(name).ok();
    let interval: u64 = var("INTERVAL_MS").map_or(Ok(30_000), |text| text.parse())?;
    let client = Client::builder()
        .server(&server)
        .fetch_only()
        .configure(|settings| settings.fetch_interval = Duration::from_millis(interval))
        .build()?;
    let work = Arc::new(Work {
        client: client.clone(),
        url,
        post: var("POST_URL").zip(var("POST_BODY")),
        is_keyed: var("KEYED").is_some(),
        next: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        tally: Mutex::default(),
    });
    let calling = async {
        client.until_fetched().await;
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            tasks.spawn(repeat(Arc::clone(&work)));
        }
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while lines.next_line().await?.is_some() {
            println!("{}", work.told());
        }
        work.is_over.store(true, Relaxed);
        tasks.join_all().await;
        println!("{}", work.told());
        client.shutdown().await?;
        Ok::<(), Box<dyn std::error::Error>>(())
    };
    let (ran, called) = tokio::join!(client.run(), calling);
    ran?;
    called
}

async fn repeat(work: Arc<Work>) {
    while !work.is_over.load(Relaxed) {
        work.call(None).await;
        if let Some((url, body)) = &work.post {
            let number = work.next.fetch_add(1, Relaxed);
            work.call(Some((url, body.replace("{n}", &number.to_string()), number))).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Work {
    async fn call(&self, post: Option<(&str, String, u64)>) {
        let http = self.client.http();
        let is_post = post.is_some();
        let call = match post {
            None => http.get(&self.url),
            Some((url, body, number)) => {
                let call = http.post(url).header("Content-Type", "application/json").body(body);
                if self.is_keyed { call.idempotency_key(&format!("load-{number}")) } else { call }
            }
        };
        let outcome = match call.send().await {
            Ok(answer) => {
                let at = answer.url().authority().to_owned();
                let status = answer.status();
                // An answer counts when it is there as a whole.
                let body = answer.text().await.map_err(|error| format!("{error:?}"));
                body.and_then(|body| {
                    if status.is_success() { Ok(at) } else { Err(format!("{status} {body}")) }
                })
            }
            Err(error) => Err(format!("{error:?}")),
        };
        let mut tally = self.tally.lock();
        match outcome {
            Ok(at) => {
                *(if is_post { &mut tally.posted } else { &mut tally.read }) += 1;
                *tally.instances.entry(at).or_default() += 1;
            }
            Err(failure) => {
                tally.failed += 1;
                if tally.failures.len() < TOLD_MAX {
                    let method = if is_post { "POST" } else { "GET" };
                    tally.failures.push(format!("{method}: {failure}"));
                }
            }
        }
    }

    fn told(&self) -> serde_json::Value {
        let tally = self.tally.lock();
        json!({
            "read": tally.read, "posted": tally.posted, "failed": tally.failed,
            "failures": tally.failures, "instances": tally.instances,
        })
    }
}
