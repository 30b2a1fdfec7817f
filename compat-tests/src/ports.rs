//! Free ports, asked of the operating system.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result};

/// A TCP port of the loopback interface that nobody listened on a moment ago.
///
/// The port is not reserved: the program it is given to should bind it at once.
///
/// # Errors
///
/// When the operating system has no port left to give.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("asking for a free port")?;
    Ok(listener.local_addr().context("reading the port that was given")?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_bound() {
        let port = free_port().unwrap();

        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }
}
