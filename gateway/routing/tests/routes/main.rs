//! Routes from configuration to what they do to requests.

mod definitions;
mod explaining;
mod filters;
mod golden;
mod predicates;
mod stateful;
mod support;
mod table;
mod yaml;
