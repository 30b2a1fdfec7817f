//! The service through its router, on both engines.

mod categories;
mod client;
mod concurrency;
mod create;
mod document;
mod lifecycle;
mod list;
mod schema;
mod search;
mod write;
