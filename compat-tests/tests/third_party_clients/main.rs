//! Eureka clients of other ecosystems, as their registries deliver them, against the discovery server.
//!
//! Each test drives a small program around one client (`compat-tests/clients`, or a module of
//! `compat-tests/java`) step by step: register, renew, read and resolve, change status and metadata,
//! come back after the server lost its registry, deregister. After each step the test reads the
//! registry itself, in both representations. The first run installs the clients, so it needs the
//! package registries; later runs need no network.
//!
//! `COMPAT_SUBJECT=reference` runs the same against the reference server.

#![expect(clippy::indexing_slicing, reason = "a JSON value gives null for a member it has not")]

mod client;
mod go;
mod install;
mod java;
mod npm;
mod python;
mod registry;
mod rust;
mod steeltoe;
mod xml;
