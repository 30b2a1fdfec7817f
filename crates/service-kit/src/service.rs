//! Life of a business service: migrate, listen, register; unregister, drain, close.
//!
//! A service is its keys, its schema changes and its router.
#![doc = include_str!("../../../docs/new-service.md")]

use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use tokio_util::sync::CancellationToken;

use crate::actuator::{Actuator, Build};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, KeySpec, Program, Start, keys, load_from_process};
use crate::database::{self, Database, DatabaseError, Migrations, backup};
use crate::discovery::{self, DiscoveryError};
use crate::health::{Health, Report};
use crate::health_check;
use crate::management::Management;
use crate::metrics::{ProcessMetrics, Registry};
use crate::security::{self, Security, SecurityError};
use crate::serve::{self, raise_file_limit};
use crate::shutdown;
use crate::tasks::TaskSet;
use crate::telemetry;
use crate::web::{Layers, RouterHandler};

/// Tables of all keys that a service has; one with keys of its own lists them beside these.
pub const KEY_TABLES: &[&[KeySpec]] = &[
    database::KEYS,
    backup::KEYS,
    KEYS,
    discovery::CLIENT_KEYS,
    discovery::INSTANCE_KEYS,
    discovery::OWN_KEYS,
    keys::SERVER,
    keys::OWN_SERVER,
    keys::TLS,
    keys::MANAGEMENT,
    keys::LOGGING,
    keys::SPRING,
    security::SPRING_KEYS,
    security::OWN_KEYS,
    security::SERVICE_KEYS,
];

/// Prefixes under which a key that does not exist is a mistake.
pub const OWNED: &[&str] = &[
    "api.",
    "database.",
    "eureka.client.",
    "eureka.instance.",
    "server.",
    "management.",
    "myerp.",
    // A misspelt key must not leave a service open.
    "spring.security.oauth2.resourceserver.",
];

/// Keys that every service has, beside those of the kit's other parts.
pub const KEYS: &[KeySpec] = &[
    KeySpec::seconds(
        "myerp.server.request-timeout",
        "30s",
        "How long a request may take before it is answered with 503.",
    ),
    KeySpec::millis(
        "myerp.server.linger",
        "2s",
        "How long a service that has left discovery goes on serving those who do not know it yet.",
    ),
    KeySpec::bool(
        "api.require-precondition",
        "true",
        "Whether writes must say which version they change, by If-Match or in the body.",
    ),
];

/// What a service is built from.
#[derive(Debug)]
pub struct Parts {
    /// Its settings.
    pub config: Config,
    /// Its database, with the schema up to date.
    pub database: Database,
    /// The time.
    pub clock: Clock,
    /// What it counts.
    pub metrics: Registry,
}

/// A service.
#[derive(Debug)]
pub struct Definition {
    /// Its name and keys.
    pub program: &'static Program,
    /// Name of its SQLite file, and of its database's health.
    pub database: &'static str,
    /// Its schema changes.
    pub migrations: fn() -> Migrations,
    /// Its routes; those of the actuator, and what is around every handler, are added.
    pub router: fn(&Parts) -> Result<Router, ConfigError>,
}

/// Why a service could not run.
#[derive(Debug, thiserror::Error)]
enum ServiceError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Serve(#[from] serve::SettingsError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Security(#[from] SecurityError),
    #[error("cannot listen on {0}")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    #[error("serving failed")]
    Io(#[from] std::io::Error),
}

/// Runs a service from its start to its end.
#[must_use]
pub fn run(definition: &Definition) -> ExitCode {
    let clock = Clock::system();
    let config = match load_from_process(definition.program) {
        Ok(Start::Run(config)) => *config,
        Ok(Start::HealthCheck(config)) => return health_check::run(&config),
        Ok(Start::Print(text)) => {
            print_out(&text);
            return ExitCode::SUCCESS;
        }
        Err(errors) => {
            print_err(&errors.to_string());
            return ExitCode::FAILURE;
        }
    };
    if let Err(error) = telemetry::init(&config, &clock) {
        print_err(&error.to_string());
        return ExitCode::FAILURE;
    }
    // For what goes on beside requests; those have threads of their own.
    let ended = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServiceError::from)
        .and_then(|runtime| runtime.block_on(live(definition, config, clock)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "cannot run");
            ExitCode::FAILURE
        }
    }
}

