//! Registering with discovery servers and finding services by them, as Spring's keys say.
//!
//! A program adds [`KEYS`] to its tables, makes the client with [`client`], runs [`run`] as a task,
//! calls [`Client::ready`] once it listens, and [`Client::shutdown`] before it stops listening.

#[cfg(feature = "web")]
mod calls;
mod connection;
mod instance;
mod keys;

use eureka_client::wire::InstanceStatus;
use eureka_client::{BuildError, Client, Mode};
use tokio_util::sync::CancellationToken;

#[cfg(feature = "web")]
pub use calls::Calls;
pub use eureka_client;

use crate::config::{Config, ConfigError, KeySpec};
use crate::health::{Health, Report, Status, total};

/// Every key of this module, for the tables of a program.
pub const KEYS: &[&[KeySpec]] = &[CLIENT_KEYS, INSTANCE_KEYS, OWN_KEYS];
pub use keys::{CLIENT as CLIENT_KEYS, INSTANCE as INSTANCE_KEYS, OWN as OWN_KEYS};

/// Name of the client among the parts of a process's health.
const PART: &str = "discoveryClient";

/// Why a program cannot take part in discovery.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that a key names cannot be read.
    #[error("{key}: {path}")]
    File {
        /// The key.
        key: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A key store that is none.
    #[error("{key}: {path} is not in PEM format; export Java key stores with keytool and openssl")]
    Pem {
        /// The key.
        key: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: BuildError,
    },
    /// The settings do not fit together.
    #[error("discovery")]
    Client(#[from] BuildError),
}

/// Makes the client of a program that listens on `port`; `None` if the program is to take no part.
///
/// The client becomes a part of `health`, which it reads too if `eureka.client.healthcheck.enabled`
/// is set. It never takes readiness away: a program can serve while discovery is down.
///
/// # Errors
/// The first setting that cannot be used.
pub fn client(
    config: &Config,
    port: u16,
    health: &Health,
) -> Result<Option<Client>, DiscoveryError> {
    let enabled =
        config.get("eureka.client.enabled")? && config.get("spring.cloud.discovery.enabled")?;
    let registers: bool = config.get("eureka.client.register-with-eureka")?;
    let fetches: bool = config.get("eureka.client.fetch-registry")?;
    // Read in any case: whoever switches discovery off must not be told that keys are unknown.
    let builder = connection::builder(config)?.instance(instance::read(config, port)?);
    let checks_health: bool = config.get("eureka.client.healthcheck.enabled")?;
    let mode = match (registers, fetches) {
        (true, true) => Mode::RegisterAndFetch,
        (true, false) => Mode::RegisterOnly,
        (false, true) => Mode::FetchOnly,
        (false, false) => return Ok(None),
    };
    if !enabled {
        return Ok(None);
    }
    let builder = builder.mode(mode);
    let builder = if checks_health {
        let health = health.clone();
        builder.health(move |status| propagated(status, total(&health.all())))
    } else {
        builder
    };
    let client = builder.build()?;
    let told = client.clone();
    health.check(PART, false, move || report(&told));
    Ok(Some(client))
}

/// Runs the loops of `client` until it was shut down and `stop` fires, as a task of the process.
///
/// It ends early only if what the settings require at the start failed, which is logged.
pub async fn run(client: Client, stop: CancellationToken) {
    match client.run().await {
        Ok(()) => stop.cancelled().await,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "discovery cannot go on");
        }
    }
}

/// The own status that health makes of the present one. Who was taken out on purpose stays out.
/// Source: Spring's `EurekaHealthCheckHandler`.
const fn propagated(present: InstanceStatus, health: Status) -> InstanceStatus {
    match (present, health) {
        (InstanceStatus::OutOfService | InstanceStatus::Starting, _) => present,
        (_, Status::Up) => InstanceStatus::Up,
        (_, Status::Down | Status::OutOfService) => InstanceStatus::Down,
        (_, Status::Unknown) => InstanceStatus::Unknown,
    }
}

/// How the client is. Always up: what it knows grows old, but it works.
fn report(client: &Client) -> Report {
    let mut report = Report::up()
        .with("registered", client.is_registered())
        .with("remoteStatus", client.remote_status().as_str())
        .with("source", format!("{:?}", client.source()).to_lowercase())
        .with("services", client.services().len());
    if let Some(age) = client.age() {
        report = report.with("ageSeconds", age.as_secs());
    }
    if let Some(server) = client.server() {
        report = report.with("server", server.to_string());
    }
    report
}

#[cfg(test)]
mod tests;
