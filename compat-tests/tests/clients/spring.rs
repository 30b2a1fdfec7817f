//! Three generations of one Spring Boot service, around a discovery server.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use compat_tests::http::Request;
use compat_tests::process::{Launch, Program};
use compat_tests::subject::{Kind, Subject};
use compat_tests::{java, paths, ports, wait};
use serde_json::Value;

use crate::registry::{PATIENCE, Registry};

/// Longest wait for a JVM to serve.
const PATIENCE_TO_START: Duration = Duration::from_secs(180);

/// Lease of the services as [`QUICK`] sets it, seconds.
pub(crate) const LEASE_SECS: u64 = 6;
/// Nothing but intervals short enough for a test, and health passed on.
const QUICK: [&str; 6] = [
    "--eureka.client.registry-fetch-interval-seconds=1",
    "--eureka.client.instance-info-replication-interval-seconds=1",
    "--eureka.client.healthcheck.enabled=true",
    "--eureka.instance.lease-renewal-interval-in-seconds=2",
    "--eureka.instance.lease-expiration-duration-in-seconds=6",
    "--spring.cloud.loadbalancer.cache.ttl=1s",
];

/// A generation of Spring Boot with the Spring Cloud made for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    /// `major.minor` of Spring Boot.
    pub(crate) boot: &'static str,
    /// Application name of the service, as written.
    pub(crate) service: &'static str,
}

/// Every generation in use.
pub(crate) const GENERATIONS: [Generation; 3] = [
    Generation { boot: "2.7", service: "boot27-service" },
    Generation { boot: "3.5", service: "boot35-service" },
    Generation { boot: "4.0", service: "boot40-service" },
];

/// One running service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) generation: &'static Generation,
    pub(crate) instance_id: String,
    pub(crate) port: u16,
    pub(crate) program: Program,
}

impl Service {
    /// Starts the service with nothing but its default zone, and waits until it answers.
    pub(crate) fn start(generation: &'static Generation, default_zone: &str) -> Result<Self> {
        let mut service = Self::launch(generation, default_zone, &[])?;
        service.wait_ready()?;
        Ok(service)
    }

    /// Starts the service with `args`; it does not answer yet.
    fn launch(generation: &'static Generation, default_zone: &str, args: &[&str]) -> Result<Self> {
        let port = ports::free_port()?;
        let module = format!("spring-client-{}", generation.boot);
        let program = Launch::new(&module, "java")?
            .args(["-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar"])
            .arg(java::jar(&format!("{module}/target/{module}.jar"))?)
            .arg(format!("--server.port={port}"))
            .arg(format!("--eureka.client.service-url.defaultZone={default_zone}"))
            .args(args)
            .cwd(&paths::work("empty")?)
            .start()?;
        Ok(Self { generation, instance_id: String::new(), port, program })
    }

    /// Waits until the service answers, and learns its instance id from it.
    fn wait_ready(&mut self) -> Result<()> {
        let hello = self.url("/hello");
        self.program.wait_ready(&hello, PATIENCE_TO_START)?;
        let hello = self.get("/hello")?;
        ensure!(hello["app"] == self.generation.service, "{hello}");
        let boot = hello["boot"].as_str().context("no version of Spring Boot")?;
        ensure!(boot.starts_with(self.generation.boot), "{hello}");
        self.instance_id = hello["instanceId"].as_str().context("no instance id")?.to_owned();
        Ok(())
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// `GET path` of the service, a JSON document.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        let answer = Request::get(self.url(path)).send()?;
        let body = answer.text()?;
        let name = self.program.name();
        ensure!(answer.status == 200, "{name} {path}: {} {body}", answer.status);
        serde_json::from_str(&body).with_context(|| format!("{name} {path}: {body}"))
    }

    /// Turns the part of the service's health that can be turned.
    pub(crate) fn turn_health(&self, status: &str) -> Result<()> {
        let url = self.url(&format!("/health-switch?status={status}"));
        let answer = Request::get(url).send()?;
        ensure!(answer.status == 200, "{}: {}", self.program.name(), answer.status);
        Ok(())
    }

    /// What `DiscoveryClient.getInstances(service)` gives in this service.
    pub(crate) fn instances(&self, service: &str) -> Result<Vec<Value>> {
        let answer = self.get(&format!("/instances?service={service}"))?;
        answer.as_array().cloned().context("not a list of instances")
    }

    /// Whether this service offers itself the instance of `other`.
    pub(crate) fn sees(&self, other: &Self) -> Result<bool> {
        let seen = self.instances(other.generation.service)?;
        Ok(seen.iter().any(|instance| instance["instanceId"] == *other.instance_id))
    }

