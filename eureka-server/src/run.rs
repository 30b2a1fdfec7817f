//! A process from configuration to exit.

use std::sync::Arc;

use service_kit::actuator::{Actuator, Build};
use service_kit::clock::Clock;
use service_kit::config::Config;
use service_kit::health::{Health, Report};
use service_kit::metrics::{self, ProcessMetrics};
use service_kit::serve::{Server, raise_file_limit};
use service_kit::shutdown;
use service_kit::tasks::TaskSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::{Settings, SettingsError};
use crate::tasks;

/// Why the server could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The port is taken, or the address not this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// Address asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Serving failed.
    #[error("serving failed")]
    Serve(#[source] std::io::Error),
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// It could not start, or not go on.
pub async fn run(config: &Config, clock: Clock) -> Result<(), RunError> {
    let mut settings = Settings::read(config)?;
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let files_max = raise_file_limit();
    let (address, workers) = (settings.serve.address, settings.serve.workers);
    let server = listen(&mut settings)?;
    let all_metrics = metrics::Registry::new(clock.clone());
    ProcessMetrics::register(&all_metrics, &clock);
    let stop = CancellationToken::new();
    let background = TaskSet::new(stop.clone());
    let health = health(&background);
    let actuator = Actuator::new(config, health.clone(), all_metrics.clone(), Some(&BUILD), None)
        .map_err(SettingsError::from)?;
    let app = App::new(settings, clock, &all_metrics, actuator);
    tasks::start(&app, &background);
    background.run("signals", stop_on_signal(stop.clone(), health.clone()));
    health.accept_traffic(true);
    tracing::info!(%address, port = app.port(), workers, files_max, "accepting requests");
    server.serve(Arc::clone(&app), stop).await.map_err(RunError::Serve)?;
    background.stop().await;
    tracing::info!("stopped");
    Ok(())
}

const BUILD: Build = Build { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

/// Health of the process: not ready once one of its tasks has died.
fn health(tasks: &TaskSet) -> Health {
    let (health, tasks) = (Health::new(), tasks.clone());
    health.check("tasks", true, move || {
        if tasks.is_healthy() { Report::up() } else { Report::down("a background task ended") }
    });
    health
}

async fn stop_on_signal(stop: CancellationToken, health: Health) {
    tokio::select! {
        signal = shutdown::requested() => match signal {
            Ok(signal) => tracing::info!(signal, "stopping"),
            Err(error) => tracing::error!(%error, "cannot wait for signals"),
        },
        () = stop.cancelled() => {}
    }
    health.accept_traffic(false);
    stop.cancel();
}

/// Listens, and notes the port that was really taken.
fn listen(settings: &mut Settings) -> Result<Server, RunError> {
    let address = settings.serve.address;
    let listening = settings.serve.listen();
    let server = listening.map_err(|source| RunError::Listen { address, source })?;
    if let Ok(taken) = server.address() {
        settings.serve.address = taken;
    }
    Ok(server)
}
