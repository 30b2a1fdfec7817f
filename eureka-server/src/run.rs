//! A process from configuration to exit.

use std::sync::Arc;

use service_kit::clock::Clock;
use service_kit::config::Config;
use service_kit::metrics::{self, ProcessMetrics};
use service_kit::serve::{Server, raise_file_limit};
use service_kit::shutdown;
use service_kit::tasks::TaskSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::{Settings, SettingsError};
use crate::pages::{PagesState, management_of};
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
    let (address, workers) = (settings.address, settings.workers);
    let server = listen(&mut settings)?;
    let all_metrics = metrics::Registry::new(clock.clone());
    ProcessMetrics::register(&all_metrics, &clock);
    let pages = PagesState { metrics: all_metrics, management: management_of(config) };
    let app = App::new(settings, clock, pages);

    let stop = CancellationToken::new();
    let background = TaskSet::new(stop.clone());
    tasks::start(&app, &background);
    let asked = stop.clone();
    background.run("signals", async move {
        tokio::select! {
            signal = shutdown::requested() => tracing::info!(?signal, "stopping"),
            () = asked.cancelled() => {}
        }
        asked.cancel();
    });
    tracing::info!(%address, port = app.port(), workers, files_max, "accepting requests");
    server.serve(Arc::clone(&app), stop).await.map_err(RunError::Serve)?;
    background.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Listens, and notes the port that was really taken.
fn listen(settings: &mut Settings) -> Result<Server, RunError> {
    let address = settings.address;
    let bound = Server::bind(address, settings.workers, settings.limits);
    let bound = bound.or_else(|error| {
        // A machine without IPv6 has no unspecified IPv6 address either.
        let fallback = std::net::SocketAddr::from(([0, 0, 0, 0], address.port()));
        let retry = address.ip() == std::net::Ipv6Addr::UNSPECIFIED
            && error.kind() != std::io::ErrorKind::AddrInUse;
        if retry { Server::bind(fallback, settings.workers, settings.limits) } else { Err(error) }
    });
    let server = bound.map_err(|source| RunError::Listen { address, source })?;
    if let Ok(taken) = server.address() {
        settings.address = taken;
    }
    Ok(server)
}
