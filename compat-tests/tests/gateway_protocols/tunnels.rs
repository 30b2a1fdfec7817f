//! Both ends of a tunnel or a stream in the test's own hands: what one does, the other learns.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::gateway::{Gateway, Kind};
use compat_tests::http;

/// Longest wait for what the other end did; far less than any limit on idle connections.
const PATIENCE: Duration = Duration::from_secs(10);

struct Estate {
    gateway: Gateway,
    listener: TcpListener,
}

impl Estate {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let yaml = format!(
            "spring.cloud.gateway.server.webflux:\n  routes:\n\
             \x20   - {{ id: t, uri: \"http://127.0.0.1:{port}\", predicates: [ \"Path=/**\" ] }}\n\
             eureka.client.enabled: false\n"
        );
        let gateway = Gateway::start(Kind::Ours, &yaml, &[], &[])?;
        Ok(Self { gateway, listener })
    }

    /// Sends `request` and gives both ends, what the backend received read.
    fn ends(&self, request: &str) -> Result<(TcpStream, TcpStream)> {
        let mut client = http::connect(self.gateway.port, PATIENCE)?;
        client.write_all(request.as_bytes())?;
        let (mut backend, _) = self.listener.accept()?;
        backend.set_read_timeout(Some(PATIENCE))?;
        read_head(&mut backend)?;
        Ok((client, backend))
    }

    /// Both ends of a tunnel.
    fn tunnel(&self) -> Result<(TcpStream, TcpStream)> {
        let (mut client, mut backend) = self.ends(
            "GET /t HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )?;
        backend.write_all(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        )?;
        let head = read_head(&mut client)?;
        ensure!(head.starts_with("HTTP/1.1 101 "), "{head}");
        says(&mut client, &mut backend)?;
        says(&mut backend, &mut client)?;
        Ok((client, backend))
    }
}

#[test]
fn one_end_that_goes_takes_the_other_along_pt_6() -> Result<()> {
    let estate = Estate::start()?;
    let (client, mut backend) = estate.tunnel()?;
    drop(client);
    ensure!(is_over(&mut backend), "the backend is left alone");

    let (mut client, backend) = estate.tunnel()?;
    drop(backend);
    ensure!(is_over(&mut client), "the client is left alone");

    // One that hangs up with something unread resets the connection.
    let (mut client, backend) = estate.tunnel()?;
    client.write_all(b"unread")?;
    backend.set_read_timeout(Some(PATIENCE))?;
    ensure!(backend.peek(&mut [0; 6])? > 0, "nothing came");
    drop(backend);
    ensure!(is_over(&mut client), "the client is left alone after a reset");
    Ok(())
}

/// Who says nothing more may still listen.
#[test]
fn a_half_that_is_closed_closes_the_other_half_pt_6() -> Result<()> {
    let estate = Estate::start()?;
    let (client, mut backend) = estate.tunnel()?;
    client.shutdown(Shutdown::Write)?;
    ensure!(is_over(&mut backend), "the backend does not learn of it");
    Ok(())
}

/// The head comes before the first event, and each event before the next is sent (PT-9).
#[test]
fn streams_are_passed_on_piece_by_piece_pt_9() -> Result<()> {
    let estate = Estate::start()?;
    for kind in ["text/event-stream", "application/json", "application/octet-stream"] {
        let (mut client, mut backend) = estate.ends("GET /s HTTP/1.1\r\nHost: h\r\n\r\n")?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
        );
        backend.write_all(head.as_bytes())?;
        let told = read_head(&mut client)?;
        ensure!(told.starts_with("HTTP/1.1 200 "), "{kind}: {told}");
        for number in 0..3 {
            let event = format!("data: {number}\n\n");
            write!(backend, "{:x}\r\n{event}\r\n", event.len())?;
            let mut chunk = vec![0; event.len() + 5];
            client.read_exact(&mut chunk).with_context(|| format!("{kind}: event {number}"))?;
            ensure!(String::from_utf8_lossy(&chunk).contains(&event), "{kind}: {chunk:?}");
        }
    }
    Ok(())
}

/// A reader that leaves in the middle of a stream ends it at its source (PT-10).
#[test]
fn a_reader_that_leaves_ends_the_stream_pt_10() -> Result<()> {
    let estate = Estate::start()?;
    for waits_for_head in [true, false] {
        let (client, mut backend) = estate.ends("GET /s HTTP/1.1\r\nHost: h\r\n\r\n")?;
        if !waits_for_head {
            backend.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nsome of it")?;
            let mut client = &client;
            read_head(&mut client)?;
        }
        drop(client);
        ensure!(is_over(&mut backend), "the backend goes on, head awaited: {waits_for_head}");
    }
    Ok(())
}

fn says(from: &mut TcpStream, to: &mut TcpStream) -> Result<()> {
    from.write_all(b"hello")?;
    let mut heard = [0; 5];
    to.read_exact(&mut heard).context("hearing it")?;
    ensure!(heard == *b"hello", "{heard:?}");
    Ok(())
}

/// Whether nothing more comes, and not because it takes long.
fn is_over(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn read_head(stream: &mut impl std::io::Read) -> Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).context("reading a head")?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
