//! What every process of this project has in common: configuration, telemetry, metrics, health.
//!
//! No business word lives here. Programs hand in their key tables, their health components and
//! their collectors as values.

pub mod actuator;
pub mod clock;
pub mod config;
#[cfg(feature = "database")]
pub mod database;
#[cfg(feature = "discovery")]
pub mod discovery;
pub mod health;
pub mod health_check;
#[cfg(feature = "management")]
pub mod management;
pub mod metrics;
pub mod random;
#[cfg(feature = "security")]
pub mod security;
pub mod serve;
#[cfg(feature = "service")]
pub mod service;
pub mod shutdown;
#[cfg(all(feature = "database", feature = "web"))]
pub mod store;
pub mod tasks;
pub mod telemetry;
pub mod tls;
pub mod traceparent;
#[cfg(feature = "web")]
pub mod web;