    /// Waits until this service does, or does not, offer itself the instance of `other`.
    pub(crate) fn wait_sees(&self, other: &Self, wanted: bool) -> Result<()> {
        let [own, others] = [self.generation.boot, other.generation.boot];
        wait::until_some(&format!("{own} sees {others}: {wanted}"), PATIENCE, || {
            Ok((self.sees(other)? == wanted).then_some(()))
        })
    }

    /// `APP/id`, as paths of the registry name this instance.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.generation.service.to_uppercase(), self.instance_id)
    }
}

/// Who may use a server.
#[derive(Debug)]
pub(crate) struct Access {
    /// What the server is told.
    args: &'static [&'static str],
    /// What the services write before the host in their default zone.
    user_info: &'static str,
    authorization: Option<&'static str>,
}

/// Everyone.
pub(crate) const OPEN: Access = Access { args: &[], user_info: "", authorization: None };

/// Those with a password that has every letter which ends or splits the user part of a URL.
pub(crate) const GUARDED: Access = Access {
    args: &["--spring.security.user.name=estate", "--spring.security.user.password=p@ss/w#rd%"],
    user_info: "estate:p%40ss%2Fw%23rd%25@",
    authorization: Some("Basic ZXN0YXRlOnBAc3MvdyNyZCU="),
};

/// A discovery server and one service of each generation.
#[derive(Debug)]
pub(crate) struct Estate {
    pub(crate) server: Subject,
    pub(crate) registry: Registry,
    /// In the order of [`GENERATIONS`].
    pub(crate) services: Vec<Service>,
    access: &'static Access,
}

impl Estate {
    /// Starts a server that evicts soon, and the services around it; everyone knows everyone.
    pub(crate) fn start(kind: Kind, access: &'static Access) -> Result<Self> {
        let mut args = vec![
            "--eureka.server.use-read-only-response-cache=false",
            "--eureka.server.enable-self-preservation=false",
            "--eureka.server.eviction-interval-timer-in-ms=1000",
        ];
        args.extend(access.args);
        let server = Subject::start(kind, &args, &[])?;
        let registry = Registry::at(&server.base_url, access.authorization);
        let mut estate = Self { server, registry, services: Vec::new(), access };
        estate.complete()?;
        Ok(estate)
    }

    /// Starts the services that do not run, all at the same time.
    pub(crate) fn complete(&mut self) -> Result<()> {
        let mut running = Vec::new();
        for mut service in self.services.drain(..) {
            if service.program.exit_status()?.is_none() {
                running.push(service);
            }
        }
        let zone =
            format!("http://{}127.0.0.1:{}/eureka/", self.access.user_info, self.server.port());
        let mut started = Vec::new();
        for generation in &GENERATIONS {
            if running.iter().all(|service| service.generation != generation) {
                let note = note(generation);
                let note = format!("--eureka.instance.metadata-map.built_with={note}");
                let args: Vec<&str> = QUICK.iter().copied().chain([note.as_str()]).collect();
                started.push(Service::launch(generation, &zone, &args)?);
            }
        }
        for service in &mut started {
            service.wait_ready()?;
        }
        self.services = running;
        self.services.append(&mut started);
        self.services.sort_by_key(|service| service.generation.boot);
        for service in &self.services {
            self.wait_status(service, Some("UP"))?;
        }
        for service in &self.services {
            for other in &self.services {
                service.wait_sees(other, true)?;
            }
        }
        Ok(())
    }

    /// Waits until the server lists the service with that status, or not at all.
    pub(crate) fn wait_status(&self, service: &Service, wanted: Option<&str>) -> Result<()> {
        self.registry.wait_status(&service.instance_id, wanted)
    }

    /// The services other than `service`.
    pub(crate) fn others<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Service> {
        self.services.iter().filter(|other| other.instance_id != service.instance_id)
    }

    /// Stops the services of that generation and says goodbye to them: they are gone at once.
    pub(crate) fn stop(&mut self, generation: &Generation) -> Result<()> {
        let index = self.services.iter().position(|service| service.generation == generation);
        let mut service = self.services.remove(index.context("it does not run")?);

        service.program.terminate()?;

        // It took its leave before it ended, so no waiting here.
        let status = self.registry.status(&service.instance_id)?;
        ensure!(status.is_none(), "{} is still {status:?}", service.instance_id);
        self.services.iter().try_for_each(|other| other.wait_sees(&service, false))
    }
}

/// The metadata of a service: every letter that either representation has to escape.
pub(crate) fn note(generation: &Generation) -> String {
    format!("Boot {} <\"é\" & 'ü'>", generation.boot)
}
