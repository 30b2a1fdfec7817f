//! XML that wants to be more than text (W-23).

use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use compat_tests::http::Request;
use compat_tests::process::Launch;
use compat_tests::{paths, ports, subject};
use test_kit::Registration;

use crate::support::{XML, busy};

/// System calls by which a process reaches for files, programs and other machines.
const REACHING: &str = "trace=open,openat,openat2,execve,socket,connect,unlink,rename";

/// Documents with a document type, and what they would reach for.
fn documents(address: &str) -> Vec<(&'static str, String)> {
    let instance = |text: &str| Registration::new("FOO", "i1").xml().replace("host-1", text);
    let with = |declarations: &str, text: &str| {
        format!("<?xml version=\"1.0\"?><!DOCTYPE instance [{declarations}]>{}", instance(text))
    };
    let mut levels = "<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..10 {
        let below = format!("&l{};", level - 1).repeat(10);
        levels.push_str(&format!("<!ENTITY l{level} \"{below}\">"));
    }
    vec![
        ("ten levels", with(&levels, "&l9;")),
        (
            "one long entity",
            with(&format!("<!ENTITY a \"{}\">", "a".repeat(50_000)), &"&a;".repeat(1000)),
        ),
        ("itself", with("<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">", "&a;")),
        ("a small entity", with("<!ENTITY a \"b\">", "&a;")),
        ("a file", with("<!ENTITY a SYSTEM \"file:///etc/passwd\">", "&a;")),
        ("a device", with("<!ENTITY a SYSTEM \"/dev/random\">", "&a;")),
        ("an address", with(&format!("<!ENTITY a SYSTEM \"http://{address}/a\">"), "&a;")),
        (
            "a parameter entity",
            with(&format!("<!ENTITY % a SYSTEM \"http://{address}/b\"> %a;"), "x"),
        ),
        (
            "an external type",
            format!("<!DOCTYPE instance SYSTEM \"http://{address}/c.dtd\">{}", instance("x")),
        ),
        (
            "a public type",
            format!(
                "<!DOCTYPE instance PUBLIC \"-//X//Y\" \"http://{address}/d.dtd\">{}",
                instance("x")
            ),
        ),
        ("a default attribute", with("<!ATTLIST hostName a CDATA \"b\">", "x")),
        ("no declaration", instance("&a;")),
        (
            "an included file",
            instance(
                "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\"/>",
            ),
        ),
        (
            "a style sheet",
            format!("<?xml-stylesheet href=\"http://{address}/e.xsl\"?>{}", instance("x")),
        ),
        (
            "a schema",
            instance("x").replace(
                "<instance>",
                &format!(
                    "<instance xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:noNamespaceSchemaLocation=\"http://{address}/f.xsd\">"
                ),
            ),
        ),
    ]
}

/// Documents that have no document type: what they hint at is text or nothing.
const HARMLESS: [&str; 3] = ["an included file", "a style sheet", "a schema"];

#[test]
fn document_types_are_refused_and_nothing_is_opened_or_called() {
    let _machine = busy();
    let found = Command::new("strace").arg("-V").output();
    assert!(found.is_ok_and(|output| output.status.success()), "needs the program strace");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();

    let port = ports::free_port().unwrap();
    let trace = paths::work("logs").unwrap().join(format!("entities-{port}.strace"));
    // The tracer stands aside, so that the process started here is the server itself.
    let launch = Launch::new("traced-server", "strace").unwrap();
    let launch = launch.args(["-D", "-f", "-qq", "-e", REACHING, "-o"]).arg(&trace);
    let launch = launch.arg(subject::our_binary().unwrap()).arg(format!("--server.port={port}"));
    let mut program = launch.cwd(&paths::work("empty").unwrap()).start().unwrap();
    let base = format!("http://127.0.0.1:{port}/eureka");
    program.wait_ready(&format!("{base}/apps"), Duration::from_secs(60)).unwrap();

    let post = |body: String| {
        let request = Request::new("POST", format!("{base}/apps/FOO")).header("Content-Type", XML);
        request.body(body).send().unwrap()
    };
    assert_eq!(post(Registration::new("FOO", "i0").xml()).status, 204, "every path was gone once");
    let before = std::fs::read_to_string(&trace).unwrap();
    assert!(before.contains("execve"), "the trace shows nothing: {before}");
    for (what, body) in documents(&address) {
        let answer = post(body);
        let expected: &[u16] = if HARMLESS.contains(&what) { &[204, 400] } else { &[400] };
        assert!(expected.contains(&answer.status), "{what}: {}", answer.status);
        assert!(!answer.text().unwrap().contains("root:"), "{what}: {:?}", answer.text());
    }
    let told = Request::get(format!("{base}/apps")).send().unwrap().text().unwrap();
    assert!(!told.contains("root:"), "{told}");

    let after = std::fs::read_to_string(&trace).unwrap();
    // The allocator may ask how generous the system is; nothing else is looked at.
    let own = |line: &&str| !line.contains("/proc/sys/vm/overcommit_memory");
    let calls: Vec<&str> = after[before.len()..].lines().filter(own).collect();
    assert_eq!(calls, Vec::<&str>::new(), "system calls while reading the documents");
    assert!(listener.accept().is_err(), "somebody came to fetch an entity");
    assert!(program.terminate().unwrap().success());
}
