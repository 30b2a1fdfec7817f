//! A PostgreSQL server of a test's own, which it may freeze, kill and start again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::process::{Launch, Program};
use crate::{ports, wait};

/// Longest time that the server gets to answer its first question.
const PATIENCE_TO_START: Duration = Duration::from_secs(60);
/// Whom the server runs as when the tests run as root, which it refuses.
const OWNER: &str = "postgres";

/// A running server with its data in a folder of its own. Dropping it kills it and removes the
/// folder; what it acknowledged survives a kill.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    port: u16,
    program: Option<Program>,
}

impl Postgres {
    /// Makes a cluster and starts its server on a free port.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("compat-postgres-{}-{number}", std::process::id());
        // Below the temporary folder: the owner may not reach where the tests lie.
        let folder = std::env::temp_dir().join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).context("removing what an earlier run left")?;
        }
        fs::create_dir(&folder).with_context(|| format!("making {}", folder.display()))?;
        let mut server = Self { folder, port: ports::free_port()?, program: None };
        server.initialise()?;
        server.resume()?;
        Ok(server)
    }

    fn initialise(&self) -> Result<()> {
        if is_root() {
            run(Command::new("chown").arg(OWNER).arg(&self.folder))?;
        }
        let data = self.folder.join("data");
        let mut command = as_owner(&programs()?.join("initdb"));
        command.arg("--pgdata").arg(&data);
        command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        run(command.args(["--locale=C.UTF-8", "--no-sync"]).current_dir(&self.folder))
    }

    /// Starts the server again after [`Self::kill`], on the same port with the same data.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub fn resume(&mut self) -> Result<()> {
        let server = as_owner(&programs()?.join("postgres"));
        let sockets = format!("unix_socket_directories={}", self.folder.display());
        let launch = Launch::new("postgres", server.get_program())?.args(server.get_args());
        let launch = launch.arg("-D").arg(self.folder.join("data"));
        let launch =
            launch.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        let launch = launch.args(["-c", &sockets, "-c", "max_connections=200"]);
        let mut program = launch.cwd(&self.folder).start()?;
        program.wait_until("an answer of PostgreSQL", PATIENCE_TO_START, || {
            self.query("postgres", "SELECT 1").is_ok()
        })?;
        self.program = Some(program);
        Ok(())
    }

    /// Makes everybody but the tests say a password from now on.
    ///
    /// # Errors
    ///
    /// When the server's rules cannot be written.
    pub fn ask_for_passwords(&self) -> Result<()> {
        let rules = "host all postgres 127.0.0.1/32 trust\nhost all all all scram-sha-256\n";
        let file = self.folder.join("data/pg_hba.conf");
        fs::write(&file, rules).with_context(|| format!("writing {}", file.display()))?;
        self.query("postgres", "SELECT pg_reload_conf()").map(drop)
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Makes an empty database.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn create(&self, name: &str) -> Result<()> {
        self.query("postgres", &format!("CREATE DATABASE {name}")).map(drop)
    }

    /// URL of the database `name`.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// Rows of `sql` in the database `name`, columns separated by tabs.
    ///
    /// # Errors
    ///
    /// When the server is away or refuses.
    pub fn query(&self, name: &str, sql: &str) -> Result<Vec<String>> {
        query(&self.url(name), sql)
    }

    /// Stops every process of the server in its tracks: connections stay, nothing answers.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a frozen server go on.
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Kills every process of the server at once (SIGKILL).
    ///
    /// # Errors
    ///
    /// When the operating system refuses.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut program) = self.program.take() else { return Ok(()) };
        let children = children(program.pid());
        program.kill9()?;
        for child in &children {
            // Some end by themselves when their parent is gone.
            let _ = kill_process(*child, Signal::KILL);
        }
        // Their shared memory must be free before another server may begin.
        wait::until("the end of PostgreSQL's processes", PATIENCE_TO_START, || {
            children.iter().all(|pid| !Path::new(&format!("/proc/{pid}")).exists())
        })
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let program = self.program.as_ref().context("PostgreSQL was killed")?;
        let own = i32::try_from(program.pid()).ok().and_then(Pid::from_raw);
        for pid in own.into_iter().chain(children(program.pid())) {
            kill_process(pid, signal).with_context(|| format!("sending {signal:?}"))?;
        }
        Ok(())
    }
}

impl Drop for Postgres {
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
    fn drop(&mut self) {
        let ended = self.kill().and_then(|()| {
            fs::remove_dir_all(&self.folder).context("removing the data of PostgreSQL")
        });
        if let Err(error) = ended {
            eprintln!("{error:#}");
        }
    }
}

/// Rows of `sql` in the database at `url`, columns separated by tabs.
///
/// # Errors
///
/// When the server is away or refuses.
pub fn query(url: &str, sql: &str) -> Result<Vec<String>> {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t"]);
    psql.args(["--set=ON_ERROR_STOP=1", "--command", sql]).arg(url);
    let output = psql.env("PGCONNECT_TIMEOUT", "5").output().context("starting psql")?;
    if !output.status.success() {
        bail!("{sql}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("psql said something else")?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Folder of the youngest server that is installed.
fn programs() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("looking for PostgreSQL")?;
    let numbered = versions.filter_map(|entry| {
        let path = entry.ok()?.path();
        let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
        path.join("bin/initdb").exists().then(|| (number, path.join("bin")))
    });
    numbered
        .max()
        .map(|(_, path)| path)
        .context("PostgreSQL is missing: apt-get install postgresql")
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `program` as somebody whom the server allows. What runs is the program itself, not a child.
fn as_owner(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={OWNER}"), &format!("--regid={OWNER}"), "--clear-groups"]);
    command.arg(program);
    command
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Processes whose parent is `parent`.
fn children(parent: u32) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let child = |name: std::ffi::OsString| {
        let pid: i32 = name.to_str()?.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the name, which may have brackets itself: state, parent.
        let own: u32 = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
        (own == parent).then(|| Pid::from_raw(pid)).flatten()
    };
    processes.filter_map(|entry| child(entry.file_name())).collect()
}
