//! Routes of a gateway: which request goes where, and what is changed on the way.
//!
//! Configured as Spring Cloud Gateway is. Nothing here waits, reads a clock, draws a number or
//! logs: time, random numbers and the peer's address are given.

mod args;
mod captures;
pub mod cors;
mod definition;
pub mod describe;
mod error;
pub mod explain;
mod filter;
pub mod firewall;
pub mod forwarded;
mod glob;
mod head;
mod host;
pub mod hygiene;
mod java;
pub mod locator;
mod origin;
mod path_rule;
mod pattern;
mod predicate;
mod request;
mod route;
mod settings;
mod suggest;
mod table;
mod template;
mod tree;
mod upstream;
mod value;

pub use captures::Captures;
pub use definition::{
    ArgDefinition, GatewayDefinition, PartDefinition, RouteDefinition, gateway_tree, unknown_keys,
};
pub use error::RouteError;
pub use filter::{
    Backoff, Bucket, Chain, CircuitBreaker, FallbackHeaders, FilterText, JSON_DEPTH_MAX,
    KeyResolver, LocalResponseCache, Placed, RateLimiter, RateLimiterHeaders, Retry, SecureHeaders,
    Stateful, body_refusal,
};
pub use head::{Answer, Flow, HostChoice, RequestHead, ResponseHead};
pub use java::WholeText;
pub use origin::Origin;
pub use path_rule::PathRule;
pub use predicate::{Version, VersionSource};
pub use request::Request;
pub use route::{ResponseTimeout, Route, Timeouts};
pub use settings::{RateLimiterDefaults, Settings};
pub use suggest::nearest;
pub use table::{Compiled, Match, Table, compile};
pub use template::Context;
pub use tree::{Node, Property, Value};
pub use upstream::{Scheme, Upstream};
pub use value::{bytes, duration, status, switch};
