//! A Spring service that works with products.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::http::{Request, Response};
use compat_tests::process::{Launch, Program};
use compat_tests::{java, paths, ports};
use serde_json::Value;

/// Longest wait for a JVM to serve.
const PATIENCE_TO_START: Duration = Duration::from_secs(180);
/// Intervals short enough for a test.
const QUICK: [&str; 2] = [
    "--eureka.client.registry-fetch-interval-seconds=1",
    "--spring.cloud.loadbalancer.cache.ttl=1s",
];

/// One running service.
#[derive(Debug)]
pub(crate) struct Caller {
    /// Name under which it registers.
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    pub(crate) program: Program,
}

/// Module and name of the service of each generation.
pub(crate) const GENERATIONS: [(&str, &str); 2] =
    [("product-caller-3.5", "caller35-service"), ("product-caller-4.0", "caller40-service")];

impl Caller {
    /// Starts the service of a generation; it does not answer yet.
    pub(crate) fn launch(
        (module, name): (&'static str, &'static str),
        default_zone: &str,
    ) -> Result<Self> {
        let port = ports::free_port()?;
        let program = Launch::new(module, "java")?
            .args(["-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"])
            .arg(java::jar(&format!("{module}/target/{module}.jar"))?)
            .arg(format!("--server.port={port}"))
            .arg(format!("--eureka.client.service-url.defaultZone={default_zone}"))
            .args(QUICK)
            .cwd(&paths::work("empty")?)
            .start()?;
        Ok(Self { name, port, program })
    }

    /// Waits until it answers.
    pub(crate) fn wait_ready(&mut self) -> Result<()> {
        let health = self.url("/actuator/health");
        self.program.wait_ready(&health, PATIENCE_TO_START)
    }

    /// `path` on this service.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// `GET /shop{path}`.
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        Answer::of(&Request::get(self.url(&format!("/shop{path}"))).send()?)
    }

    /// Sends a product to `/shop/products{path}`.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        header: Option<(&str, &str)>,
        product: &Value,
    ) -> Result<Answer> {
        let url = self.url(&format!("/shop/products{path}"));
        let mut request = Request::new(method, url).header("Content-Type", "application/json");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        Answer::of(&request.body(product.to_string()).send()?)
    }
}

/// What a Spring service understood and passed on.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: Value,
}

impl Answer {
    fn of(response: &Response) -> Result<Self> {
        let etag = response.header("etag").map(str::to_owned);
        Ok(Self { status: response.status, etag, body: response.json()? })
    }

    /// The same if it has that status.
    pub(crate) fn wanted(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "wanted {status}: {self:?}");
        Ok(self)
    }

    /// Wants a refusal, and that it was understood in both forms of Spring's error bodies.
    pub(crate) fn refused(&self, status: u16, code: &str, path: &str) -> Result<()> {
        let (problem, classic) = (&self.body["problem"], &self.body["classic"]);
        let told = self.body["contentType"].as_str().context("it has a type")?;
        ensure!(told.starts_with("application/problem+json"), "{self:?}");
        ensure!(self.status == status && self.body["status"] == status, "{self:?}");
        // Spring writes what it did not know beside or below its own members.
        let told = problem.get("code").unwrap_or_else(|| &problem["properties"]["code"]);
        ensure!(problem["status"] == status && told == code, "{self:?}");
        ensure!(problem["detail"].as_str().is_some_and(|text| !text.is_empty()), "{self:?}");
        ensure!(problem["title"] == classic["error"], "{self:?}");
        ensure!(classic["status"] == status && classic["path"] == path, "{self:?}");
        ensure!(classic["message"] == problem["detail"], "{self:?}");
        ensure!(!classic["timestamp"].is_null(), "{self:?}");
        Ok(())
    }
}
