//! The discovery server: a drop-in for Spring Cloud Netflix Eureka Server.
//!
//! This crate is the shell around [`eureka_registry`]: it owns the clock, the socket, the loops and
//! the answers. No rule about leases or statuses lives here.

pub mod answer;
pub mod app;
pub mod config;
pub mod dashboard;
pub mod http;
pub mod list;
pub mod metrics;
pub mod pages;
pub mod pieces;
pub mod run;
pub mod system;
pub mod tasks;
