//! The resource server as a program uses it, with tokens that another library made.

mod attacks;
mod cache;
mod fixed;
mod http;
mod keys;
mod several;
mod support;
