//! A discovery server, two instances of the product service with one database, and the Spring
//! services of both generations.

use std::time::Duration;

use anyhow::Result;
use compat_tests::http::Request;
use compat_tests::service::{self, Database, Engine, Service};
use compat_tests::subject::{Kind, Subject};
use compat_tests::wait;
use serde_json::json;

use crate::caller::{Caller, GENERATIONS};

/// Longest wait for something that one process learns of another.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Instances of the product service.
pub(crate) const INSTANCES: usize = 2;
/// Longer than Spring services, as they are started here, keep an instance that has left.
const LINGER: &str = "--myerp.server.linger=6s";

/// All of it.
#[derive(Debug)]
pub(crate) struct Estate {
    pub(crate) server: Subject,
    pub(crate) callers: Vec<Caller>,
    pub(crate) products: Vec<Service>,
    /// The database that the product service's instances share.
    pub(crate) database: Database,
}

impl Estate {
    /// Starts the server, the database, and the Spring services.
    pub(crate) fn start(kind: Kind) -> Result<Self> {
        let args = [
            "--eureka.server.use-read-only-response-cache=false",
            "--eureka.server.enable-self-preservation=false",
            "--eureka.server.eviction-interval-timer-in-ms=1000",
        ];
        let server = Subject::start(kind, &args, &[])?;
        let database = Database::new(Engine::Postgres)?;
        let zone = zone(&server);
        let callers = GENERATIONS.into_iter().map(|generation| Caller::launch(generation, &zone));
        let mut callers = callers.collect::<Result<Vec<_>>>()?;
        for caller in &mut callers {
            caller.wait_ready()?;
        }
        let products = Vec::new();
        Ok(Self { server, callers, products, database })
    }

    /// What clients are told.
    pub(crate) fn zone(&self) -> String {
        zone(&self.server)
    }

    /// Starts the instances that do not run, and waits until everyone is known by the server, and
    /// the products by the Spring services.
    pub(crate) fn complete(&mut self) -> Result<()> {
        let mut running = Vec::new();
        for mut product in self.products.drain(..) {
            if product.program.exit_status()?.is_none() {
                running.push(product);
            }
        }
        let args = [
            format!("--eureka.client.service-url.defaultZone={}", self.zone()),
            "--eureka.client.registry-fetch-interval-seconds=1".to_owned(),
            "--eureka.instance.lease-renewal-interval-in-seconds=2".to_owned(),
            "--eureka.instance.lease-expiration-duration-in-seconds=6".to_owned(),
            LINGER.to_owned(),
        ];
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        while running.len() < INSTANCES {
            running.push(Service::start(service::Kind::Product, &self.database, &args)?);
        }
        self.products = running;
        let mut ports: Vec<u64> =
            self.products.iter().map(|product| product.port().into()).collect();
        ports.sort_unstable();
        wait::until_some("the product service's instances", PATIENCE, || {
            Ok((self.listed("PRODUCT-SERVICE")? == ports).then_some(()))
        })?;
        for caller in &self.callers {
            wait::until_some(caller.name, PATIENCE, || {
                let is_listed =
                    self.listed(&caller.name.to_uppercase())? == [u64::from(caller.port)];
                // One that was killed is gone only when nobody would call it any more.
                let knows = is_listed && caller.get("/instances")?.body == json!(ports);
                Ok(knows.then_some(()))
            })?;
        }
        Ok(())
    }

    /// Ports of an application's instances that the server lists, sorted.
    fn listed(&self, app: &str) -> Result<Vec<u64>> {
        let url = self.server.url(&format!("/apps/{app}"));
        let answer = Request::get(url).header("Accept", "application/json").send()?;
        if answer.status == 404 {
            return Ok(Vec::new());
        }
        let listed = answer.json()?;
        let instances = listed["application"]["instance"].as_array().cloned().unwrap_or_default();
        let mut ports: Vec<u64> =
            instances.iter().filter_map(|one| one["port"]["$"].as_u64()).collect();
        ports.sort_unstable();
        Ok(ports)
    }
}

fn zone(server: &Subject) -> String {
    format!("http://127.0.0.1:{}/eureka/", server.port())
}
