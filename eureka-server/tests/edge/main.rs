//! Requests to the application without a socket: statuses, headers, bytes, at a given time.
//!
//! One module per resource; the ids in test comments are rules of the protocol.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is a failure"
)]

mod support;

mod apps;
mod auth;
mod batch;
mod cancel;
mod delta;
mod eviction;
mod instance;
mod metadata;
mod register;
mod renew;
mod routes;
mod server_status;
mod status;
mod vips;
