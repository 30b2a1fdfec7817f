//! Harness of the compatibility tests: starts programs, speaks raw HTTP to them, compares answers.
//!
//! Two kinds of server are *subjects* of a test: ours (the release binary of this workspace) and the
//! reference (Spring Cloud Netflix Eureka Server, from the packages its users run). A test starts
//! them with [`subject`], talks to them with [`http`], and compares what they answer either with
//! recorded data ([`case`]) or with each other.
//!
//! Nothing here is part of a product binary; everything blocks, on ordinary threads.

pub mod bench;
pub mod binary;
pub mod case;
pub mod deviation;
pub mod gateway;
pub mod http;
pub mod install;
pub mod java;
pub mod paths;
pub mod ports;
pub mod postgres;
pub mod process;
pub mod script;
pub mod service;
pub mod subject;
pub mod wait;
