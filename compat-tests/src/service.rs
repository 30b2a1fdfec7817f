//! Business services as processes, each on a database of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use serde_json::Value;

use crate::http::{Request, Response};
use crate::postgres::{self, Postgres};
use crate::process::{Launch, Program};
use crate::{binary, paths, ports};

/// Longest time that a service gets to be ready; the machine may be busy.
const PATIENCE_TO_START: Duration = Duration::from_secs(60);

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `product-service`.
    Product,
    /// `partner-service`.
    Partner,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Product, Self::Partner];

    /// Its short name, that of its folders.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Partner => "partner",
        }
    }

    /// Path of what it keeps.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Product => "/products",
            Self::Partner => "/partners",
        }
    }

    /// Its release binary.
    ///
    /// # Errors
    ///
    /// When cargo cannot build it.
    pub fn binary(self) -> Result<PathBuf> {
        binary::release(&format!("{}-service", self.name()), &["crates", "services", "migrations"])
    }
}

/// Which database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server of the test.
    Postgres,
}

impl Engine {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// A database. One that was made here is removed when dropped.
#[derive(Debug)]
pub enum Database {
    /// A file in a folder of its own.
    Sqlite(PathBuf),
    /// A database of the server that tests share.
    Postgres(Arc<Postgres>, String),
    /// The URL of a database of a server that a test treats badly.
    At(String),
}

/// The server that tests share which do not harm it; it ends with the last of them.
static SHARED: Mutex<std::sync::Weak<Postgres>> = Mutex::new(std::sync::Weak::new());

fn shared() -> Result<Arc<Postgres>> {
    let mut shared = SHARED.lock();
    if let Some(server) = shared.upgrade() {
        return Ok(server);
    }
    let server = Arc::new(Postgres::start()?);
    *shared = Arc::downgrade(&server);
    Ok(server)
}

impl Database {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// When the folder or the database cannot be made.
    pub fn new(engine: Engine) -> Result<Self> {
        match engine {
            Engine::Sqlite => {
                let folder = format!("databases/{}", unique_name());
                Ok(Self::Sqlite(paths::work(&folder)?.join("service.db")))
            }
            Engine::Postgres => {
                let (server, name) = (shared()?, unique_name());
                server.create(&name)?;
                Ok(Self::Postgres(server, name))
            }
        }
    }

    /// What `DATABASE_URL` is.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(server, name) => server.url(name),
            Self::At(url) => url.clone(),
        }
    }

    /// Rows of `sql`, columns separated by tabs.
    ///
    /// # Errors
    ///
    /// When the database is away or refuses.
    pub fn query(&self, sql: &str) -> Result<Vec<String>> {
        match self {
            Self::Sqlite(path) => sqlite(path, sql),
            Self::Postgres(server, name) => server.query(name, sql),
            Self::At(url) => postgres::query(url, sql),
        }
    }

    /// The only value of `sql`, a number.
    ///
    /// # Errors
    ///
    /// As [`Self::query`], and when it is something else.
    pub fn number(&self, sql: &str) -> Result<u64> {
        let rows = self.query(sql)?;
        let row = rows.first().with_context(|| format!("{sql}: no row"))?;
        row.parse().with_context(|| format!("{sql}: {row}"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        match self {
            // A file that cannot be removed lies in the folder of the tests.
            Self::Sqlite(path) => drop(path.parent().map(fs::remove_dir_all)),
            Self::Postgres(server, name) => {
                drop(server.query("postgres", &format!("DROP DATABASE {name} WITH (FORCE)")));
            }
            Self::At(_) => {}
        }
    }
}

fn unique_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

/// Runs `sql` on a SQLite file with the library that Python has.
fn sqlite(path: &Path, sql: &str) -> Result<Vec<String>> {
    let script = "import sqlite3, sys\n\
                  db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)\n\
                  for row in db.execute(sys.argv[2]): print(*row, sep='\\t')\n";
    let output = Command::new("python3").args(["-c", script]).arg(path).arg(sql).output();
    let output = output.context("starting python3")?;
    if !output.status.success() {
        bail!("{sql}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("SQLite said something else")?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// A running service. Dropping it kills it.
#[derive(Debug)]
pub struct Service {
    /// The process.
    pub program: Program,
    port: u16,
}

impl Service {
    /// Starts a service that knows no discovery server and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When it cannot be built or does not become ready; the message shows the end of its log.
    pub fn start(kind: Kind, database: &Database, args: &[&str]) -> Result<Self> {
        let mut service = Self::launch(kind, &database.url(), args)?;
        service.wait_ready()?;
        Ok(service)
    }

    /// Starts a service without waiting; `--eureka...` arguments may follow.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started.
    pub fn launch(kind: Kind, url: &str, args: &[&str]) -> Result<Self> {
        let port = ports::free_port()?;
        let launch = Launch::new(&format!("{}-service", kind.name()), kind.binary()?)?;
        Self::launch_as(launch, port, url, args)
    }

    /// As [`Self::launch`], given how the program is started and its port.
    ///
    /// # Errors
    ///
    /// When it cannot be started.
    pub fn launch_as(launch: Launch, port: u16, url: &str, args: &[&str]) -> Result<Self> {
        let mut launch = launch.cwd(&paths::work("empty")?).env("DATABASE_URL", url);
        launch = launch.arg(format!("--server.port={port}"));
        if !args.iter().any(|arg| arg.starts_with("--eureka.")) {
            launch = launch.args(["register-with-eureka", "fetch-registry"].map(no_discovery));
        }
        for kind in Kind::ALL {
            launch = launch.without_env(&binary::variable(&format!("{}-service", kind.name())));
        }
        Ok(Self { program: launch.args(args).start()?, port })
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    ///
    /// When it does not become ready; the message shows the end of its log.
    pub fn wait_ready(&mut self) -> Result<()> {
        let url = self.url("/actuator/health/readiness");
        self.program.wait_ready(&url, PATIENCE_TO_START)
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `path` on this service.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// GET.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn get(&self, path: &str) -> Result<Response> {
        Request::get(self.url(path)).send()
    }

    /// Sends a JSON body with `headers`.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Response> {
        let mut request = Request::new(method, self.url(path));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request.header("Content-Type", "application/json").body(body.to_string()).send()
    }

    /// POST of a JSON body.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub fn post(&self, path: &str, body: &Value) -> Result<Response> {
        self.send("POST", path, &[], body)
    }
}

fn no_discovery(key: &str) -> String {
    format!("--eureka.client.{key}=false")
}