async fn live(definition: &Definition, config: Config, clock: Clock) -> Result<(), ServiceError> {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let files_max = raise_file_limit();
    let metrics = Registry::new(clock.clone());
    ProcessMetrics::register(&metrics, &clock);
    let mut settings = settings(&config)?;
    let timeout: Duration = config.get("myerp.server.request-timeout")?;
    let security = Security::read(&config, &clock)?;
    let migrations = (definition.migrations)();
    let database = Database::open(&config, definition.database, &migrations).await?;
    tracing::info!(engine = database.engine(), "the database is up to date");

    let tasks = TaskSet::new(CancellationToken::new());
    let health = health(&tasks);
    let component = health.component("db", true);
    tasks.run("database", until(tasks.stop_token(), database.clone().watch(component)));

    tasks.run("token keys", security.clone().run(tasks.stop_token()));

    let body_timeout = config.get("myerp.server.body-timeout")?;
    let layers = Layers::with_body_timeout(clock.clone(), metrics.clone(), timeout, body_timeout);
    let parts = Parts { config, database: database.clone(), clock, metrics };
    let router = (definition.router)(&parts)?;
    let build = Build { name: definition.program.name, version: definition.program.version };
    let config = &parts.config;
    let actuator =
        Actuator::new(config, health.clone(), parts.metrics.clone(), Some(&build), None)?;
    let clock = &parts.clock;
    let router = router.merge(backup::routes(config, definition.database, &parts.database, clock)?);
    // The rest of the actuator is added afterwards: it stays open.
    let router = security.around(router);
    let router = router.fallback_service(Management::new(actuator, "").service());
    let router = layers.around(router);

    if config.get("eureka.client.enabled")? && config.get("eureka.client.register-with-eureka")? {
        // Their callers keep a copy of the registry for a while.
        settings.limits.linger = config.get("myerp.server.linger")?;
    }
    let listening = settings.listen();
    let server = listening.map_err(|error| ServiceError::Listen(settings.address, error))?;
    let address = server.address()?;
    let client = discovery::client(config, address.port(), &health)?;
    if let Some(client) = &client {
        tasks.run("discovery", discovery::run(client.clone(), tasks.stop_token()));
    }
    health.accept_traffic(true);
    tracing::info!(%address, port = address.port(), files_max, "accepting requests");
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
        // Leave first: who still has this instance in a cache is answered until the end.
        if let Some(client) = &client
            && let Err(error) = client.shutdown().await
        {
            tracing::warn!(%error, "could not leave discovery");
        }
        leave.cancel();
    };
    let (served, ()) = tokio::join!(server.serve(RouterHandler::new(router), stop), leaving);
    served?;
    tasks.stop().await;
    database.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Where and how to serve.
fn settings(config: &Config) -> Result<serve::Settings, serve::SettingsError> {
    let mut settings = serve::Settings::read(config)?;
    if config.get::<usize>("myerp.server.workers")? == 0 {
        // What a service needs of a core, its database needs of another.
        settings.workers = settings.workers.div_ceil(2);
    }
    Ok(settings)
}

/// Health of the process: not ready once one of its tasks has died.
fn health(tasks: &TaskSet) -> Health {
    let (health, tasks) = (Health::new(), tasks.clone());
    health.check("tasks", true, move || {
        if tasks.is_healthy() { Report::up() } else { Report::down("a background task ended") }
    });
    health
}

/// Runs `work` until `stop`.
async fn until(stop: CancellationToken, work: impl Future<Output = ()> + Send) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

#[expect(clippy::print_stdout, reason = "the operator asked for this text")]
fn print_out(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "logging is not set up yet")]
fn print_err(text: &str) {
    eprintln!("{text}");
}
