//! What a request may cost while it is under way, and what passes beside bodies.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Answer, Gateway, Upstream, route, routes};

/// An upstream that reads a head, hands the connection and that head to `talk`, and goes on.
fn raw(talk: impl Fn(TcpStream, String) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = std::sync::Arc::new(talk);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let talk = std::sync::Arc::clone(&talk);
            thread::spawn(move || {
                if let Some(head) = head(&mut stream) {
                    talk(stream, head);
                }
            });
        }
    });
    port
}

fn head(stream: &mut TcpStream) -> Option<String> {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        read.push(byte[0]);
    }
    Some(String::from_utf8(read).unwrap().to_lowercase())
}

fn one(port: u16, more: &str) -> String {
    let routes = routes(&[route("one", &format!("http://127.0.0.1:{port}"), "/**", more)]);
    format!("{routes}\n")
}

/// Whether a second request at the same time is refused, and a third one later is not.
fn is_capped(metadata: &str, more: &str, reason: &str) {
    let (tell, told) = mpsc::channel::<()>();
    let told = std::sync::Mutex::new(told);
    let (arrive, arrived) = mpsc::channel();
    let port = raw(move |mut stream, head| {
        arrive.send(()).unwrap();
        // The head of the answer goes at once: a request counts until its last byte.
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok").unwrap();
        if head.contains("get /slow") {
            told.lock().unwrap().recv().unwrap();
        }
        stream.write_all(b"ok").unwrap();
    });
    let yaml = format!(
        "{}{more}\nmanagement.endpoints.web.exposure.include: prometheus\n",
        one(port, metadata)
    );
    let gateway = Gateway::start(&yaml);
    thread::scope(|scope| {
        let slow = scope.spawn(|| gateway.get("/slow"));
        arrived.recv().unwrap();
        let refused = gateway.get("/fast");
        assert_eq!(refused.status, 503, "{refused:?}");
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert!(refused.body.contains("too-many-in-flight"), "{}", refused.body);
        let shown = gateway.get("/actuator/prometheus").body;
        let counted =
            format!("gateway_requests_refused_total{{reason=\"{reason}\",routeId=\"one\"}} 1");
        assert!(shown.contains(&counted), "{shown}");
        tell.send(()).unwrap();
        assert_eq!(slow.join().unwrap().body, "okok");
    });
    // Its place is free once the gateway knows that the last byte is out.
    while gateway.get("/fast").status != 200 {}
}

#[test]
fn a_route_takes_so_many_at_a_time_ds_10() {
    is_capped("metadata: {'gateway.in-flight-max': 1}", "", "route");
    is_capped("filters: []", "gateway.in-flight.route-max: 1", "route");
}

