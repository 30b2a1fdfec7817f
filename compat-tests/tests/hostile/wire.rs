//! What the server takes and refuses over the wire, row by row.

use serde_json::{Value, json};
use test_kit::Registration;

use crate::support::{Connection, JSON, Server, XML, busy, heartbeat, request, shortest};

fn made() -> Registration {
    Registration::new("FOO", "i1")
}

/// Rows W-1 to W-9 and W-18, W-19: a body and what it is answered with.
fn registrations() -> Vec<(&'static str, String, u16, &'static str)> {
    let foreign = json!({"@class": "java.lang.ProcessBuilder", "name": "MyOwn"});
    let port = |value: Value| made().with("port", value).json();
    let text = |answer: &'static str| answer;
    vec![
        ("W-1", made().without("instanceId").json(), 204, ""),
        ("W-2", made().without("hostName").json(), 400, text("Missing hostname")),
        ("W-2", made().without("ipAddr").json(), 400, text("Missing ip address")),
        ("W-2", made().without("dataCenterInfo").json(), 400, text("Missing dataCenterInfo")),
        ("W-3", made().with("app", "BAR").json(), 400, text("Mismatched appName")),
        ("W-3", made().with("app", "foo").json(), 204, ""),
        ("W-4", made().with("dataCenterInfo", foreign).json(), 400, text("cannot parse")),
        ("W-5", made().with("future", "x").with("last", json!({"a": [1]})).json(), 204, ""),
        ("W-6", made().with("status", "ON_FIRE").json(), 204, ""),
        ("W-7", port(json!({"$": "8080", "@enabled": true})), 204, ""),
        ("W-7", port(json!({"$": -1, "@enabled": "maybe"})), 204, ""),
        ("W-7", port(json!({"$": 70000})), 204, ""),
        ("W-7", port(json!({"$": "http"})), 204, ""),
        ("W-8", made().lasting(0).json(), 204, ""),
        ("W-8", made().lasting(-1).json(), 204, ""),
        ("W-8", made().lasting(2_147_483_647).json(), 204, ""),
        ("W-9", String::new(), 400, text("cannot parse")),
        ("W-9", "hello".to_owned(), 400, text("cannot parse")),
        ("W-9", "[]".to_owned(), 400, text("cannot parse")),
        ("W-9", made().object(), 400, text("cannot parse")),
        ("W-9", "{\"instance\":[]}".to_owned(), 400, text("cannot parse")),
        ("W-10", "null".to_owned(), 400, text("cannot parse")),
        ("W-18", made().with("metadata", json!({"a": 1, "b": true, "c": null})).json(), 204, ""),
        ("W-18", made().with("metadata", json!({"a": {"b": 1}})).json(), 400, text("cannot parse")),
        ("W-19", made().with("instanceId", "a\r\nb").json(), 400, text("Invalid instanceId")),
        ("W-19", made().with("instanceId", "x".repeat(100_000)).json(), 400, text("Invalid")),
        ("W-19", made().with("instanceId", "a/b").json(), 204, ""),
        ("W-26", made().json().replace("\"status\"", "\"hostName\":\"last\",\"status\""), 204, ""),
    ]
}

#[test]
fn registrations_are_answered_as_the_table_says() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    for (row, body, status, text) in registrations() {
        let answer = server.post("/apps/FOO", JSON, body.clone());
        let shown: String = body.chars().take(200).collect();
        assert_eq!(answer.status, status, "{row}: {shown}");
        assert!(answer.text().unwrap().contains(text), "{row}: {}", answer.text().unwrap());
    }
    server.is_well();
}

