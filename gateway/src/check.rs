//! `gateway --check [FILE]`: whether a configuration can be used, without using it (BY-8).

use std::fmt::Write as _;
use std::sync::Arc;

use eureka_client::Client;
use gateway_routing::{lint, nearest};
use service_kit::clock::Clock;
use service_kit::config::Reader;
use service_kit::serve;
use tokio_util::sync::CancellationToken;

use crate::config::{Definition, PROGRAM};
use crate::routes::Routes;
use crate::run::RunError;
use crate::security::Gate;

const FLAG: &str = "--check";

/// The arguments to read the configuration with, if these ask for a check; a file becomes the place
/// of the configuration.
#[must_use]
pub fn arguments(args: &[String]) -> Option<Vec<String>> {
    let position = args.iter().position(|arg| arg == FLAG || arg.starts_with("--check="))?;
    let mut rest = args.to_vec();
    let asked = rest.remove(position);
    let mut file = asked.split_once('=').map(|(_, file)| file.to_owned());
    if file.is_none() && rest.get(position).is_some_and(|next| !next.starts_with("--")) {
        file = Some(rest.remove(position));
    }
    rest.extend(file.map(|file| format!("--spring.config.location=file:{file}")));
    Some(rest)
}

/// Checks what a process that is started with `args` would read: what it would warn of, what is
/// hardly meant, and a line that counts both. Nothing is listened on, nobody is asked.
///
/// # Errors
/// Why it would not start.
pub fn check(args: Vec<String>, clock: &Clock) -> Result<String, RunError> {
    let config = Reader::of_process(&PROGRAM).with_other_args(args).load()?;
    serve::Settings::read(&config)?;
    let (definition, mut warnings) = Definition::read(&config)?;
    let (routes, more) = Routes::new(definition, clock)?;
    warnings.extend(more);
    Gate::read(&config, clock)?;
    let live = routes.now();
    warnings.extend(lint(&live.table).iter().map(ToString::to_string));
    let mut told = String::new();
    for warning in config.warnings().iter().chain(&warnings) {
        let _ = writeln!(told, "warning: {warning}");
    }
    let (routes, warnings) = (live.table.routes().len(), config.warnings().len() + warnings.len());
    let counted =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (routes, warnings) = (counted(routes, "route"), counted(warnings, "warning"));
    let _ = writeln!(told, "it can be used: {routes}, {warnings}");
    Ok(told)
}

/// Logs what is hardly meant: once at the start, and services that nobody has registered once
/// discovery has been heard.
pub(crate) async fn warn(routes: Arc<Routes>, client: Option<Client>, stop: CancellationToken) {
    let live = Arc::clone(&routes.now());
    // Every route is compared with all before it: not beside what renews the lease.
    let found = tokio::task::spawn_blocking(move || lint(&live.table)).await;
    for warning in found.unwrap_or_default() {
        tracing::warn!("{warning}");
    }
    if let Some(client) = client {
        tokio::select! {
            () = stop.cancelled() => return,
            () = client.until_fetched() => {}
        }
        unknown_services(&routes, &client);
    }
    stop.cancelled().await;
}

fn unknown_services(routes: &Routes, client: &Client) {
    let (live, snapshot, known) = (routes.now(), client.snapshot(), client.services());
    for (route, attached) in live.all() {
        let Some(service) = &attached.plan.service else { continue };
        if snapshot.service(&service.name, false).is_some() {
            continue;
        }
        let near = nearest(&service.name, known.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        let (place, id) = (&route.definition().origin, route.id());
        tracing::warn!("{place}: route {id}: discovery knows no service {}{near}", service.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Option<Vec<String>> {
        arguments(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_may_follow_and_other_arguments_stay() {
        let place = "--spring.config.location=file:a.yml".to_owned();
        assert_eq!(of(&["--a=b"]), None);
        assert_eq!(of(&["--check"]), Some(Vec::new()));
        assert_eq!(of(&["--check", "a.yml"]), Some(vec![place.clone()]));
        assert_eq!(of(&["--check=a.yml"]), Some(vec![place.clone()]));
        assert_eq!(of(&["--check", "--a=b"]), Some(vec!["--a=b".to_owned()]));
        assert_eq!(of(&["--a=b", "--check", "a.yml"]), Some(vec!["--a=b".to_owned(), place]));
    }
}
