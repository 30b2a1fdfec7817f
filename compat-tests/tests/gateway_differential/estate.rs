//! Two gateways, each with a discovery server, backends and a Redis database of its own: what one of
//! them does must not be seen by the other.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use compat_tests::gateway::allowance::Allowances;
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::request::{Case, differences};
use compat_tests::gateway::{self, Gateway, Kind};
use compat_tests::process::{Launch, Program};
use compat_tests::subject::{self, COMPARISON_ARGS, Subject};
use compat_tests::{http, paths, ports, wait};
use serde_json::Value;

/// Differences of one case that a failure shows.
const SHOWN: usize = 8;
/// Longest time that Redis gets to start.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// One gateway and what it needs.
pub(crate) struct Side {
    pub(crate) gateway: Gateway,
    backends: [Backend; 2],
    _discovery: Subject,
}

impl Side {
    fn start(kind: Kind, redis: u16, database: &str) -> Result<Self> {
        let discovery = subject::start_ours(&COMPARISON_ARGS, &[])?;
        let backends = [Backend::start("a")?, Backend::start("b")?];
        for backend in &backends {
            gateway::register(&discovery.base_url, "echo", backend.port, &[])?;
        }
        let [uri_a, uri_b] = backends.each_ref().map(Backend::uri);
        let redis = redis.to_string();
        let env = [
            ("EUREKA_URL", &*discovery.base_url),
            ("ECHO_A", &*uri_a),
            ("ECHO_B", &*uri_b),
            ("REDIS_PORT", &*redis),
            ("REDIS_DATABASE", database),
        ];
        let yaml = gateway::fixture("differential.yml")?;
        let mut gateway = Gateway::start(kind, &yaml, &[], &env)?;
        gateway.wait_status("/balanced/a", 200)?;
        gateway.wait_status("/ECHO/a", 200)?;
        Ok(Self { gateway, backends, _discovery: discovery })
    }

    /// What can be compared of the answer to `case`.
    pub(crate) fn observe(&self, case: &Case) -> Result<Value> {
        let [a, b] = self.backends.each_ref().map(|one| format!("127.0.0.1:{}", one.port));
        case.observe(self.gateway.port, &[(&*a, "<a>"), (&*b, "<b>")])
    }
}

/// Both sides, and the Redis they share.
pub(crate) struct Estate {
    pub(crate) reference: Side,
    pub(crate) ours: Side,
    /// Whether it is ours that is compared with the reference.
    pub(crate) is_ours: bool,
    _redis: Program,
}

impl Estate {
    pub(crate) fn start() -> Result<Self> {
        let is_ours = std::env::var("COMPAT_SUBJECT").as_deref() != Ok("reference");
        let kind = if is_ours { Kind::Ours } else { Kind::Spring };
        let (redis, port) = redis()?;
        let (reference, ours) = std::thread::scope(|scope| {
            let reference = scope.spawn(|| Side::start(Kind::Spring, port, "0"));
            let ours = Side::start(kind, port, "1");
            (reference.join(), ours)
        });
        let reference = reference.map_err(|_| anyhow!("starting the reference panicked"))??;
        Ok(Self { reference, ours: ours?, is_ours, _redis: redis })
    }

    /// Asks both; gives lines that say what differs and is not allowed to.
    pub(crate) fn compare(&self, case: &Case, allowed: &mut Allowances) -> Result<String> {
        let told = |side: &Side| {
            // A connection that is cut without an answer is one of the things to compare.
            side.observe(case).unwrap_or_else(|error| Value::String(format!("{error:#}")))
        };
        let mut found = differences(&told(&self.reference), &told(&self.ours));
        if case.balanced {
            // An answer without a body does not say which of the two gave it.
            found.retain(|line| !line.contains(r#"["x-echo","#));
        }
        if self.is_ours {
            allowed.remove(&case.name, &mut found);
        }
        let mut text = String::new();
        if !found.is_empty() {
            found.truncate(SHOWN);
            writeln!(text, "  {}: {} {}", case.name, case.method, case.path)?;
            writeln!(text, "    {}", found.join("\n    "))?;
        }
        Ok(text)
    }
}

/// A Redis that keeps nothing.
fn redis() -> Result<(Program, u16)> {
    let port = ports::free_port()?;
    let folder: PathBuf = paths::work("redis")?;
    let program = Launch::new("redis", "redis-server")?
        .args(["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port"])
        .arg(port.to_string())
        .cwd(&folder)
        .start()
        .context("Redis is there once ./test has run: apt install redis-server")?;
    wait::until("Redis", PATIENCE, || http::connect(port, PATIENCE).is_ok())?;
    Ok((program, port))
}
