//! What may never stand in the log: secrets, and lines that a client made up.

use std::time::Duration;

use compat_tests::http::Request;
use serde_json::json;
use test_kit::Registration;

use crate::support::{JSON, Server, XML, busy};

const PASSWORD: &str = "correct-horse-battery";
/// `admin:correct-horse-battery`
const RIGHT: &str = "Basic YWRtaW46Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5";
/// `admin:wrong-donkey-staple`
const WRONG: &str = "Basic YWRtaW46d3JvbmctZG9ua2V5LXN0YXBsZQ==";

const SECRETS: [&str; 5] = [
    PASSWORD,
    "wrong-donkey-staple",
    "YWRtaW46Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5",
    "YWRtaW46d3JvbmctZG9ua2V5LXN0YXBsZQ",
    "in-the-url",
];

#[test]
fn no_password_is_ever_logged_or_told() {
    let _machine = busy();
    for level in ["info", "trace"] {
        let mut server = Server::start(&[
            "--spring.security.user.name=admin",
            &format!("--spring.security.user.password={PASSWORD}"),
            &format!("--logging.level.root={level}"),
            "--management.endpoints.web.exposure.include=*",
            "--management.endpoint.env.show-values=always",
            "--eureka.client.service-url.defaultZone=http://admin:in-the-url@localhost:8761/eureka/",
        ]);
        let mut told = Vec::new();
        for credentials in [RIGHT, WRONG, "Basic ", "Bearer wrong-donkey-staple"] {
            for (method, path) in [
                ("GET", "/eureka/apps"),
                ("PUT", "/eureka/apps/FOO/i1"),
                ("GET", "/"),
                ("GET", "/actuator/env"),
                ("GET", "/actuator/configprops"),
                ("GET", "/actuator/metrics"),
                ("GET", "/actuator/prometheus"),
                ("GET", "/actuator/info"),
                ("GET", "/actuator/health"),
                ("GET", "/eureka/status"),
            ] {
                let request = Request::new(method, server.subject.root_url(path));
                let answer = request.header("Authorization", credentials).send().unwrap();
                let wrong = credentials != RIGHT && path != "/actuator/health";
                assert_eq!(answer.status == 401, wrong, "{method} {path} {credentials}");
                told.push(answer.text().unwrap());
            }
        }
        assert!(server.subject.program.terminate().unwrap().success());
        let log = server.subject.program.log();
        assert!(log.contains("accepting requests"), "{log}");
        for secret in SECRETS {
            assert!(!log.contains(secret), "{level}: {secret} is in the log");
            assert!(!told.iter().any(|text| text.contains(secret)), "{secret} was told");
        }
    }
}

// Ten thousand guesses: each waits, others do not, and the log holds a line for each at most.
#[test]
fn guesses_are_slowed_down_and_do_not_slow_others() {
    let _machine = busy();
    let mut server = Server::start(&[
        "--spring.security.user.name=admin",
        &format!("--spring.security.user.password={PASSWORD}"),
    ]);
    let guess = b"GET /eureka/apps HTTP/1.1\r\nHost: x\r\nAuthorization: Basic eDp5\r\n\r\n";
    let right = format!("GET /eureka/apps HTTP/1.1\r\nHost: x\r\nAuthorization: {RIGHT}\r\n\r\n");
    let mut guessers: Vec<_> = (0..200).map(|_| server.open()).collect();
    for connection in &mut guessers {
        connection.send(guess);
    }
    let mut own = server.open();
    let of_others =
        crate::support::shortest(20, || assert_eq!(own.status(right.as_bytes()), Ok(200)));
    for connection in &mut guessers {
        assert_eq!(connection.answer().map(|(status, _)| status), Ok(401));
    }
    let of_a_guess = crate::support::shortest(3, || assert_eq!(own.status(guess), Ok(401)));
    assert!(of_a_guess > Duration::from_millis(200), "{of_a_guess:?}");
    assert!(of_others < of_a_guess, "{of_others:?}, {of_a_guess:?}");
    let request = Request::get(server.subject.url("/apps")).header("Authorization", RIGHT);
    assert_eq!(request.send().unwrap().status, 200);
    assert!(server.subject.program.terminate().unwrap().success());
}

/// The start of a line that a log of ours would have.
const FORGED: &str = "2026-01-01T00:00:00.000Z  INFO eureka_server::run : FORGED";

#[test]
fn no_field_of_a_request_begins_a_line_of_the_log() {
    let _machine = busy();
    for format in ["", "logstash"] {
        let mut args = vec!["--logging.level.root=trace".to_owned()];
        if !format.is_empty() {
            args.push(format!("--logging.structured.format.console={format}"));
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut server = Server::start(&args);
        forge(&server);
        assert!(server.subject.program.terminate().unwrap().success());
        let log = server.subject.program.log();
        assert!(log.contains("FORGED"), "nothing of it was logged: the test shows nothing");
        for line in log.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            let begins = line.trim_start().starts_with(FORGED) || line.starts_with("FORGED");
            assert!(!begins, "a client wrote this line: {line}");
            let ours = line.is_empty() || line.starts_with("20") || line.starts_with('{');
            assert!(ours, "no line of ours: {line}");
        }
        assert!(!log.contains('\u{1b}'), "a terminal would obey");
    }
}

/// Brings a line break and a forged line into everything that a client can say.
fn forge(server: &Server) {
    for line_break in ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{1b}[2K\r", "\\n"] {
        let forged = format!("x{line_break}{FORGED}");
        for member in ["instanceId", "hostName", "app", "ipAddr", "status", "vipAddress", "asgName"]
        {
            let made = Registration::new("FOO", "i1").with(member, forged.as_str());
            server.post("/apps/FOO", JSON, made.json());
            server.post("/apps/FOO", XML, made.xml());
        }
        let made = Registration::new("FOO", "i1");
        for value in [json!([]), json!({}), json!("x")] {
            server.post("/apps/FOO", JSON, made.clone().with(&forged, value).json());
        }
        server.post("/apps/FOO", JSON, made.clone().with("port", json!({&forged: 1})).json());
        server.post("/apps/FOO", JSON, made.clone().with("metadata", json!({&forged: {}})).json());
        server.post("/apps/FOO", JSON, format!("{{\"instance\":{{{forged}"));
        server.post("/apps/FOO", XML, format!("<instance><{forged}>"));
        let item =
            json!({"appName": &forged, "id": &forged, "action": "Cancel", "status": &forged});
        server.post("/peerreplication/batch", JSON, json!({"replicationList": [item]}).to_string());
        let item = json!({"appName": "FOO", "id": "i1", "action": &forged});
        server.post("/peerreplication/batch", JSON, json!({"replicationList": [item]}).to_string());

        let escaped: String = forged.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for (method, path) in [
            ("POST", format!("/apps/{escaped}")),
            ("PUT", format!("/apps/FOO/{escaped}")),
            ("PUT", format!("/apps/FOO/{escaped}?lastDirtyTimestamp={escaped}")),
            ("DELETE", format!("/apps/FOO/{escaped}")),
            ("PUT", format!("/apps/FOO/i1/status?value={escaped}")),
            ("PUT", format!("/apps/FOO/i1/metadata?{escaped}={escaped}")),
            ("GET", format!("/vips/{escaped}")),
            ("GET", format!("/{escaped}")),
        ] {
            let request = Request::new(method, server.subject.url(&path));
            let request = request.header("X-Request-Id", "FORGED").header("Content-Type", JSON);
            request.body(made.json()).send().unwrap();
        }
    }
}
