//! The thin edge to the real process: its arguments, environment, files and host name.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use super::Config;
use super::error::ConfigErrors;
use super::files::Disk;
use super::help::{Command, HEALTH_CHECK, key_list, usage};
use super::key::Program;
use super::sources::Sources;
use crate::clock::Clock;

/// What a process should do after looking at how it was started.
#[derive(Clone, Debug)]
pub enum Start {
    /// Run with this configuration.
    Run(Box<Config>),
    /// Ask the program that runs with this configuration whether it is ready, and end.
    HealthCheck(Box<Config>),
    /// Print this text and end successfully.
    Print(String),
}

/// Loads the configuration from the arguments, environment and files of this process.
///
/// # Errors
/// See [`Config::load`]. The caller prints them and ends with a non-zero code.
pub fn load_from_process(program: &Program) -> Result<Start, ConfigErrors> {
    let mut sources = sources();
    let command = Command::of(&sources.args);
    match command {
        Command::Help => return Ok(Start::Print(usage(program))),
        Command::HelpConfig => return Ok(Start::Print(key_list(program))),
        Command::Version => {
            return Ok(Start::Print(format!("{} {}\n", program.name, program.version)));
        }
        Command::HealthCheck => sources.args.retain(|arg| arg != HEALTH_CHECK),
        Command::Run => {}
    }
    let config = Box::new(Config::load(program, &sources)?);
    Ok(if command == Command::HealthCheck {
        Start::HealthCheck(config)
    } else {
        Start::Run(config)
    })
}

/// What this process was started with.
pub(super) fn sources() -> Sources<Disk> {
    let args = std::env::args_os().skip(1).map(|arg| lossy(&arg)).collect();
    let env = std::env::vars_os().map(|(name, value)| (lossy(&name), lossy(&value))).collect();
    let hostname = hostname();
    let address = own_address();
    let builtin = vec![
        ("spring.cloud.client.hostname".to_owned(), hostname),
        ("spring.cloud.client.ip-address".to_owned(), address.to_string()),
    ];
    Sources { args, env, files: Disk, builtin, seed: seed() }
}

fn lossy(text: &OsStr) -> String {
    text.to_string_lossy().into_owned()
}

/// The host name the kernel knows, else `localhost`.
fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// The address this machine would use towards other networks; loopback when it has none.
///
/// Connecting a datagram socket only asks the routing table: nothing is sent.
fn own_address() -> IpAddr {
    const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let ask = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect(ELSEWHERE)?;
        socket.local_addr()
    };
    ask().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

/// Differs between processes; names instances, guards nothing.
fn seed() -> u64 {
    (u64::from(std::process::id()) << 32) ^ Clock::system().wall_ms()
}
