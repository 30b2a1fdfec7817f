//! A process from configuration to exit.

mod gauges;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use eureka_client::Client;
use service_kit::actuator::{Access, Actuator, Build};
use service_kit::clock::Clock;
use service_kit::config::{Config, ConfigError, ConfigErrors, Reader};
use service_kit::discovery::{self, DiscoveryError};
use service_kit::health::{Health, Report};
use service_kit::management::Management;
use service_kit::metrics::{self, ProcessMetrics};
use service_kit::security::SecurityError;
use service_kit::serve::{self, Server, raise_file_limit};
use service_kit::shutdown;
use service_kit::tasks::TaskSet;
use tokio_util::sync::CancellationToken;

use crate::checks;
use crate::config::{Definition, PROGRAM, SettingsError};
use crate::entrance::journal::Journal;
use crate::entrance::{Entrance, Extras};
use crate::meters::Meters;
use crate::operations::{self, Operations, OwnPort, Subjects};
use crate::proxy::Proxy;
use crate::reload::Reload;
use crate::routes::Routes;
use crate::security::Gate;

/// Why the gateway could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration cannot be read.
    #[error(transparent)]
    Read(#[from] ConfigErrors),
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
    /// Tokens cannot be checked as the settings say.
    #[error(transparent)]
    Security(#[from] SecurityError),
    /// The port is taken, or the address not this machine's.
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// Serving failed.
    #[error("serving failed")]
    Io(#[from] std::io::Error),
}

/// What listens and answers.
struct Doors {
    server: Server,
    entrance: Entrance,
    /// The actuator's own port, if it has one.
    own: Option<(Server, Operations)>,
    /// Ends when the access log does.
    writer: Option<JoinHandle<()>>,
}

/// What lives as long as the process.
struct Parts {
    clock: Clock,
    tasks: TaskSet,
    health: Health,
    metrics: metrics::Registry,
    client: Option<Client>,
}

/// Runs the gateway until it is told to stop. `reader` is what `config` was read with.
///
/// # Errors
/// It could not start, or not go on.
pub async fn run(reader: Reader, config: &Config, clock: Clock) -> Result<(), RunError> {
    let mut settings = serve::Settings::read(config)?;
    let (definition, mut warnings) = Definition::read(config)?;
    let (routes, more) = Routes::new(definition, &clock)?;
    warnings.extend(more);
    for warning in config.warnings().iter().chain(&warnings) {
        tracing::warn!("{warning}");
    }
    let files_max = raise_file_limit();
    let metrics = metrics::Registry::new(clock.clone());
    ProcessMetrics::register(&metrics, &clock);
    let is_found =
        config.get("eureka.client.enabled")? && config.get("eureka.client.register-with-eureka")?;
    if is_found || config.is_set("myerp.server.linger") {
        // Who finds it by discovery, or by its readiness, has not heard of the stop yet.
        settings.limits.linger = config.get("myerp.server.linger")?;
    }
    let listening = settings.listen();
    let server = listening.map_err(|error| RunError::Listen(settings.address, error))?;
    let port = server.address()?.port();

    let tasks = TaskSet::new(CancellationToken::new());
    let health = health(&tasks);
    let client = discovery::client(config, port, &health)?;
    let parts = Parts { clock, tasks, health, metrics, client };
    let doors = doors(reader, config, &settings, (server, routes), &parts)?;
    let Parts { tasks, health, client, .. } = parts;
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
        // Not ready first: who balances by that looks elsewhere while the rest goes on (BY-5).
        health.accept_traffic(false);
        if let Some(client) = &client
            && let Err(error) = client.shutdown().await
        {
            tracing::warn!(%error, "could not leave discovery");
        }
        leave.cancel();
    };
    let Doors { server, entrance, own, writer } = doors;
    // The actuator's own port tells how the stop goes until requests are done.
    let done = CancellationToken::new();
    let serving = async {
        let served = server.serve(Arc::new(entrance), stop).await;
        done.cancel();
        served
    };
    let own = async {
        match own {
            Some((server, operations)) => {
                server.serve(Arc::new(OwnPort(operations)), done.clone()).await
            }
            None => Ok(()),
        }
    };
    let (served, own, ()) = tokio::join!(serving, own, leaving);
    served?;
    own?;
    tasks.stop().await;
    if let Some(writer) = writer {
        let _ = tokio::task::spawn_blocking(move || writer.join()).await;
    }
    tracing::info!("stopped");
    Ok(())
}

/// Everything that answers, and the tasks behind it.
fn doors(
    reader: Reader,
    config: &Config,
    settings: &serve::Settings,
    (server, routes): (Server, Routes),
    parts: &Parts,
) -> Result<Doors, RunError> {
    let Parts { clock, tasks, health, metrics, client } = parts;
    let routes = Arc::new(routes);
    let gate = Gate::read(config, clock)?;
    if let Some(gate) = &gate {
        tasks.run("token keys", gate.clone().run(tasks.stop_token()));
    }
    if let Some(client) = client {
        tasks.run("discovery", discovery::run(client.clone(), tasks.stop_token()));
        let following = Arc::clone(&routes).follow(client.clone(), tasks.stop_token());
        tasks.run("discovered routes", following);
        let checking = (Arc::clone(&routes), client.clone(), clock.clone());
        let (to_check, of, by) = checking;
        tasks.run("health checks", checks::run(to_check, of, by, tasks.stop_token()));
    }
    let component = health.component("gatewayConfiguration", false);
    let reload = Arc::new(Reload::new(reader, config, Arc::clone(&routes), component));
    let interval: Duration = config.get("myerp.gateway.reload-interval")?;
    tasks.run("reload", Arc::clone(&reload).follow(interval, tasks.stop_token()));
    gauges::register(metrics, &routes, client.as_ref());

    let access = operations::access(config)?;
    let build = Build { name: PROGRAM.name, version: PROGRAM.version };
    let actuator = Actuator::new(config, health.clone(), metrics.clone(), Some(&build), None)?;
    let actuator = if access > Access::None { actuator.linking(operations::ID) } else { actuator };
    let base_path = actuator.base_path().to_owned();
    let subjects = Subjects {
        routes: Arc::clone(&routes),
        client: client.clone(),
        registry: metrics.clone(),
        reload,
        clock: clock.clone(),
    };
    let management = Management::new(actuator, "");
    let operations = Operations::new(management, &base_path, access, gate.clone(), subjects);
    let own = own_port(config, settings, &server)?;
    let (operations, own) = match own {
        Some(own) => (None, Some((own, operations))),
        None => (Some(operations), None),
    };
    let journal = Journal::read(config, clock, metrics, std::io::stdout())?;
    let (journal, writer) = journal.unzip();
    let meters = Meters::read(&routes.now().definition.gateway.tree, metrics);
    let (client, clock) = (client.clone(), clock.clone());
    let proxy = Arc::new(Proxy { routes, client, operations, gate, clock });
    let extras = Extras::read(config, journal)?;
    Ok(Doors { server, entrance: Entrance { proxy, meters, extras }, own, writer })
}

/// The server of the actuator's own port; `None` if it is the gateway's.
fn own_port(
    config: &Config,
    settings: &serve::Settings,
    server: &Server,
) -> Result<Option<Server>, RunError> {
    let Some(port) = config.find::<u16>("management.server.port")? else { return Ok(None) };
    if port != 0 && port == server.address()?.port() {
        return Ok(None);
    }
    let mut own = settings.clone();
    own.workers = 1;
    own.limits.linger = Duration::ZERO;
    own.address.set_port(port);
    if let Some(host) = config.find::<String>("management.server.address")? {
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse();
        let ip = ip.map_err(|_| serve::SettingsError::Address(host))?;
        own.address.set_ip(ip);
    }
    let server = own.listen().map_err(|error| RunError::Listen(own.address, error))?;
    tracing::info!(address = %server.address()?, "the actuator has a port of its own");
    Ok(Some(server))
}

/// Health of the process: not ready once one of its tasks has died.
fn health(tasks: &TaskSet) -> Health {
    let (health, tasks) = (Health::new(), tasks.clone());
    health.check("tasks", true, move || {
        if tasks.is_healthy() { Report::up() } else { Report::down("a background task ended") }
    });
    health
}
