//! The servers that are measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::process::{self, Memory};
use crate::http::Request;
use crate::process::{Launch, Program};
use crate::{java, paths, ports, subject, wait};

/// Longest time that a server gets to answer its first request.
const PATIENCE: Duration = Duration::from_secs(180);
/// Both discovery servers run alone and evict nobody while they are measured.
const ALONE: [&str; 3] = [
    "--eureka.client.register-with-eureka=false",
    "--eureka.client.fetch-registry=false",
    "--eureka.server.eviction-interval-timer-in-ms=3600000",
];
/// Tomcat ends a connection after 100 requests unless told not to; the load keeps its connections.
pub(super) const KEPT_CONNECTIONS: &str = "--server.tomcat.max-keep-alive-requests=-1";

/// A running server on this machine. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    /// What tables and messages call it.
    pub name: &'static str,
    /// The port it listens on.
    pub port: u16,
    program: Program,
    /// Processes that do its work.
    pids: Vec<u32>,
}

impl Server {
    /// Starts our server and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started.
    pub fn ours(args: &[&str]) -> Result<Self> {
        let port = ports::free_port()?;
        Self::ready("ours", (port, launch_ours(port, args)?), "/eureka/apps")
    }

    /// Starts the reference server on an ordinary `java -jar` and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started.
    pub fn reference(args: &[&str]) -> Result<Self> {
        let port = ports::free_port()?;
        Self::ready("reference", (port, launch_reference(port, args)?), "/eureka/apps")
    }

    /// Starts nginx with two workers and waits until it answers. It gives 200 and `SMALL_BODY` to
    /// everything but `/files/`, below which it serves `files`.
    ///
    /// # Errors
    ///
    /// When there is no nginx or it does not start.
    pub fn nginx(files: &Path) -> Result<Self> {
        let port = ports::free_port()?;
        let small = "x".repeat(SMALL_BODY);
        let http = format!(
            "  server {{\n\
             \x20   listen 127.0.0.1:{port};\n\
             \x20   location / {{ return 200 \"{small}\"; }}\n\
             \x20   location /files/ {{ alias {}/; }}\n\
             \x20 }}\n",
            files.display()
        );
        start_nginx("nginx", port, &nginx_configuration(WORKER_CONNECTIONS, &http), "/")
    }

    /// A server that was launched on a port, once it answers `GET path` with 200.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub(super) fn ready(
        name: &'static str,
        (port, mut program): (u16, Program),
        path: &str,
    ) -> Result<Self> {
        program.wait_ready(&format!("http://127.0.0.1:{port}{path}"), PATIENCE)?;
        let pids = vec![program.pid()];
        Ok(Self { name, port, program, pids })
    }

    /// CPU time that its processes used so far.
    ///
    /// # Errors
    ///
    /// When one of them ended.
    pub fn cpu_time(&self) -> Result<Duration> {
        let times = self.pids.iter().map(|&pid| process::cpu_time(pid));
        times.sum::<Result<_>>().with_context(|| self.log_tail())
    }

    /// Resident memory of its main process.
    ///
    /// # Errors
    ///
    /// When it ended.
    pub fn memory(&self) -> Result<Memory> {
        process::memory(self.program.pid()).with_context(|| self.log_tail())
    }

    /// Resident memory of all its processes.
    ///
    /// # Errors
    ///
    /// When one of them ended.
    pub fn resident(&self) -> Result<u64> {
        let all = self.pids.iter().map(|&pid| process::memory(pid).map(|memory| memory.resident));
        all.sum::<Result<_>>().with_context(|| self.log_tail())
    }

    /// Body of `GET path` as it comes over the wire, with the headers of `gzip` or plain fetches.
    ///
    /// # Errors
    ///
    /// When the answer is not 200.
    pub fn body(&self, path: &str, gzip: bool) -> Result<Vec<u8>> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let mut request = Request::get(url).header("Accept", "application/json");
        if gzip {
            request = request.header("Accept-Encoding", "gzip");
        }
        let answer = request.send()?;
        if answer.status != 200 {
            bail!("{} answers {} to {path}", self.name, answer.status);
        }
        if gzip && answer.header("content-encoding") != Some("gzip") {
            bail!("{} does not pack {path}", self.name);
        }
        Ok(answer.body)
    }

    /// Waits until the packed body of `path` is shorter than `bytes`.
    ///
    /// # Errors
    ///
    /// When it stays longer than waiting makes sense.
    pub fn wait_until_shorter(&self, path: &str, bytes: usize) -> Result<()> {
        let what = format!("{path} of {} under {bytes} bytes", self.name);
        wait::until_some(&what, PATIENCE, || {
            Ok((self.body(path, true)?.len() < bytes).then_some(()))
        })
    }

    /// The end of its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.program.log_tail()
    }
}

