//! Filters that wait, count or remember, limits, trailers and tunnels, over sockets: what the client gets and what the upstream
//! saw. Each test names the rules it checks.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod balance;
mod edge;
mod harness;
mod memory;
mod redis;
mod redis_kinds;
mod relay;
mod resilience;
mod state;
mod tunnels;

use harness::{Answer, Gateway, Upstream};

/// A route to `uri` for `path`, with filters and more as they stand in YAML.
fn route(id: &str, uri: &str, path: &str, rest: &str) -> String {
    format!("      - {{id: {id}, uri: '{uri}', predicates: ['Path={path}'], {rest}}}\n")
}

fn routes(routes: &[String]) -> String {
    format!("spring:\n  cloud:\n    gateway:\n      routes:\n{}", routes.concat())
}
