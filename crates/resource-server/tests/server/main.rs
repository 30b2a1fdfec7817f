//! The resource server as a program uses it, with tokens that another library made.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a helper cannot do fails the test")]

mod attacks;
mod cache;
mod fixed;
mod http;
mod keys;
mod several;
mod support;