/// Starts our server on `port`, without waiting.
///
/// # Errors
///
/// When it cannot be built or started.
pub fn launch_ours(port: u16, args: &[&str]) -> Result<Program> {
    let launch = Launch::new("eureka-server", subject::our_binary()?)?;
    // An application.yml of the folder the bench runs in must not configure the server.
    let launch = launch.cwd(&paths::work("empty")?).arg(format!("--server.port={port}"));
    launch.args(ALONE).args(args).start()
}

/// Starts the reference server on `port`, without waiting.
///
/// # Errors
///
/// When it cannot be built or started.
pub fn launch_reference(port: u16, args: &[&str]) -> Result<Program> {
    let jar = match std::env::var_os("EUREKA_REFERENCE_JAR") {
        Some(path) => PathBuf::from(path),
        None => java::jar("reference-server/target/reference-server.jar")?,
    };
    let launch = Launch::new("reference-server", "java")?.arg("-jar").arg(jar);
    let launch = launch.cwd(&paths::work("empty")?).arg(format!("--server.port={port}"));
    launch.args(ALONE).arg(KEPT_CONNECTIONS).args(args).start()
}

/// Starts nginx on `port` with a configuration that [`nginx_configuration`] made, and waits until it
/// answers `GET path` with 200.
///
/// # Errors
///
/// When there is no nginx or it does not start.
pub(super) fn start_nginx(
    name: &'static str,
    port: u16,
    configuration: &str,
    path: &str,
) -> Result<Server> {
    let folder = paths::work("nginx")?;
    let file = folder.join(format!("nginx-{port}.conf"));
    let text = format!("pid {}/nginx-{port}.pid;\n{configuration}", folder.display());
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    let launch = Launch::new("nginx", system_binary("nginx")?)?;
    let launch = launch.arg("-p").arg(&folder).arg("-c").arg(&file);
    let mut server = Server::ready(name, (port, launch.start()?), path)?;
    server.pids.extend(process::children(server.program.pid())?);
    Ok(server)
}

/// Debian installs them where ordinary users do not look.
pub(super) fn system_binary(name: &str) -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut programs = folders.map(|folder| folder.join(name));
    programs.find(|program| program.is_file()).with_context(|| format!("there is no {name}"))
}

/// Debian's configuration without its log of every request, which the others do not write either,
/// and without a limit of requests per connection; `http` is what it serves.
pub(super) fn nginx_configuration(connections: usize, http: &str) -> String {
    format!(
        "user root;\n\
         worker_processes 2;\n\
         worker_rlimit_nofile 20000;\n\
         daemon off;\n\
         error_log stderr error;\n\
         events {{ worker_connections {connections}; }}\n\
         http {{\n\
         \x20 sendfile on;\n\
         \x20 tcp_nopush on;\n\
         \x20 access_log off;\n\
         \x20 default_type application/octet-stream;\n\
         \x20 keepalive_requests 1000000000;\n\
         \x20 keepalive_timeout 300s;\n\
         \x20 client_body_temp_path body;\n\
         \x20 proxy_temp_path proxy;\n\
         \x20 fastcgi_temp_path fastcgi;\n\
         \x20 uwsgi_temp_path uwsgi;\n\
         \x20 scgi_temp_path scgi;\n\
         {http}\
         }}\n"
    )
}

/// Connections that each worker of Debian's nginx is ready for.
const WORKER_CONNECTIONS: usize = 768;
/// Bytes of nginx's small answer.
pub const SMALL_BODY: usize = 200;
