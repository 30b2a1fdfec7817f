//! Backends that answer garbage: 502 or a cut connection, and never to the wrong client.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use anyhow::{Context as _, Result};

use crate::estate::{self, Verdict, among_bystanders};

/// What a client gets.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wanted {
    /// A 502 and nothing of the garbage.
    BadGateway,
    /// The answer begins, and is cut off so that no client takes it for whole.
    Cut,
    /// The right answer, and nothing of what follows it.
    Ok,
}
use Wanted::{BadGateway, Cut, Ok as Fine};

/// Answers, byte for byte; the connection ends behind them if so marked.
#[expect(clippy::too_many_lines, reason = "a list")]
fn garbage() -> Vec<(&'static str, Vec<u8>, bool, Wanted)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let endless = format!(
        "HTTP/1.1 200 OK\r\n{}\r\n\r\n",
        "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(30_000)
    );
    let long =
        format!("HTTP/1.1 200 OK\r\nX-A: {}\r\nContent-Length: 2\r\n\r\nok", "a".repeat(1 << 20));
    let interim = format!(
        "{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(50)
    );
    vec![
        ("nothing", text(""), true, BadGateway),
        ("no HTTP", text("HELLO THERE\r\n\r\n"), true, BadGateway),
        ("a request", text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), true, BadGateway),
        (
            "status of four digits",
            text("HTTP/1.1 2000 X\r\nContent-Length: 2\r\n\r\nok"),
            true,
            BadGateway,
        ),
        (
            "status of letters",
            text("HTTP/1.1 abc X\r\nContent-Length: 2\r\n\r\nok"),
            true,
            BadGateway,
        ),
        (
            "unknown version",
            text("HTTP/7.3 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            true,
            BadGateway,
        ),
        ("a head without an end", text("HTTP/1.1 200 OK\r\nX-A: a\r\n"), true, BadGateway),
        ("endless headers", endless.into_bytes(), true, BadGateway),
        ("an endless header", long.into_bytes(), true, BadGateway),
        (
            "SE-16 two lengths",
            text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!"),
            true,
            BadGateway,
        ),
        (
            "SE-16 length and chunks",
            text(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            ),
            true,
            BadGateway,
        ),
        (
            "length of letters",
            text("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok"),
            true,
            BadGateway,
        ),
        (
            "negative length",
            text("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok"),
            true,
            BadGateway,
        ),
        (
            "NUL in a header",
            text("HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nok"),
            true,
            BadGateway,
        ),
        (
            "SE-16 CR in a header",
            text("HTTP/1.1 200 OK\r\nX-A: a\rX-B: b\r\nContent-Length: 2\r\n\r\nok"),
            true,
            BadGateway,
        ),
        (
            "SE-17 unasked 101",
            text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            true,
            BadGateway,
        ),
        ("SE-17 a flood of interim answers", interim.into_bytes(), true, BadGateway),
        ("short body", text("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), true, Cut),
        (
            "chunks without an end",
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n"),
            true,
            Cut,
        ),
        (
            "a broken chunk",
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshortXX"),
            true,
            Cut,
        ),
        (
            "a chunk of no size",
            text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nzz\r\n"),
            true,
            Cut,
        ),
        (
            "an answer too many",
            text(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL",
            ),
            false,
            Fine,
        ),
        (
            "a body too long",
            text("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokEVILEVIL"),
            false,
            Fine,
        ),
        (
            "a body where none may be",
            text(
                "HTTP/1.1 204 No Content\r\n\r\nEVILHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL",
            ),
            false,
            Fine,
        ),
        ("until the end of the connection", text("HTTP/1.1 200 OK\r\n\r\nok"), true, Fine),
    ]
}

#[test]
fn garbage_never_reaches_the_wrong_client() -> Result<()> {
    let port = start()?;
    let uri = format!("http://127.0.0.1:{port}");
    let gateway = estate::start(&[("plain", &uri, "")], "")?;
    let mut verdict = Verdict::default();
    among_bystanders(gateway.port, "/plain", || {
        for (number, (name, _, _, wanted)) in garbage().iter().enumerate() {
            let request = format!(
                "GET /plain/garbage/{number}/ HTTP/1.1\r\nHost: h\r\n\r\nGET /plain/bystander HTTP/1.1\r\nHost: h\r\n\r\n"
            );
            let outcome = estate::send(gateway.port, request.as_bytes())?;
            let (text, statuses) = (outcome.text(), outcome.statuses());
            let next = |at: usize| statuses.get(at).is_none_or(|status| *status == 200);
            let holds = match wanted {
                BadGateway => statuses.first() == Some(&502) && next(1),
                Cut => {
                    let is_whole = text.ends_with("0\r\n\r\n") || statuses.len() > 1;
                    // Nothing at all is cut off, too.
                    matches!(statuses.first(), None | Some(200 | 502))
                        && outcome.is_closed
                        && !is_whole
                        || statuses.first() == Some(&502)
                }
                Fine => matches!(statuses.first(), Some(200 | 204)) && next(1),
            };
            let short: String = text.chars().take(300).collect();
            verdict.check(holds && !text.contains("EVIL"), || {
                format!("{name}: {wanted:?}, {statuses:?} {short}")
            });
        }
        Ok(())
    })?;
    verdict.end()
}

/// An answer before the body was read leaves a connection that nobody may use again (SE-12).
#[test]
fn a_connection_with_half_a_request_is_not_used_again_se_12() -> Result<()> {
    let port = start()?;
    let gateway = estate::start(&[("plain", &format!("http://127.0.0.1:{port}"), "")], "")?;
    let body = "GET /plain/smuggled HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20_000);
    among_bystanders(gateway.port, "/plain", || {
        for _ in 0..10 {
            let request = format!(
                "POST /plain/early HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let outcome = estate::send(gateway.port, request.as_bytes())?;
            let statuses = outcome.statuses();
            anyhow::ensure!(
                matches!(statuses.first(), Some(401 | 502)) && statuses.len() <= 1,
                "{statuses:?}"
            );
        }
        Ok(())
    })
}

/// A backend that answers garbage where it is asked for it, and properly elsewhere.
fn start() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listening")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A gateway that hangs up has reason to.
            std::thread::spawn(move || drop(serve(&stream)));
        }
    });
    Ok(port)
}

fn serve(mut stream: &TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        if path.ends_with("/early") {
            stream.write_all(b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n")?;
            // The rest of the body would be read as requests.
            continue;
        }
        reader.by_ref().take(length).read_to_end(&mut Vec::new())?;
        let number = path.split("/garbage/").nth(1).and_then(|rest| rest.split('/').next());
        if let Some(number) = number {
            let all = garbage();
            let (_, bytes, ends, _) = all.get(number.parse::<usize>()?).context("no such one")?;
            stream.write_all(bytes)?;
            if *ends {
                stream.shutdown(std::net::Shutdown::Both)?;
                return Ok(());
            }
            continue;
        }
        let told = format!("{{\"path\":\"{path}\"}}");
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{told}", told.len());
        stream.write_all(answer.as_bytes())?;
    }
}
