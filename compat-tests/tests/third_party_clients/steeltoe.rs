//! Steeltoe (.NET): its requests as its source sends them, since no .NET runtime is at hand.
//!
//! One connection is kept for everything. JSON only; path segments are form-encoded (`:` as `%3A`, a
//! blank as `+`); an answer counts as a success when its status is 2xx.

use std::io::Write as _;
use std::net::TcpStream;

use anyhow::{Context as _, Result, ensure};
use compat_tests::http::{self, Response};
use compat_tests::subject::Subject;
use serde_json::{Value, json};

use super::client::{IP, Identity, PORT};
use super::registry::{PROVIDER, Registry, ensure_fields, ensure_up, provider, start};

const WHO: Identity =
    Identity { app: "STEELTOE-APP", id: "net-1:steeltoe-app:8099", host: "net-1" };
/// The instance in a path, form-encoded.
const PATH: &str = "apps/STEELTOE-APP/net-1%3Asteeltoe-app%3A8099";
/// When the client last changed its own data, milliseconds since the epoch.
const DIRTY: u64 = 1_700_000_000_000;

#[test]
fn steeltoe() -> Result<()> {
    let mut subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&provider(1))?;
    let mut connection = Connection::open(&subject)?;

    connection.register(&instance())?;
    let found = registry.listed(&WHO)?;
    ensure_up(&found, &WHO)?;
    ensure_fields(&found, &[("metadata/team", "a & b"), ("instanceId", WHO.id)])?;
    ensure_fields(&found, &[("leaseInfo/durationInSecs", "90"), ("sid", "net")])?;
    ensure_fields(&found, &[("lastDirtyTimestamp", &DIRTY.to_string())])?;

    let before = registry.renewed(&WHO)?;
    for _ in 0..2 {
        let renewed = connection.heartbeat(PATH, DIRTY)?;
        ensure!(renewed.status == 200 && renewed.body.is_empty(), "{renewed:?}");
    }
    ensure!(registry.renewed(&WHO)? > before, "the lease was not renewed");
    // A server with older data says so, and the client registers again.
    ensure!(connection.heartbeat(PATH, DIRTY + 1)?.status == 404, "newer data were taken");
    connection.register(&instance())?;

    reads(&mut connection)?;
    delta(&mut connection, &registry)?;

    subject.restart()?;
    registry.ensure_lost()?;
    let mut connection = Connection::open(&subject)?;
    ensure!(connection.heartbeat(PATH, DIRTY)?.status == 404, "an empty registry renewed");
    connection.register(&instance())?;
    ensure_up(&registry.listed(&WHO)?, &WHO)?;

    let deleted = connection.send("DELETE", PATH, None)?;
    ensure!(deleted.status == 200, "{deleted:?}");
    registry.ensure_gone(&WHO)
}

/// A plus is a plus: an id with a blank, which this client writes as one, is never found. A plus is
/// written as `%2B` and found.
#[test]
fn a_plus_in_a_path_is_no_blank() -> Result<()> {
    let subject = start()?;
    let mut connection = Connection::open(&subject)?;
    for id in ["with blank", "with+plus"] {
        let mut instance = instance();
        instance["instanceId"] = json!(id);
        connection.register(&instance)?;
    }

    let blank = connection.heartbeat("apps/STEELTOE-APP/with+blank", DIRTY)?;
    let plus = connection.heartbeat("apps/STEELTOE-APP/with%2Bplus", DIRTY)?;
    let bare_plus = connection.heartbeat("apps/STEELTOE-APP/with+plus", DIRTY)?;

    ensure!((blank.status, plus.status, bare_plus.status) == (404, 200, 200), "{blank:?} {plus:?}");
    Ok(())
}

/// The lists it reads; unknown names are no error.
fn reads(connection: &mut Connection) -> Result<()> {
    let all = connection.read("apps")?;
    ensure!(ids(&all, PROVIDER) == ["provider-1"] && ids(&all, WHO.app) == [WHO.id], "{all}");
    let instance = one(&all, WHO.app)?;
    // What its reader insists on: texts for these booleans and times, numbers for those.
    ensure!(instance["isCoordinatingDiscoveryServer"] == "false", "{instance}");
    ensure!(instance["port"] == json!({ "$": 8099, "@enabled": "true" }), "{instance}");
    ensure!(instance["lastUpdatedTimestamp"].is_string(), "{instance}");
    ensure!(instance["leaseInfo"]["registrationTimestamp"].is_u64(), "{instance}");
    ensure!(instance["overriddenStatus"] == "UNKNOWN", "{instance}");
    let vip = connection.read("vips/provider-vip")?;
    ensure!(ids(&vip, PROVIDER) == ["provider-1"], "{vip}");
    let nothing = connection.read("vips/no+such+vip")?;
    ensure!(nothing["applications"]["application"] == json!([]), "{nothing}");
    Ok(())
}

