//! Routes from configuration to what they do to requests.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what cannot be fails the test"
)]

mod definitions;
mod explaining;
mod filters;
mod golden;
mod linting;
mod predicates;
mod stateful;
mod support;
mod table;
mod yaml;
