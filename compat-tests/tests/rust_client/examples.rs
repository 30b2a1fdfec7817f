//! The examples that users of the client begin with do what they say.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use anyhow::{Result, ensure};
use compat_tests::binary::client_example;
use compat_tests::process::Launch;
use compat_tests::subject::Kind;
use rustix::process::Signal;

use super::driver::PATIENCE;
use super::registry::{start, url};

#[test]
fn one_registers_and_the_other_calls_it() -> Result<()> {
    let subject = start(Kind::Ours)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if answer(&stream).is_err() {
                // The caller hung up; the test sees that.
            }
        }
    });
    let launch = |name: &str| -> Result<Launch> {
        Ok(Launch::new(name, client_example(name)?)?.arg(url(subject.port())).output_apart())
    };

    let arguments = ["hello-service".to_owned(), port.to_string()];
    let mut service = launch("register")?.args(arguments).start()?;
    service.wait_line("its registration", 0, PATIENCE, |line| line.contains("is registered"))?;
    let mut caller = launch("call")?.arg("http://hello-service/hi?x=1").start()?;
    let status = caller.wait_exit(PATIENCE)?;
    ensure!(status.success(), "{status}\n{}", caller.log_tail());
    let told = caller.lines()?;
    ensure!(told.iter().any(|line| line == "GET /hi?x=1"), "{told:?}");
    ensure!(told.iter().any(|line| line.starts_with("200 OK from")), "{told:?}");

    service.signal(Signal::INT)?;
    let status = service.wait_exit(PATIENCE)?;
    ensure!(status.success(), "{status}\n{}", service.log_tail());
    ensure!(service.lines()?.iter().any(|line| line.contains("is gone")), "{:?}", service.lines());
    Ok(())
}

/// Answers one request with its first line.
fn answer(mut stream: &TcpStream) -> Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let line = lines.next().transpose()?.unwrap_or_default();
    for rest in lines.by_ref() {
        if rest?.is_empty() {
            break;
        }
    }
    let line = line.trim_end_matches(" HTTP/1.1");
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}", line.len());
    write!(stream, "{head}\r\n\r\n{line}")?;
    Ok(())
}
