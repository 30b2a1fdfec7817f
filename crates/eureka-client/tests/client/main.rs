//! The client against discovery servers and services that do as they are told, in this process.

mod calls;
mod failover;
mod fetching;
mod kept;
mod leaving;
mod registering;
mod service;
mod support;
mod tls;
