//! A server for tests of the comparison itself: it knows no registry, only a rule to answer by.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};

/// Serves until the test process ends; `answer` gives the status for a request (its whole text).
/// A read of `/apps` is always answered with an empty registry. Gives the base URL.
pub(super) fn serve(answer: impl Fn(&str) -> u16 + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            while !is_complete(&request) {
                let mut some = [0; 4096];
                let length = stream.read(&mut some).unwrap();
                request.push_str(std::str::from_utf8(&some[..length]).unwrap());
            }
            let (status, body) = if request.starts_with("GET /apps ") {
                (200, r#"{"applications": {"application": []}}"#)
            } else {
                (answer(&request), "")
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
    });
    format!("http://127.0.0.1:{port}")
}

fn is_complete(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    length.map_or(0, |it| it.parse::<usize>().unwrap()) <= body.len()
}
