//! Requests to the application without a socket: statuses, headers, bytes, at a given time.
//!
//! One module per resource; the ids in test comments are rules of the protocol.

mod support;

mod cancel;
mod instance;
mod metadata;
mod register;
mod renew;
mod status;
