//! `websockets` and `grpcio` from the Python Package Index.

use anyhow::Result;

use crate::servers::{Estate, ends_well, python};

#[test]
fn websockets_through_the_gateway() -> Result<()> {
    let estate = Estate::start()?;
    ends_well(python("call.py")?.arg("ws").arg(estate.gateway.port.to_string()))
}

#[test]
fn grpc_through_the_gateway() -> Result<()> {
    let estate = Estate::start()?;
    ends_well(python("call.py")?.arg("grpc").arg(estate.gateway.port.to_string()))
}
