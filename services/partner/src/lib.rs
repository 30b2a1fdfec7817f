//! Partners, which are customers, suppliers or both, over HTTP.
//!
//! `domain` knows what is allowed, `store` keeps it, `http` says it.

pub mod domain;
pub mod http;
pub mod input;
pub mod store;
pub mod view;
