//! Upstreams that are reached through another proxy (TL-12): `httpclient.proxy.*`.
//!
//! As in the reference everything goes through a tunnel, plain HTTP too, and the other proxy looks
//! up names. Sources: RFC 9110, section 9.3.6; RFC 1928 and 1929; SOCKS 4A.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_routing::{Node, RouteError, WholeText};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::settings::wrong;
use super::{ErrorKind, Place};

const PREFIX: &str = "httpclient.proxy";
/// Bytes of the head that answers `CONNECT`.
const HEAD_BYTES_MAX: usize = 8 * 1024;

/// The other proxy.
pub(super) struct Through {
    kind: Kind,
    pub(super) host: Box<str>,
    pub(super) port: u16,
    /// Who the gateway is there.
    login: Option<Login>,
    /// Hosts that are reached without it.
    direct: Option<WholeText>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Http,
    Socks4,
    Socks5,
}

struct Login {
    name: Box<str>,
    password: Box<str>,
}

impl std::fmt::Debug for Through {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}:{}", self.kind, self.host, self.port)
    }
}

impl Through {
    /// Reads the keys; `None` without a host.
    ///
    /// # Errors
    /// A value that cannot be one.
    pub(super) fn read(tree: &Node) -> Result<Option<Self>, RouteError> {
        let key = |name: &str| format!("{PREFIX}.{name}");
        let text = |name: &str| tree.text_at(&key(name)).filter(|text| !text.is_empty());
        let fault = |name: &str, problem: &str| wrong(tree, &key(name), problem);
        let Some(host) = text("host") else { return Ok(None) };
        let kind = match text("type").unwrap_or("HTTP").to_ascii_uppercase().as_str() {
            "HTTP" => Kind::Http,
            "SOCKS4" => Kind::Socks4,
            "SOCKS5" => Kind::Socks5,
            other => {
                let problem = format!("{other:?} is none of HTTP, SOCKS4 and SOCKS5");
                return Err(fault("type", &problem));
            }
        };
        let port = text("port").ok_or_else(|| fault("host", "there is no port beside it"))?;
        let port = port.parse().ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| fault("port", "it is not a port"))?;
        let login = text("username").map(|name| Login {
            name: name.into(),
            password: text("password").unwrap_or_default().into(),
        });
        if let Some(Login { name, password }) = &login
            && kind == Kind::Socks5
            && (name.len() > 255 || password.len() > 255)
        {
            return Err(fault("username", "SOCKS takes 255 bytes of a name or password"));
        }
        let direct = text("non-proxy-hosts-pattern").map(WholeText::parse).transpose();
        let direct = direct.map_err(|problem| fault("non-proxy-hosts-pattern", &problem))?;
        Ok(Some(Self { kind, host: host.into(), port, login, direct }))
    }

    /// Whether connections to a host go through it.
    pub(super) fn is_for(&self, host: &str) -> bool {
        self.direct.as_ref().is_none_or(|direct| !direct.fits(host))
    }

    /// Asks the other proxy, which `stream` leads to, for a tunnel to `place`.
    pub(super) async fn open(
        &self,
        stream: &mut TcpStream,
        place: Place<'_>,
    ) -> Result<(), ErrorKind> {
        let opened = match self.kind {
            Kind::Http => self.connect(stream, place).await,
            Kind::Socks4 => self.socks4(stream, place).await,
            Kind::Socks5 => self.socks5(stream, place).await,
        };
        opened.map_err(|error| {
            tracing::warn!(proxy = ?self, %place, %error, "the other proxy opens no tunnel");
            ErrorKind::Refused
        })
    }

    async fn connect<S>(&self, stream: &mut S, place: Place<'_>) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (host, port) = (place.host, place.port);
        let target =
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let mut head = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n");
        if let Some(Login { name, password }) = &self.login {
            let login = STANDARD.encode(format!("{name}:{password}"));
            head.push_str(&format!("proxy-authorization: Basic {login}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut read = Vec::with_capacity(256);
        // Byte by byte: what follows the head belongs to the tunnel. A new connection is rare.
        while !read.ends_with(b"\r\n\r\n") {
            if read.len() > HEAD_BYTES_MAX {
                return Err(io::Error::other("its answer does not end"));
            }
            read.push(stream.read_u8().await?);
        }
        let mut answer = httparse::Response::new(&mut []);
        // Its headers do not matter: that there is no room for them comes after the status.
        let _ = answer.parse(&read);
        match answer.code {
            Some(200..=299) => Ok(()),
            Some(code) => Err(io::Error::other(format!("it answers {code}"))),
            None => Err(io::Error::other("its answer is no HTTP")),
        }
    }

    async fn socks4<S>(&self, stream: &mut S, place: Place<'_>) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        const CONNECT: u8 = 1;
        const GRANTED: u8 = 90;
        /// No address: a name follows.
        const BY_NAME: [u8; 4] = [0, 0, 0, 1];
        let address: Option<std::net::Ipv4Addr> = place.host.parse().ok();
        let mut asked = vec![4, CONNECT];
        asked.extend(place.port.to_be_bytes());
        asked.extend(address.map_or(BY_NAME, |address| address.octets()));
        if let Some(login) = &self.login {
            asked.extend(login.name.bytes().filter(|byte| *byte != 0));
        }
        asked.push(0);
        if address.is_none() {
            asked.extend(place.host.bytes().filter(|byte| *byte != 0));
            asked.push(0);
        }
        stream.write_all(&asked).await?;
        let mut answer = [0; 8];
        stream.read_exact(&mut answer).await?;
        match answer {
            [0, GRANTED, ..] => Ok(()),
            [_, code, ..] => Err(io::Error::other(format!("it refuses with {code}"))),
        }
    }

    async fn socks5<S>(&self, stream: &mut S, place: Place<'_>) -> io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        const NO_LOGIN: u8 = 0;
        const LOGIN: u8 = 2;
        let ways: &[u8] = if self.login.is_some() { &[5, 2, NO_LOGIN, LOGIN] } else { &[5, 1, 0] };
        stream.write_all(ways).await?;
        let mut chosen = [0; 2];
        stream.read_exact(&mut chosen).await?;
        match (chosen, &self.login) {
            ([5, NO_LOGIN], _) => {}
            ([5, LOGIN], Some(Login { name, password })) => {
                let mut told = vec![1, short(name)?];
                told.extend(name.bytes());
                told.push(short(password)?);
                told.extend(password.bytes());
                stream.write_all(&told).await?;
                let mut answer = [0; 2];
                stream.read_exact(&mut answer).await?;
                if answer[1] != 0 {
                    return Err(io::Error::other("it does not know the name and password"));
                }
            }
            _ => return Err(io::Error::other("it wants another login")),
        }
        stream.write_all(&target(place)?).await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await?;
        if answer[1] != 0 {
            return Err(io::Error::other(format!("it refuses with {}", answer[1])));
        }
        // The address that it uses, which nobody needs, and a port.
        let length = match answer[3] {
            1 => 4,
            4 => 16,
            3 => usize::from(stream.read_u8().await?),
            _ => return Err(io::Error::other("its answer is malformed")),
        };
        stream.read_exact(&mut vec![0; length + 2]).await?;
        Ok(())
    }
}

/// Of a request of SOCKS 5 to connect (RFC 1928, section 4).
fn target(place: Place<'_>) -> io::Result<Vec<u8>> {
    let mut asked = vec![5, 1, 0];
    match place.host.parse() {
        Ok(std::net::IpAddr::V4(address)) => {
            asked.push(1);
            asked.extend(address.octets());
        }
        Ok(std::net::IpAddr::V6(address)) => {
            asked.push(4);
            asked.extend(address.octets());
        }
        Err(_) => {
            asked.extend([3, short(place.host)?]);
            asked.extend(place.host.bytes());
        }
    }
    asked.extend(place.port.to_be_bytes());
    Ok(asked)
}

fn short(text: &str) -> io::Result<u8> {
    u8::try_from(text.len()).map_err(|_| io::Error::other("a name is too long for SOCKS"))
}
