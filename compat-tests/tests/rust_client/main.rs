//! The client of this workspace against the real servers of the Java world and ours.
//!
//! The client runs as a program of its own (`crates/eureka-client/examples/drive.rs`). After each
//! step the test reads the registry itself. The same tests run against every server.

#![expect(clippy::indexing_slicing, reason = "a JSON value gives null for a member it has not")]

mod deltas;
mod driver;
mod examples;
mod failover;
mod life;
#[expect(dead_code, reason = "other suites look at headers too")]
#[path = "../clients/recorder.rs"]
mod recorder;
mod registry;
