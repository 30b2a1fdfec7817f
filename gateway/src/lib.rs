//! A gateway: takes requests, finds their route, and passes them on to the service that answers.
//!
//! What routes mean is in `gateway-routing`, which neither waits nor knows the time; here are the
//! connections, the clock and everything that is remembered between requests.

mod checks;
mod compat;
pub mod config;
mod entrance;
mod fault;
mod in_flight;
mod message;
mod meters;
mod operations;
mod proxy;
mod reload;
mod routes;
pub mod run;
mod security;
mod stateful;
mod upgrade;
mod upstream;
