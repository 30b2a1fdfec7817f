//! Hostile clients and hostile backends around our gateway: framing, paths, headers, tokens, slowness.
//!
//! Names of cases begin with the rule they are for. While they run, ordinary clients share the
//! gateway's connections to the backend, and each checks that every answer is its own.

mod backends;
mod estate;
mod framing;
mod h2_wire;
mod headers;
mod http2;
mod limits;
mod parsers;
mod paths;
mod reach;
mod slow;
mod tokens;
