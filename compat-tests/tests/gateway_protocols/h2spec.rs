//! Conformance of HTTP/2, by h2spec of the Go module proxy.

use anyhow::{Result, ensure};
use compat_tests::gateway::backend::Backend;
use compat_tests::gateway::{Gateway, Kind};
use compat_tests::process::Launch;

use crate::servers::{PATIENCE, h2spec};

/// What does not begin like HTTP/2 is HTTP/1 on this port, and is answered with a 400 in HTTP/1 before
/// the connection ends; h2spec wants nothing but the end.
const NOT_HTTP2: &str = "Sends invalid connection preface";

#[test]
fn http2_is_spoken_as_written() -> Result<()> {
    let backend = Backend::start("plain")?;
    let yaml = format!(
        "spring.cloud.gateway.server.webflux:\n  routes:\n\
         \x20   - {{ id: all, uri: \"{}\", predicates: [ \"Path=/**\" ] }}\n\
         eureka.client.enabled: false\n",
        backend.uri()
    );
    let gateway = Gateway::start(Kind::Ours, &yaml, &[], &[])?;
    let mut client = Launch::new("h2spec", h2spec()?)?
        .args(["--host", "127.0.0.1", "--timeout", "3", "--port"])
        .arg(gateway.port.to_string())
        .args(["generic", "http2", "hpack"])
        .output_apart()
        .start()?;
    client.wait_exit(PATIENCE)?;
    let lines = client.lines()?;
    let failed: Vec<&String> = lines
        .iter()
        .skip_while(|line| !line.contains("Failures:"))
        .filter(|line| line.contains('×') && !line.contains(NOT_HTTP2))
        .collect();
    let is_whole = lines.last().is_some_and(|line| line.starts_with("145 tests, "));
    ensure!(is_whole && failed.is_empty(), "{:?}\n{failed:#?}", lines.last());
    Ok(())
}
