//! Products, their categories and prices, over HTTP.
//!
//! `domain` knows what is allowed, `store` keeps it, `http` says it.

#![expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled once for each engine, from the same files"
)]

pub mod domain;
pub mod http;
pub mod input;
pub mod store;
pub mod view;
