//! Gateways under test: ours and Spring Cloud Gateway, started with the same `application.yml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::http::{Request, Response};
use crate::process::{Launch, Program};
use crate::{binary, java, paths, ports, wait};

pub mod allowance;
pub mod backend;
pub mod provider;
pub mod request;

/// Longest time that a gateway gets to answer; a JVM on a busy machine is slow.
const PATIENCE_TO_START: Duration = Duration::from_secs(180);
/// Names the binary of ours to test instead of the release build.
const OURS_ENV: &str = "GATEWAY_BIN";
/// Names the jar of Spring's, instead of the one that the Maven build makes.
const SPRING_ENV: &str = "SPRING_GATEWAY_JAR";
/// The same for the one that checks tokens.
const SPRING_TOKENS_ENV: &str = "SPRING_TOKENS_JAR";

/// Which gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The release binary of this workspace.
    Ours,
    /// Spring Cloud Gateway of Boot 3.5, with a small and fast-starting JVM.
    Spring,
    /// The same as `java -jar` starts it, for measuring.
    SpringAsIs,
    /// Spring Cloud Gateway with Spring Security's resource server, small and fast-starting.
    SpringTokens,
    /// The same as `java -jar` starts it, for measuring.
    SpringTokensAsIs,
}

impl Kind {
    fn launch(self) -> Result<Launch> {
        let launch = match self {
            Self::Ours => return Launch::new("gateway", our_binary()?),
            Self::Spring | Self::SpringTokens => Launch::new("spring-gateway", "java")?.args([
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
            ]),
            Self::SpringAsIs | Self::SpringTokensAsIs => Launch::new("spring-gateway", "java")?,
        };
        // Other gateways share the machine; only what a test exports should be measured or seen.
        Ok(launch.arg("-jar").arg(self.jar()?).arg("--management.health.redis.enabled=false"))
    }

    /// The program of Spring's.
    fn jar(self) -> Result<PathBuf> {
        let (variable, jar) = match self {
            Self::SpringTokens | Self::SpringTokensAsIs => {
                (SPRING_TOKENS_ENV, "scg-3.5-jwt/target/scg-3.5-jwt.jar")
            }
            Self::Ours | Self::Spring | Self::SpringAsIs => {
                (SPRING_ENV, "scg-3.5/target/scg-3.5.jar")
            }
        };
        std::env::var_os(variable).map_or_else(|| java::jar(jar), |path| Ok(PathBuf::from(path)))
    }
}

/// The binary of ours: `GATEWAY_BIN`, else the release build, made if missing or stale.
///
/// # Errors
///
/// When cargo cannot build it.
pub fn our_binary() -> Result<PathBuf> {
    binary::release("gateway", &["crates", "gateway"])
}

/// A running gateway. Dropping it kills it.
#[derive(Debug)]
pub struct Gateway {
    /// Which one.
    pub kind: Kind,
    /// The port it listens on.
    pub port: u16,
    /// Its working folder, with its `application.yml`.
    pub folder: PathBuf,
    /// The process.
    pub program: Program,
}

impl Gateway {
    /// Starts a gateway with `yaml` as its `application.yml` and waits until it is healthy.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started; the message shows the end of its log.
    pub fn start(kind: Kind, yaml: &str, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let mut gateway = Self::launch(kind, yaml, args, env)?;
        gateway.wait_ready()?;
        Ok(gateway)
    }

    /// As [`Self::start`], without waiting.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started.
    pub fn launch(kind: Kind, yaml: &str, args: &[&str], env: &[(&str, &str)]) -> Result<Self> {
        let folder = folder(yaml)?;
        Self::launch_in(kind, ports::free_port()?, folder, args, env)
    }

    /// As [`Self::launch`], on a given port in a folder that holds an `application.yml`.
    ///
    /// # Errors
    ///
    /// When it cannot be built or started.
    pub fn launch_in(
        kind: Kind,
        port: u16,
        folder: PathBuf,
        args: &[&str],
        env: &[(&str, &str)],
    ) -> Result<Self> {
        let mut launch = kind.launch()?.cwd(&folder).arg(format!("--server.port={port}"));
        for variable in [OURS_ENV, SPRING_ENV, SPRING_TOKENS_ENV] {
            launch = launch.without_env(variable);
        }
        for (key, value) in env {
            launch = launch.env(key, value);
        }
        Ok(Self { kind, port, folder, program: launch.args(args).start()? })
    }

