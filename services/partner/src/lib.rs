//! Partners, which are customers, suppliers or both, over HTTP.
//!
//! `domain` knows what is allowed, `store` keeps it, `http` says it.

pub mod domain;
mod edit;
mod file;
pub mod http;
mod import;
pub mod input;
pub mod store;
pub mod view;

pub use import::PartnerImport;
