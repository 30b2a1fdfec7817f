//! The Eureka REST interface: paths to handlers, handlers to registry verbs.

pub mod accept;
pub mod auth;
pub mod body;
pub mod path;
pub mod query;
pub mod reply;
pub(crate) mod request_id;
pub mod route;

mod application;
mod cancel;
mod fault;
mod instance;
mod lists;
mod metadata;
mod register;
mod renew;
mod replication;
mod respond;
mod server_status;
mod status;
mod vips;
