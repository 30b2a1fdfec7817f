//! Where and how a program serves, from its configuration.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use super::{Limits, Server, ServerTls};
use crate::config::{Config, ConfigError};
use crate::tls::TlsError;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value that does not fit.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address that is none.
    #[error("server.address: {0} cannot be resolved")]
    Address(String),
    /// A certificate, a key or what belongs to them.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Where to listen, and what peers may cost.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address.
    pub address: SocketAddr,
    /// Threads that serve.
    pub workers: usize,
    /// Limits of connections.
    pub limits: Limits,
    /// Whether HTTP/2 is spoken as well.
    pub http2: bool,
    /// With which certificates; `None` is plain HTTP.
    pub tls: Option<ServerTls>,
}

impl Settings {
    /// Reads `server.*` and `myerp.server.*`.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn read(config: &Config) -> Result<Self, SettingsError> {
        let drain: Duration = config.get("spring.lifecycle.timeout-per-shutdown-phase")?;
        let graceful = config.get::<String>("server.shutdown")? != "immediate";
        let limits = Limits {
            connections_max: config.get("myerp.server.max-connections")?,
            peer_connections_max: config.get("myerp.server.max-connections-per-address")?,
            // Less than this hyper does not read.
            head_bytes_max: config.get::<usize>("server.max-http-request-header-size")?.max(8192),
            line_bytes_max: config.get("server.netty.max-initial-line-length")?,
            requests_max: requests_max(config)?,
            takes_bare_lines: false,
            head_timeout: config.get("myerp.server.header-timeout")?,
            idle_timeout: idle_timeout(config)?,
            write_timeout: config.get("myerp.server.write-timeout")?,
            linger: Duration::ZERO,
            drain_timeout: if graceful { drain } else { Duration::ZERO },
        };
        let workers = Self::workers(config)?;
        let http2 = config.get("server.http2.enabled")?;
        let tls = ServerTls::read(config, http2)?;
        Ok(Self { address: address(config)?, workers, limits, http2, tls })
    }

    /// Threads that serve.
    ///
    /// # Errors
    /// The setting cannot be used.
    pub fn workers(config: &Config) -> Result<usize, ConfigError> {
        let asked: usize = config.get("myerp.server.workers")?;
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Ok(if asked == 0 { cores() } else { asked })
    }

    /// Listens.
    ///
    /// # Errors
    /// The port is taken, or the address not this machine's.
    pub fn listen(&self) -> io::Result<Server> {
        let bind = |address| -> io::Result<Server> {
            let server = Server::bind(address, self.workers, self.limits)?;
            Ok(server.with_http2(self.http2).with_tls(self.tls.clone()))
        };
        bind(self.address).or_else(|error| {
            // A machine without IPv6 has no unspecified IPv6 address either.
            let fallback = SocketAddr::from(([0, 0, 0, 0], self.address.port()));
            let retry = self.address.ip() == Ipv6Addr::UNSPECIFIED
                && error.kind() != io::ErrorKind::AddrInUse;
            if retry { bind(fallback) } else { Err(error) }
        })
    }
}

/// Spring's key where it is set; there zero is as good as not set.
fn idle_timeout(config: &Config) -> Result<Duration, ConfigError> {
    let told: Option<Duration> = config.find("server.netty.idle-timeout")?;
    match told.filter(|time| !time.is_zero()) {
        Some(time) => Ok(time),
        None => config.get("myerp.server.idle-timeout"),
    }
}

/// Requests of a connection; 0 is no limit.
fn requests_max(config: &Config) -> Result<u32, ConfigError> {
    let told: i64 = config.get("server.netty.max-keep-alive-requests")?;
    Ok(u32::try_from(told).unwrap_or(0))
}

fn address(config: &Config) -> Result<SocketAddr, SettingsError> {
    let port: u16 = config.get("server.port")?;
    let host: Option<String> = config.find("server.address")?;
    let ip = match host {
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let first = (host, port).to_socket_addrs().ok().and_then(|mut all| all.next());
            first.ok_or_else(|| SettingsError::Address(host.to_owned()))?.ip()
        }
    };
    Ok(SocketAddr::new(ip, port))
}
