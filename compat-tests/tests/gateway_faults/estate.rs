//! A discovery server, two instances of one service in two languages, and the gateway.

use std::time::Duration;

use anyhow::{Context as _, Result};
use compat_tests::gateway::{Gateway, Kind};
use compat_tests::http::Request;
use compat_tests::process::{Launch, Program};
use compat_tests::service::{self, Database, Engine, Service};
use compat_tests::subject::{self, Subject};
use compat_tests::{java, paths, ports, wait};

/// Longest wait for something that one process learns of another.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// Longest wait for a JVM to serve.
const PATIENCE_TO_START: Duration = Duration::from_secs(180);

pub(crate) struct Estate {
    pub(crate) discovery: Subject,
    pub(crate) gateway: Gateway,
    pub(crate) rust: Option<Service>,
    pub(crate) spring: Program,
    database: Database,
}

impl Estate {
    pub(crate) fn start() -> Result<Self> {
        let discovery = subject::start_ours(
            &[
                "--eureka.server.enable-self-preservation=false",
                "--eureka.server.eviction-interval-timer-in-ms=1000",
            ],
            &[],
        )?;
        let spring = launch_spring(&discovery)?;
        let gateway = Gateway::start(Kind::Ours, &yaml(&discovery), &[], &[])?;
        let database = Database::new(Engine::Sqlite)?;
        let mut estate = Self { discovery, gateway, rust: None, spring, database };
        estate.start_rust()?;
        estate.wait_listed(2)?;
        Ok(estate)
    }

    pub(crate) fn yaml(&self) -> String {
        yaml(&self.discovery)
    }

    /// Starts an instance of ours and waits until it is ready.
    pub(crate) fn start_rust(&mut self) -> Result<()> {
        let zone = zone(&self.discovery);
        let args = [
            format!("--eureka.client.service-url.defaultZone={zone}"),
            "--eureka.client.registry-fetch-interval-seconds=1".to_owned(),
            "--eureka.instance.lease-renewal-interval-in-seconds=2".to_owned(),
            "--eureka.instance.lease-expiration-duration-in-seconds=6".to_owned(),
        ];
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.rust = Some(Service::start(service::Kind::Product, &self.database, &args)?);
        Ok(())
    }

    /// The instance of ours that runs.
    pub(crate) fn take_rust(&mut self) -> Result<Service> {
        self.rust.take().context("no instance of ours runs")
    }

    /// Starts Spring's again and waits until it is listed.
    pub(crate) fn start_spring(&mut self) -> Result<()> {
        self.spring = launch_spring(&self.discovery)?;
        self.wait_listed(2)
    }

    /// Waits until the discovery server lists so many instances.
    pub(crate) fn wait_listed(&self, count: usize) -> Result<()> {
        let url = self.discovery.url("/apps/PRODUCT-SERVICE");
        wait::until("the instances", PATIENCE_TO_START, || {
            let listed = Request::get(&*url).header("Accept", "application/json").send();
            let listed = listed.and_then(|answer| answer.json()).unwrap_or_default();
            let all = listed.pointer("/application/instance").and_then(|it| it.as_array());
            let up = |one: &&serde_json::Value| one.get("status").is_some_and(|it| it == "UP");
            all.is_some_and(|all| all.iter().filter(up).count() == count)
        })
    }
}

/// One route to both instances. The gateway looks at the registry less often than they renew, as usual.
fn yaml(discovery: &Subject) -> String {
    format!(
        "spring.cloud.gateway.server.webflux:\n  routes:\n\
         \x20   - {{ id: svc, uri: \"lb://product-service\", predicates: [ \"Path=/svc/**\" ], filters: [ \"StripPrefix=1\" ] }}\n\
         eureka.client:\n  registry-fetch-interval-seconds: 3\n  service-url.defaultZone: {}\n\
         eureka.instance.lease-renewal-interval-in-seconds: 2\n",
        zone(discovery)
    )
}

fn zone(discovery: &Subject) -> String {
    format!("http://127.0.0.1:{}/eureka/", discovery.port())
}

fn launch_spring(discovery: &Subject) -> Result<Program> {
    let port = ports::free_port()?;
    let mut program = Launch::new("spring-client-3.5", "java")?
        .args(["-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"])
        .arg(java::jar("spring-client-3.5/target/spring-client-3.5.jar")?)
        .arg(format!("--server.port={port}"))
        .arg("--spring.application.name=product-service")
        .arg(format!("--eureka.client.service-url.defaultZone={}", zone(discovery)))
        .arg("--eureka.instance.lease-renewal-interval-in-seconds=2")
        .arg("--eureka.instance.lease-expiration-duration-in-seconds=6")
        .cwd(&paths::work("empty")?)
        .start()?;
    program.wait_ready(&format!("http://127.0.0.1:{port}/hello"), PATIENCE_TO_START)?;
    Ok(program)
}
