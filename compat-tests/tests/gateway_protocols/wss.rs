//! Sockets over TLS on both sides, to services found by name, and what becomes of them when the
//! gateway stops.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use compat_tests::gateway::{self, Gateway, Kind};
use compat_tests::http;
use compat_tests::paths;
use compat_tests::process::Program;
use compat_tests::subject::{self, COMPARISON_ARGS, Subject};
use serde_json::Value;

use crate::servers::{PATIENCE, ends_well, python};

struct Estate {
    gateway: Gateway,
    certificate: PathBuf,
    _discovery: Subject,
    _python: Program,
}

impl Estate {
    fn start() -> Result<Self> {
        let (certificate, key) = certificate()?;
        let mut python = python("serve.py")?.arg(&certificate).arg(&key);
        python = python.takes_lines().output_apart();
        let mut python = python.start()?;
        let (ports, _) = python.wait_line("ports", 0, PATIENCE, |_| true)?;
        let ports: Value = serde_json::from_str(&ports).context("reading the ports")?;
        let port = |name: &str| {
            let port = ports.get(name).and_then(Value::as_u64).unwrap_or_default();
            u16::try_from(port).context("reading a port")
        };
        let discovery = subject::start_ours(&COMPARISON_ARGS, &[])?;
        gateway::register(&discovery.base_url, "talk", port("ws")?, &[])?;
        let yaml = format!(
            "server.ssl:\n  certificate: \"file:{0}\"\n  certificate-private-key: \"file:{1}\"\n\
             spring.lifecycle.timeout-per-shutdown-phase: 2s\n\
             myerp.server.linger: 0s\n\
             spring.cloud.gateway.server.webflux:\n\
             \x20 httpclient.ssl.trusted-x509-certificates: [ \"{0}\" ]\n\
             \x20 routes:\n\
             \x20   - {{ id: tls, uri: \"wss://127.0.0.1:{2}\", predicates: [ \"Path=/tls/**\" ] }}\n\
             \x20   - {{ id: https, uri: \"https://127.0.0.1:{2}\", predicates: [ \"Path=/https/**\" ] }}\n\
             \x20   - {{ id: lb, uri: \"lb:ws://talk\", predicates: [ \"Path=/lb/**\" ] }}\n\
             \x20   - {{ id: lb-http, uri: \"lb://talk\", predicates: [ \"Path=/plain/**\" ] }}\n\
             eureka.client:\n  register-with-eureka: false\n\
             \x20 service-url.defaultZone: http://127.0.0.1:{3}/eureka/\n",
            certificate.display(),
            key.display(),
            port("wss")?,
            discovery.port()
        );
        let mut gateway = Gateway::launch(Kind::Ours, &yaml, &[], &[])?;
        let port = gateway.port;
        let listens = || http::connect(port, PATIENCE).is_ok();
        gateway.program.wait_until("its port", PATIENCE, listens)?;
        Ok(Self { gateway, certificate, _discovery: discovery, _python: python })
    }
}

#[test]
fn sockets_over_tls_and_to_services_by_name_pt_1() -> Result<()> {
    let estate = Estate::start()?;
    let call = python("call.py")?.arg("wss").arg(estate.gateway.port.to_string());
    ends_well(call.arg(&estate.certificate).args(["/tls/a", "/https/a", "/lb/a", "/plain/a"]))
}

/// A tunnel does not keep a gateway from stopping, and its client is told that the end is near.
#[test]
fn a_gateway_that_stops_ends_its_tunnels_pt_7() -> Result<()> {
    let mut estate = Estate::start()?;
    let mut holders = Vec::new();
    for path in ["/tls/a", "/lb/a"] {
        let call = python("call.py")?.arg("hold").arg(estate.gateway.port.to_string());
        let call = call.arg(&estate.certificate).arg(path).takes_lines().output_apart();
        let mut holder = call.start()?;
        holder.wait_line("the tunnel", 0, PATIENCE, |line| line == "open")?;
        holders.push(holder);
    }
    let status = estate.gateway.program.terminate()?;
    ensure!(status.success(), "{status}");
    for mut holder in holders {
        let (line, _) =
            holder.wait_line("its end", 1, PATIENCE, |line| line.starts_with("closed"))?;
        ensure!(line == "closed 1001", "{line}");
    }
    Ok(())
}

/// A certificate for this machine, signed by itself, and its key; made once for each run.
fn certificate() -> Result<(PathBuf, PathBuf)> {
    static MADE: std::sync::OnceLock<Result<(PathBuf, PathBuf), String>> =
        std::sync::OnceLock::new();
    let made = MADE.get_or_init(|| make_certificate().map_err(|error| format!("{error:#}")));
    made.clone().map_err(|error| anyhow::anyhow!(error))
}

fn make_certificate() -> Result<(PathBuf, PathBuf)> {
    let folder = paths::work(&format!("gateway/tls-{}", std::process::id()))?;
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate);
    let made = openssl.output().context("starting openssl")?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

    Ok((certificate, key))
}
