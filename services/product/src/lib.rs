//! Products, their categories and prices, over HTTP.
//!
//! `domain` knows what is allowed, `store` keeps it, `http` says it.

#![expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled once for each engine, from the same files"
)]

pub mod domain;
mod edit;
mod file;
pub mod http;
mod import;
pub mod input;
pub mod store;
pub mod view;

pub use import::ProductImport;
