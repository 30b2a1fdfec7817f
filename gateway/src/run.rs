//! A process from configuration to exit.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use service_kit::actuator::{Actuator, Build};
use service_kit::clock::Clock;
use service_kit::config::{Config, ConfigError};
use service_kit::discovery::{self, DiscoveryError};
use service_kit::health::{Health, Report};
use service_kit::management::Management;
use service_kit::metrics::{self, ProcessMetrics};
use service_kit::serve::{self, raise_file_limit};
use service_kit::shutdown;
use service_kit::tasks::TaskSet;
use tokio_util::sync::CancellationToken;

use crate::config::{Definition, PROGRAM, SettingsError};
use crate::proxy::Proxy;
use crate::routes::Routes;

/// Why the gateway could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A key cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A setting of the server cannot be used.
    #[error(transparent)]
    Serve(#[from] serve::SettingsError),
    /// A setting of discovery cannot be used.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The port is taken, or the address not this machine's.
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// Serving failed.
    #[error("serving failed")]
    Io(#[from] std::io::Error),
}

/// Runs the gateway until it is told to stop.
///
/// # Errors
/// It could not start, or not go on.
pub async fn run(config: &Config, clock: Clock) -> Result<(), RunError> {
    let settings = serve::Settings::read(config)?;
    let (definition, mut warnings) = Definition::read(config)?;
    let (routes, more) = Routes::new(definition, &clock)?;
    warnings.extend(more);
    for warning in config.warnings().iter().chain(&warnings) {
        tracing::warn!("{warning}");
    }
    let files_max = raise_file_limit();
    let metrics = metrics::Registry::new(clock.clone());
    ProcessMetrics::register(&metrics, &clock);
    let listening = settings.listen();
    let server = listening.map_err(|error| RunError::Listen(settings.address, error))?;
    let port = server.address()?.port();

    let tasks = TaskSet::new(CancellationToken::new());
    let health = health(&tasks);
    let client = discovery::client(config, port, &health)?;
    let build = Build { name: PROGRAM.name, version: PROGRAM.version };
    let actuator = Actuator::new(config, health.clone(), metrics, Some(&build), None)?;
    let management_path = actuator.base_path().to_owned();
    let routes = Arc::new(routes);
    if let Some(client) = &client {
        tasks.run("discovery", discovery::run(client.clone(), tasks.stop_token()));
        let following = Arc::clone(&routes).follow(client.clone(), tasks.stop_token());
        tasks.run("discovered routes", following);
    }
    let proxy = Proxy {
        routes,
        client: client.clone(),
        management: Management::new(actuator, ""),
        management_path,
        drawn: AtomicU64::new(clock.wall_us()),
        clock,
    };
    health.accept_traffic(true);
    tracing::info!(address = %settings.address, port, files_max, "accepting requests");
    if let Some(client) = &client {
        client.ready();
    }

    let stop = CancellationToken::new();
    let leave = stop.clone();
    let leaving = async {
        match shutdown::requested().await {
            Ok(signal) => tracing::info!(signal, "stopping"),
            Err(error) => tracing::error!(%error, "cannot wait for signals"),
        }
        health.accept_traffic(false);
        if let Some(client) = &client
            && let Err(error) = client.shutdown().await
        {
            tracing::warn!(%error, "could not leave discovery");
        }
        leave.cancel();
    };
    let (served, ()) = tokio::join!(server.serve(Arc::new(proxy), stop), leaving);
    served?;
    tasks.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Health of the process: not ready once one of its tasks has died.
fn health(tasks: &TaskSet) -> Health {
    let (health, tasks) = (Health::new(), tasks.clone());
    health.check("tasks", true, move || {
        if tasks.is_healthy() { Report::up() } else { Report::down("a background task ended") }
    });
    health
}
