//! A made-up estate of Spring Boot services, and the requests its clients send.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::load::{CONNECTIONS, Load};
use super::script::Once;
use super::server::Server;
use crate::script::Random;

/// Names of the applications; the instances are shared out among them evenly.
const APPLICATIONS: [&str; 20] = [
    "ORDER-SERVICE",
    "PRODUCT-SERVICE",
    "PARTNER-SERVICE",
    "INVENTORY-SERVICE",
    "PAYMENT-SERVICE",
    "SHIPPING-SERVICE",
    "CUSTOMER-ACCOUNTS",
    "PRICING-ENGINE",
    "API-GATEWAY",
    "AUTH-SERVER",
    "CONFIG-SERVER",
    "NOTIFICATION-SERVICE",
    "REPORTING",
    "SEARCH-INDEXER",
    "SEARCH-FRONTEND",
    "RECOMMENDATIONS",
    "AUDIT-LOG",
    "DOCUMENT-STORE",
    "TAX-CALCULATOR",
    "LEGACY-ERP-ADAPTER",
];
/// Headers of a client on Spring's `RestClient`, as they go with every fetch.
const FETCH_HEADERS: &str = "Content-Type: application/json\r\nAccept: application/json\r\n";
/// Milliseconds since the epoch around which all times of the estate lie.
const AROUND: usize = 1_795_355_602_279;
/// Longest time that the registrations of an estate may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// One instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Application, in capitals.
    pub app: &'static str,
    /// Instance id as Spring makes it, `host:application:port`.
    pub id: String,
    host: String,
    ip: String,
    port: usize,
    dirty: usize,
    zone: char,
    version: usize,
}

/// Instances that are registered together.
#[derive(Clone, Debug)]
pub struct Estate {
    /// In the order of their registration: neighbours are of different applications.
    pub instances: Vec<Instance>,
}

impl Estate {
    /// `size` instances, always the same ones.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let mut random = Random::new(8761);
        let apps = APPLICATIONS.iter().cycle();
        let instances = apps.take(size).map(|app| Instance::random(app, &mut random));
        Self { instances: instances.collect() }
    }

    /// Registers all instances with a server and looks whether it has them all.
    ///
    /// # Errors
    ///
    /// When a registration is refused or the server lists another number.
    pub fn register(&self, server: &Server) -> Result<()> {
        let requests = self.instances.iter().map(Instance::registration).collect();
        let mut scripts = Once::scripts(requests, 204, CONNECTIONS);
        let tally = Load::open(server.port, &mut scripts)?.run(PATIENCE);
        let tally = tally.with_context(|| format!("registering with {}", server.name))?;
        ensure!(tally.answers == u64::try_from(self.instances.len())?, "{tally:?}");
        Ok(())
    }

    /// A renewal of each instance, in an order that jumps between applications.
    #[must_use]
    pub fn renewals(&self) -> Vec<Vec<u8>> {
        self.instances.iter().map(Instance::renewal).collect()
    }
}

impl Instance {
    fn random(app: &'static str, random: &mut Random) -> Self {
        let [b, c, d] = [random.below(256), random.below(256), 1 + random.below(254)];
        let host = format!("ip-10-{b}-{c}-{d}.eu-central-1.compute.internal");
        let port = 8000 + random.below(2000);
        Self {
            app,
            id: format!("{host}:{}:{port}", app.to_lowercase()),
            host,
            ip: format!("10.{b}.{c}.{d}"),
            port,
            dirty: AROUND + random.below(100_000_000),
            zone: random.pick(&['a', 'b', 'c']),
            version: random.below(40),
        }
    }

    /// `POST /eureka/apps/{app}` as Spring's `RestClient` sends it, members without value included.
    #[must_use]
    pub fn registration(&self) -> Vec<u8> {
        let body = self.document();
        let head = format!(
            "POST /eureka/apps/{} HTTP/1.1\r\nAccept-Encoding: gzip\r\n\
             Content-Type: application/json\r\nHost: localhost:8761\r\n\
             Connection: keep-alive\r\nContent-Length: {}\r\n\r\n",
            self.app,
            body.len()
        );
        [head.into_bytes(), body.into_bytes()].concat()
    }

