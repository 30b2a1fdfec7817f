//! Business services of this workspace as programs.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::paths::{self, FileLock};
use crate::ports;
use crate::process::{Launch, Program};

/// Longest time that a service gets to be ready.
const PATIENCE_TO_START: Duration = Duration::from_secs(60);

/// How a program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As tests are: for what it does.
    Debug,
    /// As it is shipped: for how fast it does it.
    Release,
}

/// The binary that `<SERVICE>_BIN` names, else the one of this workspace, built if needed.
///
/// # Errors
///
/// When cargo cannot build it.
pub fn binary(service: &str, profile: Profile) -> Result<PathBuf> {
    let variable = format!("{}_BIN", service.to_uppercase().replace('-', "_"));
    if let Some(path) = std::env::var_os(variable) {
        return Ok(PathBuf::from(path));
    }
    let target = paths::target()?;
    let _lock = FileLock::take("cargo-build")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", service, "--target-dir"]).arg(&target);
    if profile == Profile::Release {
        command.arg("--release");
    }
    let output = command.current_dir(paths::workspace()).output().context("starting cargo")?;
    if !output.status.success() {
        bail!("building {service}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    let folder = if profile == Profile::Release { "release" } else { "debug" };
    Ok(target.join(folder).join(service))
}

/// A running service. Dropping it kills it.
#[derive(Debug)]
pub struct Service {
    /// The port it listens on.
    pub port: u16,
    /// The process.
    pub program: Program,
}

impl Service {
    /// Starts `binary` on a free port with `args` and waits until it is ready.
    ///
    /// # Errors
    ///
    /// When it does not get ready; the message shows the end of its log.
    pub fn start(name: &str, binary: &PathBuf, args: &[String]) -> Result<Self> {
        Self::start_on(name, binary, ports::free_port()?, args)
    }

    /// As [`Service::start`], on a given port.
    ///
    /// # Errors
    ///
    /// When it does not get ready; the message shows the end of its log.
    pub fn start_on(name: &str, binary: &PathBuf, port: u16, args: &[String]) -> Result<Self> {
        // An application.yml of the folder a test happens to run in must not configure it.
        let launch = Launch::new(name, binary)?.cwd(&paths::work("empty")?);
        let launch = launch.without_env("DATABASE_URL").arg(format!("--server.port={port}"));
        let mut service = Self { port, program: launch.args(args).start()? };
        let ready = service.url("/actuator/health/readiness");
        service.program.wait_ready(&ready, PATIENCE_TO_START)?;
        Ok(service)
    }

    /// `path` on this service.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}