/// Changes since the last fetch, with the hash of the whole registry.
fn delta(connection: &mut Connection, registry: &Registry) -> Result<()> {
    registry.change("PUT", "/apps/PROVIDER/provider-1/status?value=OUT_OF_SERVICE")?;
    let changed = connection.read("apps/delta")?;
    ensure!(one(&changed, PROVIDER)?["actionType"] == "MODIFIED", "{changed}");
    ensure!(one(&changed, PROVIDER)?["status"] == "OUT_OF_SERVICE", "{changed}");
    ensure!(changed["applications"]["apps__hashcode"] == "OUT_OF_SERVICE_1_UP_1_", "{changed}");
    registry.change("DELETE", "/apps/PROVIDER/provider-1")?;
    let changed = connection.read("apps/delta")?;
    ensure!(one(&changed, PROVIDER)?["actionType"] == "DELETED", "{changed}");
    ensure!(changed["applications"]["apps__hashcode"] == "UP_1_", "{changed}");
    Ok(())
}

/// What it registers: members without value are left out, booleans and long numbers are texts.
fn instance() -> Value {
    json!({
        "instanceId": WHO.id, "app": WHO.app, "ipAddr": IP, "sid": "net",
        "port": { "@enabled": "true", "$": PORT.parse::<u16>().ok() },
        "securePort": { "@enabled": "false", "$": 9088 },
        "homePageUrl": "http://net-1:8099/", "statusPageUrl": "http://net-1:8099/info",
        "healthCheckUrl": "http://net-1:8099/health",
        "vipAddress": "steeltoe-app", "secureVipAddress": "steeltoe-app", "countryId": 1,
        "dataCenterInfo": {
            "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn",
        },
        "hostName": WHO.host, "status": "UP", "overriddenStatus": "UNKNOWN",
        "leaseInfo": {
            "renewalIntervalInSecs": 30, "durationInSecs": 90, "registrationTimestamp": 0,
            "lastRenewalTimestamp": 0, "evictionTimestamp": 0, "serviceUpTimestamp": 0,
        },
        "isCoordinatingDiscoveryServer": "false", "metadata": { "team": "a & b" },
        "lastUpdatedTimestamp": DIRTY.to_string(), "lastDirtyTimestamp": DIRTY.to_string(),
    })
}

/// Instances of `app` in a list.
fn instances<'a>(list: &'a Value, app: &str) -> Vec<&'a Value> {
    let apps = list["applications"]["application"].as_array();
    let apps = apps.into_iter().flatten().filter(|it| it["name"] == app);
    apps.flat_map(|app| app["instance"].as_array().into_iter().flatten()).collect()
}

fn ids(list: &Value, app: &str) -> Vec<String> {
    let id = |one: &Value| one["instanceId"].as_str().unwrap_or_default().to_owned();
    instances(list, app).into_iter().map(id).collect()
}

/// The only instance of `app` in a list.
fn one<'a>(list: &'a Value, app: &str) -> Result<&'a Value> {
    let found = instances(list, app);
    ensure!(found.len() == 1, "not one {app}: {list}");
    found.first().copied().context("there is one")
}

/// The one connection of the client.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    authority: String,
}

impl Connection {
    fn open(subject: &Subject) -> Result<Self> {
        let stream = http::connect(subject.port(), http::TIMEOUT)?;
        Ok(Self { stream, authority: format!("127.0.0.1:{}", subject.port()) })
    }

    /// Sends a request with the headers of this client, and reads the answer.
    fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Response> {
        let mut request = format!(
            "{method} /eureka/{path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\n\
             X-Discovery-AllowRedirect: false\r\n",
            self.authority
        );
        match body.map(Value::to_string) {
            Some(body) => {
                request.push_str("Content-Type: application/json; charset=utf-8\r\n");
                request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
            }
            None if method == "PUT" => request.push_str("Content-Length: 0\r\n\r\n"),
            None => request.push_str("\r\n"),
        }
        self.stream.write_all(request.as_bytes()).context("sending on the kept connection")?;
        http::read_answer(&mut self.stream, method)
            .with_context(|| format!("the answer to {method} {path}"))
    }

    fn register(&mut self, instance: &Value) -> Result<()> {
        let body = json!({ "instance": instance });
        let answer = self.send("POST", "apps/STEELTOE-APP", Some(&body))?;
        ensure!((200..300).contains(&answer.status), "{answer:?}");
        Ok(())
    }

    fn heartbeat(&mut self, path: &str, dirty: u64) -> Result<Response> {
        self.send("PUT", &format!("{path}?lastDirtyTimestamp={dirty}"), None)
    }

    fn read(&mut self, path: &str) -> Result<Value> {
        let answer = self.send("GET", path, None)?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        ensure!(answer.header("content-type") == Some("application/json"), "{path}: {answer:?}");
        answer.json()
    }
}
