//! `ws` and `eventsource` from the npm registry.

use anyhow::Result;

use crate::servers::{Estate, ends_well, node};

#[test]
fn sockets_and_events_through_the_gateway() -> Result<()> {
    let estate = Estate::start()?;
    ends_well(node("call.js")?.arg(estate.gateway.port.to_string()))
}
