//! Requests to the application without a socket: statuses, headers, bytes, at a given time.
//!
//! One module per resource; the ids in test comments are rules of the protocol.

mod support;

mod apps;
mod batch;
mod cancel;
mod delta;
mod instance;
mod metadata;
mod register;
mod renew;
mod status;
mod vips;
