//! Log lines on standard output, for people or as JSON, by Spring's `logging.*` keys.
//!
//! Every line is one line whatever is in it: control characters are escaped, so nothing a client
//! sends can fake another line. Fields whose names say secret are masked in every form.
//! Source: Spring Boot reference "Logging", "Structured Logging"; ECS 8.11, GELF 1.1.

mod fields;
mod form;
mod layer;

use std::io::{IsTerminal as _, Write as _};

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use form::Form;
use layer::Lines;

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The program does not declare the logging keys.
    #[error("logging keys are not declared")]
    Config(#[from] ConfigError),
    /// Something else is already the logger of this process.
    #[error("logging is already set up")]
    AlreadySet(#[source] tracing::subscriber::SetGlobalDefaultError),
}

/// Sets up logging for the process, and has panics logged like everything else.
///
/// # Errors
/// See [`TelemetryError`]; both are mistakes of the program.
pub fn init(config: &Config, clock: &Clock) -> Result<(), TelemetryError> {
    let colored = std::io::stdout().is_terminal();
    let subscriber = subscriber(config, clock, colored, |line: &str| {
        // A reader that went away must not take the process with it.
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    })?;
    tracing::subscriber::set_global_default(subscriber).map_err(TelemetryError::AlreadySet)?;
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("unknown");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic: {message}");
    }));
    Ok(())
}

/// A subscriber that gives every finished line, with its line feed, to `sink`.
///
/// # Errors
/// The program does not declare the logging keys.
pub fn subscriber<F: Fn(&str) + Send + Sync + 'static>(
    config: &Config,
    clock: &Clock,
    colored: bool,
    sink: F,
) -> Result<impl Subscriber + Send + Sync + use<F>, ConfigError> {
    let service: String = config.get("spring.application.name")?;
    let form = match config.find::<String>("logging.structured.format.console")? {
        None => Form::Text { colored },
        Some(name) => Form::structured(&name),
    };
    let lines = Lines::new(form, service, clock.clone(), Box::new(sink));
    Ok(Registry::default().with(lines.with_filter(levels(config)?)))
}

/// `logging.level.*`: a Rust path or a dotted name of one, dashes as underscores.
fn levels(config: &Config) -> Result<Targets, ConfigError> {
    let root: String = config.get("logging.level.root")?;
    let mut targets = Targets::new().with_default(level(&root));
    for (name, word) in config.map("logging.level") {
        if name != "root" {
            let target = name.replace('.', "::").replace('-', "_");
            targets = targets.with_target(target, level(&word));
        }
    }
    Ok(targets)
}

fn level(word: &str) -> LevelFilter {
    match word {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "warn" => LevelFilter::WARN,
        "error" | "fatal" => LevelFilter::ERROR,
        "off" | "false" => LevelFilter::OFF,
        _ => LevelFilter::INFO,
    }
}

#[cfg(test)]
mod tests;
