//! The servers under test: ours and the reference.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::http::Request;
use crate::process::{Launch, Program};
use crate::{binary, java, paths, ports};

/// Longest time that a server gets to answer its first request; a JVM on a busy machine is slow.
const PATIENCE_TO_START: Duration = Duration::from_secs(180);

/// Names the binary of ours to test instead of the release build.
const OURS_ENV: &str = "EUREKA_SERVER_BIN";
/// Names the jar of the older reference, instead of the one that the Maven build makes.
const BOOT_35_ENV: &str = "EUREKA_REFERENCE_JAR";
/// Names the jar of the younger reference.
const BOOT_40_ENV: &str = "EUREKA_REFERENCE_BOOT4_JAR";

/// A JVM that starts fast and stays small; what it computes is the same.
const JVM_ARGS: [&str; 4] = ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar"];

/// What both servers are told when their answers are compared: no answer older than the last change,
/// no eviction within a run, no other server to talk to.
pub const COMPARISON_ARGS: [&str; 5] = [
    "--eureka.server.use-read-only-response-cache=false",
    "--eureka.server.enable-self-preservation=true",
    "--eureka.server.eviction-interval-timer-in-ms=3600000",
    "--eureka.client.register-with-eureka=false",
    "--eureka.client.fetch-registry=false",
];

/// Which generation of the reference server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceLine {
    /// Spring Boot 3.5, Spring Cloud 2025.0.
    Boot35,
    /// Spring Boot 4.0, Spring Cloud 2025.1.
    Boot40,
}

impl ReferenceLine {
    /// The program: what `override_env` names, else what the Maven build makes.
    fn jar(self) -> Result<PathBuf> {
        let (override_env, built) = match self {
            Self::Boot35 => (BOOT_35_ENV, "reference-server/target/reference-server.jar"),
            Self::Boot40 => {
                (BOOT_40_ENV, "reference-server-boot4/target/reference-server-boot4.jar")
            }
        };
        match std::env::var_os(override_env) {
            Some(path) => Ok(PathBuf::from(path)),
            None => java::jar(built),
        }
    }
}

/// Which program a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The release binary of this workspace.
    Ours,
    /// Spring Cloud Netflix Eureka Server.
    Reference(ReferenceLine),
}

impl Kind {
    /// What `COMPAT_SUBJECT` asks for: `ours` (also when unset), `reference` or `reference-boot4`.
    ///
    /// # Errors
    ///
    /// When it is set to something else.
    pub fn from_env() -> Result<Self> {
        match std::env::var("COMPAT_SUBJECT").as_deref() {
            Err(_) | Ok("" | "ours") => Ok(Self::Ours),
            Ok("reference") => Ok(Self::Reference(ReferenceLine::Boot35)),
            Ok("reference-boot4") => Ok(Self::Reference(ReferenceLine::Boot40)),
            Ok(other) => bail!("COMPAT_SUBJECT={other}: ours, reference or reference-boot4"),
        }
    }
}

/// A running discovery server. Dropping it kills it.
#[derive(Debug)]
pub struct Subject {
    kind: Kind,
    port: u16,
    args: Vec<String>,
    env: Vec<(String, String)>,
    /// `http://127.0.0.1:PORT/eureka`, without a slash at the end.
    pub base_url: String,
    /// The process.
    pub program: Program,
}

impl Subject {
    /// Starts a server of `kind` on a free port and waits until it serves the registry.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started; the message shows the end of its log.
    pub fn start(kind: Kind, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        Self::start_on(kind, ports::free_port()?, args, env)
    }

    /// As [`Subject::start`], on a given port.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started; the message shows the end of its log.
    pub fn start_on(kind: Kind, port: u16, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        let env: Vec<_> =
            env.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
        let program = launch(kind, port, &args, &env)?;
        Ok(Self { kind, port, args, env, base_url: base_url(port), program })
    }

    /// Which program it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The port it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// `path` below [`Subject::base_url`], for example `/apps`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// `path` below the root of the server, for example `/actuator/health`.
    #[must_use]
    pub fn root_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Kills the server if it still runs and starts it again on the same port, with the same
    /// arguments and an empty registry.
    ///
    /// # Errors
    ///
    /// When it cannot be ended or started.
    pub fn restart(&mut self) -> Result<()> {
        self.program.kill9()?;
        self.program = launch(self.kind, self.port, &self.args, &self.env)?;
        Ok(())
    }
}

/// Starts our server with `--server.port` on a free port, then `args` and `env`.
///
/// # Errors
///
/// When it cannot be built or started; the message shows the end of its log.
pub fn start_ours(args: &[&str], env: &[(&str, &str)]) -> Result<Subject> {
    Subject::start(Kind::Ours, args, env)
}

/// Starts the reference server on a free port, alone (neither registering nor fetching) unless
/// `args` say otherwise.
///
/// # Errors
///
/// When it cannot be built or started; the message shows the end of its log.
pub fn start_reference(line: ReferenceLine, args: &[&str]) -> Result<Subject> {
    Subject::start(Kind::Reference(line), args, &[])
}

fn base_url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/eureka")
}

fn launch(kind: Kind, port: u16, args: &[String], env: &[(String, String)]) -> Result<Program> {
    let mut launch = match kind {
        Kind::Ours => Launch::new("eureka-server", our_binary()?)?,
        Kind::Reference(line) => Launch::new("reference-server", "java")?
            .args(JVM_ARGS)
            .arg(line.jar()?)
            .args(unless_given(&COMPARISON_ARGS[3..], args)),
    };
    // An application.yml of the folder a test happens to run in must not configure the server.
    launch = launch.cwd(&paths::work("empty")?).arg(format!("--server.port={port}")).args(args);
    // They are meant for the tests, but look like settings of the server.
    for key in [OURS_ENV, BOOT_35_ENV, BOOT_40_ENV] {
        launch = launch.without_env(key);
    }
    for (key, value) in env {
        launch = launch.env(key, value);
    }
    let mut program = launch.start()?;
    let apps = format!("{}/apps", base_url(port));
    let answers = || Request::get(&apps).send().is_ok_and(|answer| serves(answer.status));
    program.wait_until(&format!("the registry at {apps}"), PATIENCE_TO_START, answers)?;
    Ok(program)
}

/// Whether the status shows a server at work: it may ask for a password (401) or still refuse
/// reads (403), but it knows the path.
const fn serves(status: u16) -> bool {
    matches!(status, 200 | 401 | 403)
}

/// The defaults whose key is not among `args`: Spring joins values of a repeated argument.
fn unless_given<'a>(defaults: &'a [&'a str], args: &[String]) -> Vec<&'a str> {
    let key = |arg: &str| arg.split('=').next().unwrap_or_default().to_owned();
    let given: Vec<String> = args.iter().map(|arg| key(arg)).collect();
    defaults.iter().copied().filter(|default| !given.contains(&key(default))).collect()
}

/// The binary of ours: `EUREKA_SERVER_BIN`, else the release build, made if missing or stale.
///
/// # Errors
///
/// When cargo cannot build it.
pub fn our_binary() -> Result<PathBuf> {
    binary::release("eureka-server", &["crates", "eureka-server"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_argument_replaces_the_default_of_its_key() {
        let given = ["--a=2".to_owned()];

        assert_eq!(unless_given(&["--a=1", "--b=1"], &given), ["--b=1"]);
    }
}
