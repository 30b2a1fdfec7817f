use std::io::Cursor;
use std::net::TcpListener;

use super::*;

fn parse(answer: &str, method: &str) -> Result<(Response, String)> {
    let mut stream = Cursor::new(answer.as_bytes().to_vec());
    let response = answer::read(&mut stream, method)?;
    let mut rest = String::new();
    stream.read_to_string(&mut rest)?;
    Ok((response, rest))
}

#[test]
fn nothing_is_sent_but_what_was_given_and_the_framing() {
    let request = Request::new("PUT", "http://127.0.0.1:1/a%2Fb?c=%20;x")
        .header("X-One", "1")
        .header("x-one", "2");
    let (authority, path) = split_url(&request.url).unwrap();

    let bytes = String::from_utf8(request.bytes(authority, path)).unwrap();

    assert_eq!(
        bytes,
        "PUT /a%2Fb?c=%20;x HTTP/1.1\r\nHost: 127.0.0.1:1\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_body_has_its_length_unless_the_test_frames_it() {
    let request = Request::new("POST", "http://127.0.0.1:1").body("né");
    let framed = String::from_utf8(request.bytes("127.0.0.1:1", "/")).unwrap();
    let unframed = String::from_utf8(request.unframed().bytes("127.0.0.1:1", "/")).unwrap();

    assert!(framed.ends_with("Content-Length: 3\r\n\r\nné"), "{framed}");
    assert!(unframed.ends_with("Host: 127.0.0.1:1\r\n\r\nné"), "{unframed}");
}

#[test]
fn a_body_with_length_ends_where_it_says() {
    let (response, rest) =
        parse("HTTP/1.1 200 \r\nContent-Length: 3\r\nA:  b \r\n\r\nabcNEXT", "GET").unwrap();

    assert_eq!((response.status, response.body.as_slice()), (200, b"abc".as_slice()));
    assert_eq!((response.header("a"), rest.as_str()), (Some("b"), "NEXT"));
}

#[test]
fn chunks_are_joined_and_trailers_dropped() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nNEXT";

    let (response, rest) = parse(chunked, "GET").unwrap();

    assert_eq!((response.text().unwrap().as_str(), rest.as_str()), ("abc0123456789", "NEXT"));
}

#[test]
fn an_answer_without_framing_goes_on_to_the_end() {
    let (response, _) = parse("HTTP/1.0 500 Oops\r\n\r\nrest", "GET").unwrap();

    assert_eq!((response.status, response.body.as_slice()), (500, b"rest".as_slice()));
}

#[test]
fn answers_to_head_have_no_body_and_interim_answers_are_skipped() {
    let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";

    let (response, _) = parse(answer, "HEAD").unwrap();

    assert_eq!((response.status, response.body.len()), (200, 0));
    assert_eq!(response.header("Content-Length"), Some("9"));
}

#[test]
fn broken_answers_are_errors() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
    let no_head_end = "HTTP/1.1 200 OK\r\nContent-Le";
    let other_protocol = "SSH-2.0-OpenSSH\r\n\r\n";
    let long_chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n";

    for broken in [short, no_head_end, other_protocol, long_chunk, ""] {
        assert!(parse(broken, "GET").is_err(), "{broken:?}");
    }
}

#[test]
fn gzip_members_are_joined() {
    use flate2::{Compression, write::GzEncoder};
    let mut packed = Vec::new();
    for part in ["ab", "cd"] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(part.as_bytes()).unwrap();
        packed.extend(encoder.finish().unwrap());
    }
    let headers = vec![("Content-Encoding".to_owned(), "gzip".to_owned())];

    let response = Response { status: 200, headers, body: packed.clone() };

    assert_eq!(response.text().unwrap(), "abcd");
    assert!(gunzip(&packed[..packed.len() - 1]).is_err());
}

#[test]
fn an_answer_sent_before_the_whole_request_was_read_counts() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut some = [0; 16];
        stream.read_exact(&mut some).unwrap();
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").unwrap();
        stream
    });

    let request = Request::new("POST", format!("http://127.0.0.1:{port}/")).body("x".repeat(1000));
    let response = request.send().unwrap();

    assert_eq!(response.status, 413);
    drop(server.join().unwrap());
}

#[test]
fn other_machines_are_not_spoken_to() {
    assert!(Request::get("http://example.org:80/").send().is_err());
    assert!(Request::get("https://127.0.0.1:1/").send().is_err());
}
