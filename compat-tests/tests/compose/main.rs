//! `docker-compose.yml` and `Dockerfile`: whether they are what compose takes, and whether their
//! commands and environments start everything, without containers.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is a failure"
)]

mod file;
mod image;
mod run;
