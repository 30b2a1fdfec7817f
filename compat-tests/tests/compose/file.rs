//! What `docker-compose.yml` says.

use std::collections::BTreeSet;
use std::process::Command;

use compat_tests::{install, paths};
use serde_json::{Map, Value};

use crate::image::stages;

/// Members of a service that are used here. Source: the Compose specification, services.
const MEMBERS: [&str; 16] = [
    "build",
    "cap_drop",
    "depends_on",
    "environment",
    "healthcheck",
    "image",
    "ports",
    "read_only",
    "restart",
    "secrets",
    "security_opt",
    "stop_grace_period",
    "stop_signal",
    "tmpfs",
    "user",
    "volumes",
];
/// Members of the file. Source: the Compose specification; what begins with `x-` is for the author.
const TOP: [&str; 4] = ["name", "secrets", "services", "volumes"];
/// Ports that were promised: of a service, on this machine.
const PORTS: [(&str, u16); 6] = [
    ("discovery", 8761),
    ("gateway", 8080),
    ("product", 8081),
    ("product-db", 5432),
    ("partner", 8082),
    ("partner-db", 5433),
];

/// The file, with its anchors and merges resolved.
pub(crate) fn compose() -> Map<String, Value> {
    let source = paths::package().join("clients/schemathesis");
    let python = install::python("schemathesis", &source).unwrap().join("python");
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let file = paths::workspace().join("docker-compose.yml");
    let output = Command::new(python).args(["-c", script]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn services(compose: &Map<String, Value>) -> &Map<String, Value> {
    compose["services"].as_object().unwrap()
}

/// Services in an order in which each comes after those it depends on.
pub(crate) fn in_order(services: &Map<String, Value>) -> Vec<&str> {
    let mut order: Vec<&str> = Vec::new();
    while order.len() < services.len() {
        let ready = services.iter().find(|(name, service)| {
            let needs = service.get("depends_on").and_then(Value::as_object);
            let mut needs = needs.into_iter().flatten();
            !order.contains(&name.as_str()) && needs.all(|(one, _)| order.contains(&one.as_str()))
        });
        order.push(ready.unwrap_or_else(|| panic!("a circle behind {order:?}")).0);
    }
    order
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn the_file_has_what_compose_takes() {
    let compose = compose();
    for name in compose.keys() {
        assert!(TOP.contains(&name.as_str()) || name.starts_with("x-"), "{name}");
    }
    for (name, service) in services(&compose) {
        for member in service.as_object().unwrap().keys() {
            assert!(MEMBERS.contains(&member.as_str()), "{name}: {member}");
        }
        let health = &service["healthcheck"];
        assert!(["CMD", "CMD-SHELL"].contains(&texts(&health["test"])[0]), "{name}");
        for time in ["interval", "timeout", "start_period"] {
            assert!(health[time].as_str().unwrap().ends_with('s'), "{name}: {time}");
        }
        for secret in service.get("secrets").and_then(Value::as_array).into_iter().flatten() {
            let source = secret.as_str().or_else(|| secret["source"].as_str()).unwrap();
            let file = compose["secrets"][source]["file"].as_str().unwrap();
            assert!(file.starts_with("./secrets/"), "{file}");
        }
        for mount in service.get("volumes").map(texts).into_iter().flatten() {
            let volume = mount.split(':').next().unwrap();
            assert!(compose["volumes"].get(volume).is_some(), "{name}: {mount}");
        }
        let needs = service.get("depends_on").and_then(Value::as_object);
        for (other, condition) in needs.into_iter().flatten() {
            assert!(services(&compose).contains_key(other), "{name} needs {other}");
            assert_eq!(condition["condition"], "service_healthy", "{name} needs {other}");
        }
    }
    assert_eq!(in_order(services(&compose)).len(), services(&compose).len());
}

#[test]
fn ports_are_those_that_were_promised() {
    let compose = compose();
    let mut taken = BTreeSet::new();
    for (name, service) in services(&compose) {
        let port = texts(&service["ports"])[0].to_owned();
        let mut parts = port.rsplit(':').skip(1);
        let published: u16 = parts.next().unwrap().parse().unwrap();
        assert!(PORTS.contains(&(name.as_str(), published)), "{name}: {published}");
        assert!(taken.insert(published), "{published} is published twice");
        // A database is for this machine alone.
        assert_eq!(parts.next().is_some(), name.ends_with("-db"), "{name}: {port}");
    }
    assert_eq!(taken.len(), PORTS.len());
}

#[test]
fn programs_can_do_little_and_secrets_are_in_files() {
    let compose = compose();
    let stages = stages();
    for (name, service) in services(&compose) {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true", "{name}");
        for (key, value) in
            service.get("environment").and_then(Value::as_object).into_iter().flatten()
        {
            let value = value.as_str().unwrap();
            let tells = key.contains("PASSWORD") && !value.starts_with("/run/secrets/");
            assert!(!tells && !value.contains("password="), "{name}: {key}={value}");
        }
        if let Some(build) = service.get("build") {
            let target = build["target"].as_str().unwrap();
            assert!(stages.contains_key(target), "{name}: {target}");
            assert_eq!(service["user"], "65532:65532", "{name}");
            assert_eq!(service["cap_drop"][0], "ALL", "{name}");
            let check = texts(&service["healthcheck"]["test"]);
            assert_eq!(
                check[1..],
                [stages[target].entrypoint.as_str(), "--health-check"],
                "{name}"
            );
        }
    }
}

// Where there is a real one.
#[test]
fn docker_compose_takes_the_file() {
    let version = Command::new("docker").args(["compose", "version"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        return;
    }
    let mut config = Command::new("docker");
    config.args(["compose", "config", "--quiet"]).current_dir(paths::workspace());
    let output = config.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