// W-10, W-11, W-15, W-20
#[test]
fn other_requests_are_answered_as_the_table_says() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    for id in ["h:foo:8080", "a+b", "a/b"] {
        server.has("FOO", id);
    }
    let mut connection = server.open();
    for (row, method, path, status) in [
        ("W-11", "PUT", "/apps/FOO/a+b/status", 400),
        ("W-11", "PUT", "/apps/FOO/a+b/status?value=SIDEWAYS", 400),
        ("W-11", "PUT", "/apps/FOO/a+b/status?value=DOWN&lastDirtyTimestamp=x", 400),
        ("W-11", "DELETE", "/apps/FOO/a+b/status?value=x", 400),
        ("W-11", "PUT", "/apps/FOO/a+b?lastDirtyTimestamp=x", 400),
        ("W-15", "PUT", "/apps/FOO/none", 404),
        ("W-19", "PUT", "/apps/FOO/a%2Fb", 200),
        ("W-20", "PUT", "/apps/FOO/h:foo:8080", 200),
        ("W-20", "PUT", "/apps/FOO/h%3Afoo%3A8080", 200),
        ("W-20", "PUT", "/apps/FOO/a+b", 200),
        ("W-20", "PUT", "/apps/FOO/a%2Bb", 200),
        ("W-20", "PUT", "/apps/FOO/a%20b", 404),
    ] {
        let got = connection.status(&request(method, path, JSON, b""));
        assert_eq!(got, Ok(status), "{row}: {method} {path}");
    }
    connection.send(&heartbeat("FOO", "none"));
    assert_eq!(connection.answer(), Ok((404, Vec::new())), "W-15: no body");
    server.is_well();
}

// W-12, W-13
#[test]
fn media_types_are_answered_as_the_table_says() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    for media_type in ["text/plain", "application/octet-stream", "application/json;charset=UTF-16"]
    {
        assert_eq!(server.post("/apps/FOO", media_type, made().json()).status, 415, "{media_type}");
    }
    server.has("FOO", "i1");
    let head = |method: &str, path: &str, accept: &str| {
        format!("{method} /eureka{path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n")
            .into_bytes()
    };
    let java = "text/html, image/gif, image/jpeg, */*; q=.2, */*; q=.2";
    let mut connection = server.open();
    for (method, path, accept, status) in [
        ("GET", "/apps", "text/html", 406),
        ("GET", "/apps/FOO/i1", "image/png", 406),
        ("GET", "/apps", java, 200),
        ("PUT", "/apps/FOO/i1", java, 200),
        ("DELETE", "/apps/FOO/i1", java, 200),
    ] {
        assert_eq!(connection.status(&head(method, path, accept)), Ok(status), "{method} {accept}");
    }
    server.is_well();
}

// W-14: a body that means nothing is taken off the connection.
#[test]
fn a_heartbeat_may_have_a_body_and_the_connection_goes_on() {
    let _machine = busy();
    let server = Server::start(&[]);
    server.has("FOO", "i1");
    let mut connection = server.open();
    for body in [&b"{}"[..], b"", b"GET /eureka/none HTTP/1.1\r\nHost: x\r\n\r\n", &[0; 100_000]] {
        for method in ["PUT", "GET"] {
            let path = "/apps/FOO/i1";
            assert_eq!(connection.status(&request(method, path, JSON, body)), Ok(200));
        }
    }
    let chunked =
        b"PUT /eureka/apps/FOO/i1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
        2;x=y\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n";
    assert_eq!(connection.status(chunked), Ok(200));
    assert_eq!(connection.status(&heartbeat("FOO", "i1")), Ok(200));
}

// RT-8: the length of what GET would bring, and nothing of it.
#[test]
fn head_is_answered_with_the_length_and_without_the_body() {
    let _machine = busy();
    let server = Server::start(&[]);
    server.has("FOO", "i1");
    let mut connection = server.open();
    for path in ["/apps/FOO/i1", "/apps", "/apps/delta", "/status", "/apps/NONE", "/vips/x"] {
        let got = server.get(path);
        connection.send(&request("HEAD", path, JSON, b""));
        let head = compat_tests::http::read_answer(&mut connection.stream, "HEAD").unwrap();
        assert_eq!(head.status, got.status, "{path}");
        // A length of nothing may be left out.
        let length = head.header("content-length").unwrap_or("0");
        assert_eq!(Some(length), got.header("content-length"), "{path}");
        assert_eq!(head.header("content-type"), got.header("content-type"), "{path}");
        assert_eq!(connection.status(&heartbeat("FOO", "i1")), Ok(200), "{path}: no body came");
    }
}

// W-16
#[test]
fn a_registration_may_come_in_chunks() {
    let _machine = busy();
    let server = Server::start(&[]);
    let mut connection = server.open();
    let head = "POST /eureka/apps/FOO HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    connection.send(head.as_bytes());
    for part in made().json().as_bytes().chunks(7) {
        connection.send(format!("{:x}\r\n", part.len()).as_bytes());
        connection.send(part);
        connection.send(b"\r\n");
    }
    assert_eq!(connection.status(b"0\r\n\r\n"), Ok(204));
    assert_eq!(connection.status(&heartbeat("FOO", "i1")), Ok(200));
}

