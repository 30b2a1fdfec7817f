//! The servers behind the gateway, and the gateway.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::gateway::{Gateway, Kind};
use compat_tests::install::{self, installed, run};
use compat_tests::paths;
use compat_tests::process::{Launch, Program};
use serde_json::Value;

/// Longest wait for a server to start, and for a client to end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

pub(crate) struct Estate {
    pub(crate) gateway: Gateway,
    _python: Program,
    _node: Program,
}

impl Estate {
    pub(crate) fn start() -> Result<Self> {
        let mut python = python("serve.py")?.takes_lines().output_apart().start()?;
        let mut node = node("serve.js")?.takes_lines().output_apart().start()?;
        let (ports, _) = python.wait_line("ports", 0, PATIENCE, |_| true)?;
        let ports: Value = serde_json::from_str(&ports).context("reading the ports")?;
        let port = |name: &str| ports.get(name).and_then(Value::as_u64).unwrap_or_default();
        let (node_port, _) = node.wait_line("a port", 0, PATIENCE, |_| true)?;
        let yaml = format!(
            "spring.cloud.gateway.server.webflux:\n  routes:\n\
             \x20   - {{ id: py, uri: \"ws://127.0.0.1:{}\", predicates: [ \"Path=/py/**\" ] }}\n\
             \x20   - {{ id: js, uri: \"http://127.0.0.1:{node_port}\", predicates: [ \"Path=/js/**\" ] }}\n\
             \x20   - {{ id: grpc, uri: \"http://127.0.0.1:{}\", predicates: [ \"Path=/compat.Echo/**\" ], metadata: {{ gateway.protocol: h2c }} }}\n\
             \x20   - {{ id: away, uri: \"http://127.0.0.1:1\", predicates: [ \"Path=/compat.Away/**\" ], metadata: {{ gateway.protocol: h2c }} }}\n\
             eureka.client.enabled: false\n",
            port("ws"),
            port("grpc")
        );
        let gateway = Gateway::start(Kind::Ours, &yaml, &[], &[])?;
        Ok(Self { gateway, _python: python, _node: node })
    }
}

/// A program of `clients/gateway-py`.
pub(crate) fn python(script: &str) -> Result<Launch> {
    let source = paths::package().join("clients/gateway-py");
    let programs = install::python("gateway-py", &source)?;
    Ok(Launch::new(script, programs.join("python"))?.arg(source.join(script)))
}

/// A program of `clients/gateway-npm`.
pub(crate) fn node(script: &str) -> Result<Launch> {
    let source = paths::package().join("clients/gateway-npm");
    let made = installed("gateway-npm", &source, |folder| {
        for file in ["package.json", "package-lock.json"] {
            let copy = std::fs::copy(source.join(file), folder.join(file));
            copy.with_context(|| format!("copying {file}"))?;
        }
        let mut npm = std::process::Command::new("npm");
        npm.args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run(npm.current_dir(folder))
    })?;
    let modules = made.join("node_modules");
    Ok(Launch::new(script, "node")?.env("NODE_PATH", modules).arg(source.join(script)))
}

/// The program of `clients/h2spec`.
pub(crate) fn h2spec() -> Result<PathBuf> {
    let source = paths::package().join("clients/h2spec");
    let made = installed("h2spec", &source, |folder| {
        let mut go = std::process::Command::new("go");
        go.args(["build", "-trimpath", "-o"]).arg(folder.join("h2spec"));
        go.arg("github.com/summerwind/h2spec/cmd/h2spec").env("GOFLAGS", "-mod=readonly");
        run(go.current_dir(&source))
    })?;
    Ok(made.join("h2spec"))
}

/// Runs a client to its end, which must be a good one.
pub(crate) fn ends_well(launch: Launch) -> Result<()> {
    let mut client = launch.start()?;
    let status = client.wait_exit(PATIENCE)?;
    ensure!(status.success(), "{}: {status}\n{}", client.name(), client.log_tail());
    Ok(())
}