#[test]
fn an_instance_takes_so_many_at_a_time_ds_10() {
    is_capped("metadata: {'gateway.instance-in-flight-max': 1}", "", "instances");
    is_capped("filters: []", "gateway.in-flight.instance-max: 1", "instances");
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up_and_its_upstream_let_go_ds_2() {
    for rule in ["{min-rate: 100MB, grace: 300ms}", "{idle-timeout: 300ms}"] {
        let (tell, told) = mpsc::channel();
        let port = raw(move |mut stream, _| {
            let mut all = Vec::new();
            let _ = stream.read_to_end(&mut all);
            tell.send(all.len()).unwrap();
        });
        let gateway =
            Gateway::start(&format!("{}gateway.request-body: {rule}\n", one(port, "filters: []")));
        let answer =
            gateway.bytes("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\nhalf");
        assert_eq!(answer.status, 408, "{rule}: {answer:?}");
        assert_eq!(told.recv().unwrap(), 4);
    }
}

#[test]
fn an_answer_that_stops_in_the_middle_is_cut_and_an_event_stream_only_if_that_was_said_to_9() {
    for (kind, told, is_cut) in [
        ("text/plain", "gateway.stream-idle-timeout: 300ms", true),
        ("text/event-stream", "gateway.stream-idle-timeout: 300ms", true),
        ("text/event-stream", "", false),
    ] {
        let port = raw(move |mut stream, _| {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(b"Content-Length: 10\r\n\r\nhalf").unwrap();
            // Until the gateway hangs up, or, where it must not, for longer than the others take.
            stream.set_read_timeout(Some(Duration::from_millis(900))).unwrap();
            let hung_up = stream.read(&mut [0; 1]).is_ok();
            if !hung_up {
                let _ = stream.write_all(b"-whole");
            }
        });
        let gateway = Gateway::start(&format!("{}{told}\n", one(port, "filters: []")));
        let body = gateway.get("/x").body;
        assert_eq!(body, if is_cut { "half" } else { "half-whole" }, "{kind} {told}");
    }
}

/// An upstream that answers in chunks with trailers, and tells what came.
fn trailing() -> (u16, mpsc::Receiver<String>) {
    let (tell, told) = mpsc::channel();
    let port = raw(move |mut stream, head| {
        let mut all = head.clone();
        if head.contains("chunked") {
            let mut byte = [0];
            while !all.ends_with("0\r\nx-sum: 7\r\n\r\n") && !all.ends_with("\n0\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                all.push(char::from(byte[0].to_ascii_lowercase()));
            }
        }
        tell.send(all).unwrap();
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
                      2\r\nok\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    (port, told)
}

#[test]
fn trailers_reach_who_wants_them_and_upstreams_hd_14_se_10() {
    let (port, told) = trailing();
    let gateway = Gateway::start(&one(port, "filters: []"));
    let ask = |more: &str, body: &str| -> Answer {
        let head = format!("POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{more}\r\n");
        gateway.bytes(&format!("{head}{body}"))
    };
    let answer = ask("TE: trailers\r\nContent-Length: 0\r\n", "");
    assert_eq!(answer.header("trailer"), Some("X-Sum"), "{answer:?}");
    assert!(answer.body.to_lowercase().ends_with("0\r\nx-sum: 7\r\n\r\n"), "{answer:?}");
    assert!(!told.recv().unwrap().contains("\r\nte:"));
    let answer = ask("Content-Length: 0\r\n", "");
    assert_eq!(answer.header("trailer"), None);
    assert!(answer.body.ends_with("\r\n0\r\n\r\n"), "{answer:?}");
    told.recv().unwrap();
    ask("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n0\r\nX-Sum: 7\r\nHost: evil\r\n\r\n");
    let seen = told.recv().unwrap();
    assert!(seen.ends_with("0\r\nx-sum: 7\r\n\r\n"), "{seen}");
}

#[test]
fn an_upgrade_to_h2c_is_neither_made_nor_passed_on() {
    let upstream = Upstream::saying(200, "", "plain");
    let gateway = Gateway::start(&one(upstream.port, "filters: []"));
    let headers = [
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
        "Connection: Upgrade, HTTP2-Settings",
    ];
    let answer = gateway.ask("GET", "/x", &headers, "");
    assert_eq!((answer.status, answer.body.as_str()), (200, "plain"));
    let seen = upstream.seen.lock().join("").to_lowercase();
    assert!(!seen.contains("upgrade") && !seen.contains("http2-settings"), "{seen}");
}

#[test]
fn a_call_of_grpc_hears_of_the_gateway_s_own_errors_in_its_own_words_pt_13() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let gateway = Gateway::start(&routes(&[
        route("gone", &format!("http://127.0.0.1:{gone}"), "/gone/**", "filters: []"),
        route("silent", &format!("http://127.0.0.1:{silent_port}"), "/silent/**", "filters: []"),
    ]));
    for (path, code) in [("/none", "12"), ("/gone/x", "14"), ("/silent/x", "4")] {
        let headers = ["Content-Type: application/grpc+proto", "grpc-timeout: 300m"];
        let answer = gateway.ask("POST", path, &headers, "\0\0\0\0\0");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("grpc-status"), Some(code), "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/grpc"));
        assert_eq!(answer.body, "");
    }
    let answer = gateway.ask("POST", "/none", &["Content-Type: application/grpc-web"], "x");
    assert_eq!(answer.status, 404);
}

#[test]
fn spring_s_limits_of_the_first_line_and_of_kept_connections_ds_5() {
    let upstream = Upstream::saying(200, "", "ok");
    let more = "server.netty: {max-initial-line-length: 1KB, max-keep-alive-requests: 1}\n";
    let gateway = Gateway::start(&format!("{}{more}", one(upstream.port, "filters: []")));
    let long = gateway.get(&format!("/{}", "a".repeat(1024)));
    assert_eq!(long.status, 414, "{long:?}");
    // The connection ends without being asked to.
    let answer = gateway.bytes("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
}