    /// Waits until its health is `UP`.
    ///
    /// # Errors
    ///
    /// When it does not become so; the message shows the end of its log.
    pub fn wait_ready(&mut self) -> Result<()> {
        let url = self.url("/actuator/health");
        self.program.wait_ready(&url, PATIENCE_TO_START)
    }

    /// Waits until `GET path` is answered with `status`, for example because a service was found.
    ///
    /// # Errors
    ///
    /// When that does not happen; the message shows the end of its log.
    pub fn wait_status(&mut self, path: &str, status: u16) -> Result<()> {
        let url = self.url(path);
        let is_so = || Request::get(&*url).send().is_ok_and(|answer| answer.status == status);
        self.program.wait_until(&format!("{status} from {url}"), PATIENCE_TO_START, is_so)
    }

    /// `path` on this gateway.
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

    /// Replaces its `application.yml`, in one step, so that nobody reads half of it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn rewrite(&self, yaml: &str) -> Result<()> {
        let (new, file) = (self.folder.join("new.yml"), self.folder.join("application.yml"));
        fs::write(&new, yaml).context("writing the new configuration")?;
        fs::rename(&new, &file).context("putting the new configuration in place")
    }
}

/// A new folder with `yaml` in it.
///
/// # Errors
///
/// When it cannot be made.
pub fn folder(yaml: &str) -> Result<PathBuf> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let folder = paths::work(&format!("gateway/{}-{number}", std::process::id()))?;
    let file = folder.join("application.yml");
    fs::write(&file, yaml).with_context(|| format!("writing {}", file.display()))?;
    Ok(folder)
}

/// The configuration and the cases of the reference recording.
#[must_use]
pub fn recorded() -> PathBuf {
    paths::workspace().join("gateway/routing/tests/fixtures")
}

/// Registers an instance that nobody renews, for a day, at the server whose API is at `base_url`.
///
/// # Errors
///
/// When the server does not accept it.
pub fn register(base_url: &str, app: &str, port: u16, metadata: &[(&str, &str)]) -> Result<()> {
    let metadata: serde_json::Map<_, _> =
        metadata.iter().map(|&(key, value)| (key.to_owned(), value.into())).collect();
    let instance = json!({"instance": {
        "instanceId": instance_id(app, port), "app": app.to_uppercase(), "hostName": "127.0.0.1", "ipAddr": "127.0.0.1",
        "status": "UP", "vipAddress": app, "secureVipAddress": app,
        "port": {"$": port, "@enabled": "true"}, "securePort": {"$": 443, "@enabled": "false"},
        "dataCenterInfo": {"@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn"},
        "leaseInfo": {"renewalIntervalInSecs": 30, "durationInSecs": 86400},
        "metadata": metadata,
    }});
    let url = format!("{base_url}/apps/{}", app.to_uppercase());
    let request = Request::new("POST", url).header("Content-Type", "application/json");
    let answer = request.body(instance.to_string()).send()?;
    if answer.status != 204 {
        bail!("registering {app} on port {port}: {}", answer.status);
    }
    Ok(())
}

/// Takes an instance that [`register`] made out again.
///
/// # Errors
///
/// When the server does not know it.
pub fn deregister(base_url: &str, app: &str, port: u16) -> Result<()> {
    let url = format!("{base_url}/apps/{}/{}", app.to_uppercase(), instance_id(app, port));
    let answer = Request::new("DELETE", url).send()?;
    if answer.status != 200 {
        bail!("taking {app} on port {port} out: {}", answer.status);
    }
    Ok(())
}

fn instance_id(app: &str, port: u16) -> String {
    format!("{app}-{port}")
}

/// Waits until every one of `gateways` answers `GET path` with `status`.
///
/// # Errors
///
/// When one does not.
pub fn all_answer(gateways: &mut [Gateway], path: &str, status: u16) -> Result<()> {
    gateways.iter_mut().try_for_each(|gateway| gateway.wait_status(path, status))
}

/// The text of a file below `fixtures/gateway`.
///
/// # Errors
///
/// When it cannot be read.
pub fn fixture(name: &str) -> Result<String> {
    read(&paths::fixtures().join("gateway").join(name))
}

/// The text of a file.
///
/// # Errors
///
/// When it cannot be read.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

/// Waits a moment for something that has no sign of its own, such as another fetch of the registry.
pub fn let_pass(time: Duration) {
    wait::pause(time);
}
