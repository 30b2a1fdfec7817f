//! What tests of several packages make up: registrations, and chance that can be repeated.
//!
//! A development dependency only; no product binary links it.

pub mod chance;
#[cfg(feature = "database")]
pub mod database;
pub mod document;
#[cfg(all(feature = "database", feature = "web"))]
pub mod plan;
pub mod registration;
#[cfg(feature = "database")]
pub mod schema;
pub mod sql;
#[cfg(feature = "database")]
pub mod statements;
#[cfg(feature = "web")]
pub mod web;

pub use chance::Chance;
pub use registration::Registration;
