//! Hostile clients and faults, over real sockets, against the release binary.
//!
//! Every test has a server of its own. Tests that measure have the machine to themselves.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is a failure"
)]

mod support;

mod bodies;
mod entities;
mod faults;
mod framing;
mod logs;
mod mutants;
mod pauses;
mod slow;
mod together;
mod wire;
