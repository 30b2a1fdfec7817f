//! Instances registered for the browser to look at.

use anyhow::{Result, ensure};
use compat_tests::http::Request;
use compat_tests::subject::Subject;
use serde_json::{Value, json};

/// Instances sent to the server in one batch.
const BATCH: usize = 250;

/// An ordinary instance, as a Spring service registers itself.
pub(crate) fn instance(app: &str, n: usize) -> Value {
    let name = app.to_lowercase();
    let host = format!("node-{n}.example");
    let port = 8_000 + n % 1_000;
    json!({
        "instanceId": format!("{host}:{name}:{port}"),
        "hostName": host,
        "app": app,
        "ipAddr": format!("10.{}.{}.{}", n / 65_536 % 256, n / 256 % 256, n % 256),
        "status": "UP",
        "overriddenstatus": "UNKNOWN",
        "port": { "$": port, "@enabled": "true" },
        "securePort": { "$": 443, "@enabled": "false" },
        "countryId": 1,
        "dataCenterInfo": {
            "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo",
            "name": "MyOwn"
        },
        "leaseInfo": { "renewalIntervalInSecs": 30, "durationInSecs": 90 },
        "metadata": { "management.port": port.to_string(), "zone": format!("zone-{}", n % 3) },
        "homePageUrl": format!("http://{host}:{port}/"),
        "statusPageUrl": format!("http://{host}:{port}/actuator/info"),
        "healthCheckUrl": format!("http://{host}:{port}/actuator/health"),
        "vipAddress": name,
        "secureVipAddress": name,
        "isCoordinatingDiscoveryServer": "false",
        "lastUpdatedTimestamp": "1769860800000",
        "lastDirtyTimestamp": "1769860800000",
        "actionType": "ADDED"
    })
}

/// An instance that tries to run `window.stolen = 1` through every text it may choose.
pub(crate) fn hostile(n: usize) -> Value {
    let script = "<script>window.stolen=1</script>";
    let quotes = format!("{n}\"'><img src=x onerror=\"window.stolen=1\">");
    let address = "javascript:window.stolen=1";
    let mut instance = instance("<SVG ONLOAD=WINDOW.STOLEN=1>", n);
    let hostile = json!({
        "instanceId": quotes,
        "hostName": script,
        "ipAddr": quotes,
        "appGroupName": script,
        "vipAddress": script,
        "secureVipAddress": quotes,
        "homePageUrl": address,
        "statusPageUrl": format!(" {address}"),
        "healthCheckUrl": format!("http://a/{quotes}"),
        "secureHealthCheckUrl": format!("data:text/html,{script}"),
        "metadata": {
            "script": script,
            "quotes": quotes,
            "long": "가".repeat(10_240),
            "rtl": "\u{202e}\u{645}\u{631}\u{62d}\u{628}\u{627}",
            "한국어": "주문 서비스"
        }
    });
    if let (Some(into), Value::Object(from)) = (instance.as_object_mut(), hostile) {
        into.extend(from);
    }
    instance
}

/// Registers one instance as a client does.
pub(crate) fn register(server: &Subject, instance: &Value) -> Result<()> {
    let app = instance.get("app").and_then(Value::as_str).unwrap_or_default();
    let app: String = app.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = Request::new("POST", server.url(&format!("/apps/{app}")))
        .header("Content-Type", "application/json")
        .body(json!({ "instance": instance }).to_string())
        .send()?;
    ensure!(answer.status == 204, "registering: {} {}", answer.status, answer.text()?);
    Ok(())
}

/// Registers many instances at once, as another server passes them on.
pub(crate) fn register_all(server: &Subject, instances: &[Value]) -> Result<()> {
    for part in instances.chunks(BATCH) {
        let item = |instance: &Value| {
            json!({
                "appName": instance.get("app"),
                "id": instance.get("instanceId"),
                "lastDirtyTimestamp": 1_769_860_800_000_u64,
                "status": "UP",
                "instanceInfo": instance,
                "action": "Register"
            })
        };
        let list: Vec<Value> = part.iter().map(item).collect();
        let answer = Request::new("POST", server.url("/peerreplication/batch/"))
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .body(json!({ "replicationList": list }).to_string())
            .send()?;
        ensure!(answer.status == 200, "batch: {} {}", answer.status, answer.text()?);
    }
    Ok(())
}

/// Renews or changes an instance: `method` on its address with `rest` behind it.
pub(crate) fn touch(server: &Subject, method: &str, instance: &Value, rest: &str) -> Result<()> {
    let part = |name: &str| instance.get(name).and_then(Value::as_str).unwrap_or_default();
    let path = format!("/apps/{}/{}{rest}", part("app"), part("instanceId"));
    let answer = Request::new(method, server.url(&path)).send()?;
    ensure!(answer.status == 200, "{method} {path}: {}", answer.status);
    Ok(())
}
