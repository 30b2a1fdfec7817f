//! The client against discovery servers and services that do as they are told, in this process.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails the test")]

mod calls;
mod failover;
mod fetching;
mod kept;
mod leaving;
mod registering;
mod service;
mod support;
mod tls;
