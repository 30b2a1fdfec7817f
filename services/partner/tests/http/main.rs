//! The service through its router, on both engines.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on has failed; made-up JSON is passed where it is made"
)]

mod client;
mod concurrency;
mod create;
mod document;
mod erase;
mod files;
mod lifecycle;
mod list;
mod read;
mod rewritten;
mod schema;
mod write;