    /// `PUT /eureka/apps/{app}/{id}`: a heartbeat.
    #[must_use]
    pub fn renewal(&self) -> Vec<u8> {
        let Self { app, id, dirty, .. } = self;
        put(&format!("{app}/{id}?status=UP&lastDirtyTimestamp={dirty}"))
    }

    /// `PUT /eureka/apps/{app}/{id}/status`: a status override.
    #[must_use]
    pub fn status_change(&self, status: &str) -> Vec<u8> {
        put(&format!("{}/{}/status?value={status}", self.app, self.id))
    }

    fn document(&self) -> String {
        let Self { app, id, host, ip, port, dirty, zone, version } = self;
        let vip = app.to_lowercase();
        let started = dirty - 2_085;
        format!(
            concat!(
                r#"{{"instance":{{"instanceId":"{id}","app":"{app}","appGroupName":null,"#,
                r#""ipAddr":"{ip}","sid":"na","homePageUrl":"http://{host}:{port}/","#,
                r#""statusPageUrl":"http://{host}:{port}/actuator/info","#,
                r#""healthCheckUrl":"http://{host}:{port}/actuator/health","#,
                r#""secureHealthCheckUrl":null,"vipAddress":"{vip}","secureVipAddress":"{vip}","#,
                r#""countryId":1,"dataCenterInfo":{{"@class":"com.netflix.appinfo."#,
                r#"InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"}},"hostName":"{host}","#,
                r#""status":"UP","overriddenStatus":"UNKNOWN","leaseInfo":{{"#,
                r#""renewalIntervalInSecs":30,"durationInSecs":90,"registrationTimestamp":0,"#,
                r#""lastRenewalTimestamp":0,"evictionTimestamp":0,"serviceUpTimestamp":0}},"#,
                r#""isCoordinatingDiscoveryServer":false,"lastUpdatedTimestamp":{started},"#,
                r#""lastDirtyTimestamp":{dirty},"actionType":null,"asgName":null,"#,
                r#""port":{{"$":{port},"@enabled":"true"}},"#,
                r#""securePort":{{"$":443,"@enabled":"false"}},"metadata":{{"#,
                r#""management.port":"{port}","zone":"eu-central-1{zone}","#,
                r#""version":"3.{version}.1"}}}}}}"#
            ),
            id = id,
            app = app,
            ip = ip,
            host = host,
            port = port,
            vip = vip,
            started = started,
            dirty = dirty,
            zone = zone,
            version = version,
        )
    }
}

/// A fetch below the interface's root, for example `apps/delta`, packed or plain.
#[must_use]
pub fn fetch(path: &str, gzip: bool) -> Vec<u8> {
    let accept = if gzip { "Accept-Encoding: gzip, x-gzip, deflate\r\n" } else { "" };
    format!(
        "GET /eureka/{path} HTTP/1.1\r\n{FETCH_HEADERS}{accept}Host: localhost:8761\r\n\
         Connection: keep-alive\r\n\r\n"
    )
    .into_bytes()
}

fn put(path: &str) -> Vec<u8> {
    format!(
        "PUT /eureka/apps/{path} HTTP/1.1\r\nAccept-Encoding: gzip, x-gzip, deflate\r\n\
         Content-Length: 0\r\nHost: localhost:8761\r\nConnection: keep-alive\r\n\r\n"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn instances_are_distinct_and_spread_evenly() {
        let estate = Estate::new(1_000);
        let ids: HashSet<_> = estate.instances.iter().map(|it| it.id.clone()).collect();
        let first_app = estate.instances.iter().filter(|it| it.app == APPLICATIONS[0]).count();

        assert_eq!((ids.len(), first_app), (1_000, 50));
    }

    #[test]
    fn registrations_are_json_with_the_length_they_say() {
        let request = String::from_utf8(Estate::new(1).instances[0].registration()).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let document: serde_json::Value = serde_json::from_str(body).unwrap();

        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{head}");
        assert_eq!(document["instance"]["status"], "UP");
        assert!(document["instance"]["asgName"].is_null());
    }
}
