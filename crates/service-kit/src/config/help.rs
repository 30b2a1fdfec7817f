//! `--help`, `--help-config`, `--health-check`, `--version`.

use std::fmt::Write as _;

use super::key::{Effect, Kind, Program, Unit};

/// Argument that asks for [`Command::HealthCheck`].
pub(super) const HEALTH_CHECK: &str = "--health-check";

/// What the arguments ask the program to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Start.
    Run,
    /// Print how to use it.
    Help,
    /// Print every key with its default and meaning.
    HelpConfig,
    /// Ask the running program whether it is ready.
    HealthCheck,
    /// Print the version.
    Version,
}

impl Command {
    /// The first of `-h`, `--help`, `--help-config`, `--health-check`, `-V`, `--version`; else to run.
    #[must_use]
    pub fn of(args: &[String]) -> Self {
        args.iter()
            .find_map(|arg| match arg.as_str() {
                "-h" | "--help" => Some(Self::Help),
                "--help-config" => Some(Self::HelpConfig),
                HEALTH_CHECK => Some(Self::HealthCheck),
                "-V" | "--version" => Some(Self::Version),
                _ => None,
            })
            .unwrap_or(Self::Run)
    }
}

/// Text of `--help`.
#[must_use]
pub fn usage(program: &Program) -> String {
    format!(
        "{name} {version}: {about}\n\n\
         Usage: {name} [--key=value ...]\n\n\
         Settings come from, later ones winning: built-in defaults, application.yml (also\n\
         .yaml, .properties, config/, or --spring.config.location=FILE), the files of active\n\
         profiles (--spring.profiles.active=NAME), environment variables such as SERVER_PORT,\n\
         SPRING_APPLICATION_JSON, and --key=value arguments.\n\n\
         \x20 --help-config  every key with its default and meaning\n\
         \x20 --health-check asks the running program whether it is ready, ends with 0 if so\n\
         \x20 --version      the version\n\
         \x20 --help         this text\n",
        name = program.name,
        version = program.version,
        about = program.about,
    )
}

/// Text of `--help-config`: a paragraph for every key, in table order.
#[must_use]
pub fn key_list(program: &Program) -> String {
    let mut out = String::new();
    for spec in program.keys.iter().flat_map(|table| table.iter()) {
        let own = program.defaults.iter().find(|(name, _)| *name == spec.name);
        let default = own.map(|(_, value)| *value).or(spec.default);
        let default = match default {
            Some("") => "\"\"",
            Some(default) => default,
            None => "not set",
        };
        let name = spec.name.strip_suffix(".*").map(|prefix| format!("{prefix}.<name>"));
        let name = name.as_deref().unwrap_or(spec.name);
        let _ = write!(out, "{name}\n    {} Default: {default}.", spec.doc);
        if let Some(form) = describe(spec.kind) {
            let _ = write!(out, " Value: {form}.");
        }
        for alias in spec.aliases {
            let _ = write!(out, " Older name: {alias}.");
        }
        match spec.effect {
            Effect::Active => {}
            Effect::AcceptedWithWarning(reason) => {
                let _ = write!(out, " Accepted without effect: {reason}.");
            }
            Effect::Refused(reason) => {
                let _ = write!(out, " Not supported: {reason}.");
            }
        }
        out.push('\n');
    }
    out
}

fn describe(kind: Kind) -> Option<String> {
    let text = match kind {
        Kind::Bool => "true or false".to_owned(),
        Kind::Integer { min, max: i64::MAX } => format!("whole number, at least {min}"),
        Kind::Integer { min, max } => format!("whole number, {min} to {max}"),
        Kind::Decimal { min, max } => format!("number, {min} to {max}"),
        Kind::Duration { unit: Unit::Millis, .. } => "time, bare numbers are ms".to_owned(),
        Kind::Duration { unit: Unit::Seconds, .. } => "time, bare numbers are s".to_owned(),
        Kind::Bytes => "size such as 2MB".to_owned(),
        Kind::Choice(words) => words.join(", "),
        Kind::List => "list or comma-separated text".to_owned(),
        Kind::Urls => "list of http(s) URLs".to_owned(),
        Kind::Text | Kind::AnyText | Kind::Path | Kind::Host | Kind::Tree => return None,
    };
    Some(text)
}