/// Time of one registration with `body` on a connection that is open already.
fn time_of(
    connection: &mut Connection,
    path: &str,
    media_type: &str,
    body: &[u8],
    status: u16,
) -> std::time::Duration {
    let bytes = request("POST", path, media_type, body);
    shortest(5, || assert_eq!(connection.status(&bytes), Ok(status)))
}

// W-17, W-21, W-22: no more than in proportion to what an ordinary registration takes.
#[test]
fn wide_and_deep_bodies_take_no_longer_than_their_length() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    let mut connection = server.open();
    let wide = |names: usize| {
        let entries: serde_json::Map<String, Value> =
            (0..names).map(|n| (format!("name-{n}"), json!("x".repeat(60)))).collect();
        made().with("metadata", entries)
    };
    for (media_type, small, large) in [
        (JSON, wide(1000).json(), wide(10_000).json()),
        (XML, wide(1000).xml(), wide(10_000).xml()),
    ] {
        let of_small = time_of(&mut connection, "/apps/FOO", media_type, small.as_bytes(), 204);
        let of_large = time_of(&mut connection, "/apps/FOO", media_type, large.as_bytes(), 204);
        assert!(of_large < of_small * 40, "ten times the names: {of_small:?}, {of_large:?}");
    }
    let plain = time_of(&mut connection, "/apps/FOO", JSON, wide(10_000).json().as_bytes(), 204);
    let nested = |open: &str, close: &str, levels: usize| {
        format!("{}{}", open.repeat(levels), close.repeat(levels))
    };
    let deep_xml =
        format!("<instance><metadata>{}</metadata></instance>", nested("<a>", "</a>", 50_000));
    for (path, media_type, body) in [
        ("/apps/FOO", JSON, format!("{{\"instance\":{}}}", nested("[", "]", 100_000))),
        ("/apps/FOO", JSON, "{\"instance\":".repeat(50_000)),
        ("/apps/FOO", JSON, nested("{\"a\":", "}", 100_000)),
        ("/apps/FOO", XML, deep_xml),
        ("/apps/FOO", XML, "<instance>".repeat(50_000)),
        ("/peerreplication/batch", JSON, format!("{{\"replicationList\":{}", "[".repeat(100_000))),
    ] {
        let took = time_of(&mut connection, path, media_type, body.as_bytes(), 400);
        assert!(took < plain * 5, "{media_type} {}: {took:?}, {plain:?}", &body[..20]);
    }
    server.is_well();
}

// W-24, W-25
#[test]
fn encodings_and_types_named_in_bodies() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    let latin = |text: &str| -> Vec<u8> {
        text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
    };
    let utf_16: Vec<u8> = made().xml().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let xml = made().with("hostName", "é").xml();
    let typed = made().xml().replace("<hostName>", "<hostName class=\"java.lang.Runtime\">");
    for (what, media_type, body, status) in [
        ("not UTF-8", JSON, latin(&made().with("hostName", "é").json()), 400),
        ("not UTF-8", XML, latin(&xml), 400),
        ("declared", XML, latin(&format!("<?xml version='1.0' encoding='ISO-8859-1'?>{xml}")), 204),
        (
            "declared UTF-16",
            XML,
            format!("<?xml version='1.0' encoding='UTF-16'?>{xml}").into(),
            400,
        ),
        ("UTF-16", XML, [&b"\xff\xfe"[..], &utf_16].concat(), 400),
        ("a mark of UTF-8", XML, format!("\u{feff}{xml}").into(), 204),
        ("a Java type", XML, typed.into(), 204),
        ("overlong", JSON, b"{\"instance\":{\"app\":\"\xc0\xae\"}}".to_vec(), 400),
        ("a lone surrogate", JSON, made().json().replace("host-1", "\\ud800").into(), 204),
    ] {
        let answer = server.post("/apps/FOO", media_type, body);
        assert_eq!(answer.status, status, "{what}: {:?}", answer.text());
    }
    server.is_well();
}
