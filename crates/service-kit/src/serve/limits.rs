//! What a peer may cost.

use std::time::Duration;

/// Bounds on connections and their phases.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; further ones wait in the system's queue.
    pub connections_max: usize,
    /// Connections of one address at a time; further ones are answered with 503. 0 is no limit.
    pub peer_connections_max: usize,
    /// Bytes of a request head without its first line; more is answered with 431.
    pub head_bytes_max: usize,
    /// Bytes of a request's first line; more is answered with 414.
    pub line_bytes_max: usize,
    /// Requests of a connection of HTTP/1, of which the last one ends it; 0 is no limit.
    pub requests_max: u32,
    /// Whether a line of a head may end without its carriage return, as Tomcat has it. Not for who
    /// passes requests on: the next server may see another head (SE-8).
    pub takes_bare_lines: bool,
    /// Time from the first byte of a head to its last.
    pub head_timeout: Duration,
    /// Time without a request on a kept connection.
    pub idle_timeout: Duration,
    /// Time in which a peer takes none of the bytes that wait for it.
    pub write_timeout: Duration,
    /// Time for which a server that was told to stop goes on serving, each answer the last of its
    /// connection: those who have not heard of the stop yet are not turned away.
    pub linger: Duration,
    /// Time that answers under way are given when the server stops.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 8192,
            peer_connections_max: 0,
            head_bytes_max: 16 * 1024,
            line_bytes_max: 8 * 1024,
            requests_max: 0,
            takes_bare_lines: false,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(30),
            linger: Duration::ZERO,
            drain_timeout: Duration::from_secs(10),
        }
    }
}
