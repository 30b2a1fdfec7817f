//! The service through its router, on both engines.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on has failed; made-up JSON is passed where it is made"
)]

mod categories;
mod client;
mod concurrency;
mod create;
mod document;
mod files;
mod lifecycle;
mod list;
mod schema;
mod search;
mod write;
