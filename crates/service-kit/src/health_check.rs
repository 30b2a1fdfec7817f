//! `--health-check`: asks the running program whether it is ready.
//!
//! For images that have nothing but the program itself, where a container's health check cannot be
//! a shell with `curl`.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::config::{Config, ConfigError};
use crate::{serve, tls};

/// Longest time that connecting, asking and answering may take each.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Bytes of the answer that are looked at: its status line.
const STATUS_LINE_BYTES: u64 = 64;

/// Why the program does not count as healthy.
#[derive(Debug, thiserror::Error)]
pub enum HealthCheckError {
    /// A setting cannot be used.
    #[error(transparent)]
    Serve(#[from] serve::SettingsError),
    /// Nobody answers.
    #[error("no answer from {0}")]
    Silent(SocketAddr, #[source] std::io::Error),
    /// It is not ready.
    #[error("{0} is not ready: {1}")]
    NotReady(SocketAddr, String),
}

impl From<ConfigError> for HealthCheckError {
    fn from(error: ConfigError) -> Self {
        Self::Serve(error.into())
    }
}

/// Asks, and says with the exit code what came of it; a reason goes to standard error.
#[must_use]
pub fn run(config: &Config) -> ExitCode {
    let Err(error) = ask(config) else { return ExitCode::SUCCESS };
    #[expect(clippy::print_stderr, reason = "whoever asked must know why")]
    {
        eprintln!("{error}");
    }
    ExitCode::FAILURE
}

/// Asks the program that was started with the same configuration for its readiness.
///
/// # Errors
/// It is not there, does not answer in time, or is not ready.
pub fn ask(config: &Config) -> Result<(), HealthCheckError> {
    let settings = serve::Settings::read(config)?;
    let mut address = reachable(settings.address);
    if let Some(port) = config.find::<u16>("management.server.port")? {
        // It has the same certificates.
        address.set_port(port);
    }
    let context: Option<String> = config.find("server.servlet.context-path")?;
    let base: String = config.get("management.endpoints.web.base-path")?;
    let path = format!("{}{base}/health/readiness", context.unwrap_or_default());
    let status = status_line(address, &path, settings.tls.is_some())
        .map_err(|error| HealthCheckError::Silent(address, error))?;
    if status.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    Err(HealthCheckError::NotReady(address, status))
}

/// Where a program that listens on `address` is reached from the same machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        // It listens on both families; a machine may lack the younger.
        IpAddr::V4(_) | IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) => ip.into(),
    };
    SocketAddr::new(ip, address.port())
}

fn status_line(address: SocketAddr, path: &str, is_secure: bool) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    if is_secure {
        let mut stream = StreamOwned::new(own_client(address)?, stream);
        stream.write_all(request.as_bytes())?;
        stream.take(STATUS_LINE_BYTES).read_to_end(&mut answer)?;
    } else {
        stream.write_all(request.as_bytes())?;
        stream.take(STATUS_LINE_BYTES).read_to_end(&mut answer)?;
    }
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

/// TLS with the program itself, whose certificate is for other names than this address.
fn own_client(address: SocketAddr) -> std::io::Result<ClientConnection> {
    let config = ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(tls::unchecked())
        .with_no_client_auth();
    let name = ServerName::IpAddress(address.ip().into());
    ClientConnection::new(Arc::new(config), name).map_err(std::io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::TcpListener;

    use super::*;
    use crate::config::{Program, Sources, keys};

    const PROGRAM: Program = Program {
        name: "demo",
        version: "1.0",
        about: "a demonstration",
        keys: &[keys::SERVER, keys::OWN_SERVER, keys::TLS, keys::MANAGEMENT, keys::SPRING],
        owned: &[],
        defaults: &[],
    };

    /// What is asked of a program that answers with `status`, and what comes of it.
    fn asked(status: &'static str) -> (String, Result<(), String>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = format!("--server.port={}", listener.local_addr().unwrap().port());
        let program = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 200\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..read]).lines().next().unwrap().to_owned()
        });
        let sources = Sources::files(BTreeMap::new());
        let args = [port.as_str(), "--management.endpoints.web.base-path=/manage"];
        let config = Config::load(&PROGRAM, &sources.with_args(&args)).unwrap();
        let came = ask(&config).map_err(|error| error.to_string());
        (program.join().unwrap(), came)
    }

    #[test]
    fn a_program_is_healthy_when_it_says_that_it_is_ready() {
        let (request, came) = asked("200 OK");
        assert_eq!(request, "GET /manage/health/readiness HTTP/1.1");
        assert_eq!(came, Ok(()));
        let (_, came) = asked("503 Service Unavailable");
        assert!(came.unwrap_err().ends_with("is not ready: HTTP/1.1 503 Service Unavailable"));
    }

    #[test]
    fn nobody_there_is_told_with_the_address() {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let port = format!("--server.port={}", port.port());
        let sources = Sources::files(BTreeMap::new()).with_args(&[&port]);
        let error = ask(&Config::load(&PROGRAM, &sources).unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("no answer from 127.0.0.1:"), "{error}");
    }
}
