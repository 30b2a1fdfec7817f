//! The commands and environments of the file, run here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use compat_tests::http::Request;
use compat_tests::postgres::Postgres;
use compat_tests::process::{Launch, Program};
use compat_tests::service::Kind;
use compat_tests::{gateway, paths, ports, subject, wait};
use serde_json::{Map, Value, json};

use crate::file::{compose, in_order, services};
use crate::image::stages;

const PATIENCE: Duration = Duration::from_secs(60);
/// What the databases' users say, as the files of the secrets have it.
const PASSWORD: &str = "not in any environment";

/// What stands here for what containers have: names of machines with their ports, and the folder of
/// each service's secrets.
struct Places {
    addresses: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Places {
    /// The environment of a service, as it must be here.
    fn environment(&self, name: &str, service: &Value) -> Vec<(String, String)> {
        let all = service.get("environment").and_then(Value::as_object).into_iter().flatten();
        let here = |value: &str| {
            let mut value =
                value.replace("/run/secrets", &self.secrets(name).display().to_string());
            for (there, here) in &self.addresses {
                value = value.replace(there.as_str(), here);
            }
            value
        };
        all.map(|(key, value)| (key.clone(), here(value.as_str().unwrap()))).collect()
    }

    fn secrets(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes the secrets of a service to where its environment says they are.
    fn write_secrets(&self, name: &str, service: &Value) {
        fs::create_dir_all(self.secrets(name)).unwrap();
        for secret in service.get("secrets").and_then(Value::as_array).into_iter().flatten() {
            let target = secret.as_str().or_else(|| secret["target"].as_str()).unwrap();
            fs::write(self.secrets(name).join(target), format!("{PASSWORD}\n")).unwrap();
        }
    }
}

/// The binary that the image of `target` runs.
fn binary(target: &str) -> PathBuf {
    match Path::new(&stages()[target].entrypoint).file_name().unwrap().to_str().unwrap() {
        "eureka-server" => subject::our_binary().unwrap(),
        "gateway" => gateway::our_binary().unwrap(),
        "product-service" => Kind::Product.binary().unwrap(),
        "partner-service" => Kind::Partner.binary().unwrap(),
        other => panic!("{other}"),
    }
}

/// Makes the user and the database that the image of PostgreSQL makes of its environment.
fn initialise(server: &Postgres, places: &Places, name: &str, service: &Value) {
    let environment: BTreeMap<_, _> = places.environment(name, service).into_iter().collect();
    let password = fs::read_to_string(&environment["POSTGRES_PASSWORD_FILE"]).unwrap();
    let (user, database) = (&environment["POSTGRES_USER"], &environment["POSTGRES_DB"]);
    let role = format!("CREATE ROLE {user} SUPERUSER LOGIN PASSWORD '{}'", password.trim_end());
    server.query("postgres", &role).unwrap();
    server.query("postgres", &format!("CREATE DATABASE {database} OWNER {user}")).unwrap();
}

/// A folder with what the image of `target` has where its program works.
fn workplace(target: &str) -> PathBuf {
    let folder = paths::work(&format!("compose-{target}")).unwrap();
    for (from, to) in &stages()[target].files {
        fs::copy(paths::workspace().join(from), folder.join(to)).unwrap();
    }
    folder
}

/// Runs the health check of a service, as its container would.
fn is_healthy(environment: &[(String, String)], service: &Value) -> bool {
    let test = service["healthcheck"]["test"].as_array().unwrap();
    assert_eq!(test[0], "CMD");
    let target = service["build"]["target"].as_str().unwrap();
    let mut check = Command::new(binary(target));
    check.args(test[2..].iter().map(|word| word.as_str().unwrap()));
    check.current_dir(workplace(target));
    check.env_clear().envs(environment.iter().cloned());
    check.output().unwrap().status.success()
}

/// Starts the program of a service and waits until its health check holds.
fn start(places: &Places, name: &str, service: &Value, port: u16) -> Program {
    let mut environment = places.environment(name, service);
    environment.push(("SERVER_PORT".to_owned(), port.to_string()));
    assert!(!is_healthy(&environment, service), "{name} is healthy before it runs");
    let target = service["build"]["target"].as_str().unwrap();
    let command = binary(target);
    let mut launch = Launch::new(&format!("compose-{name}"), command).unwrap();
    for key in [
        "EUREKA_SERVER_BIN",
        "GATEWAY_BIN",
        "PRODUCT_SERVICE_BIN",
        "PARTNER_SERVICE_BIN",
        "TEST_PG_URL",
    ] {
        launch = launch.without_env(key);
    }
    for (key, value) in &environment {
        launch = launch.env(key, value);
    }
    let mut program = launch.cwd(&workplace(target)).start().unwrap();
    let healthy = || is_healthy(&environment, service);
    program.wait_until("its health check to hold", PATIENCE, healthy).unwrap();
    program
}

fn is_listed(discovery: u16, app: &str) -> bool {
    let url = format!("http://127.0.0.1:{discovery}/eureka/apps/{app}");
    let answer = Request::get(url).header("Accept", "application/json").send();
    answer.is_ok_and(|answer| {
        let body = answer.json().unwrap_or_default();
        body["application"]["instance"][0]["status"] == "UP"
    })
}

/// Where each service is here: programs on ports of their own, databases on one server.
fn places(services: &Map<String, Value>, server: &Postgres) -> (Places, BTreeMap<String, u16>) {
    let mut own = BTreeMap::new();
    let mut addresses = BTreeMap::new();
    for (name, service) in services {
        if let Some(build) = service.get("build") {
            let port = ports::free_port().unwrap();
            let there = stages()[build["target"].as_str().unwrap()].ports[0];
            addresses.insert(format!("{name}:{there}"), format!("127.0.0.1:{port}"));
            own.insert(name.clone(), port);
        } else {
            addresses.insert(format!("{name}:5432"), format!("127.0.0.1:{}", server.port()));
        }
    }
    let folder = paths::work(&format!("compose/{}", std::process::id())).unwrap();
    (Places { addresses, folder }, own)
}

#[test]
fn everything_starts_in_order_and_works_together() {
    let compose = compose();
    let services = services(&compose);
    let server = Postgres::start().unwrap();
    server.ask_for_passwords().unwrap();
    let (places, own) = places(services, &server);
    let mut programs = Vec::new();
    for name in in_order(services) {
        let service = &services[name];
        places.write_secrets(name, service);
        match own.get(name) {
            Some(port) => programs.push(start(&places, name, service, *port)),
            None => initialise(&server, &places, name, service),
        }
    }
    for (app, path, body) in [
        ("PRODUCT-SERVICE", "products", json!({"name": "볼트", "status": "DRAFT"})),
        ("PARTNER-SERVICE", "partners", json!({"name": "(주)한빛기공", "roles": ["CUSTOMER"]})),
    ] {
        let name = path.trim_end_matches('s');
        wait::until(app, PATIENCE, || is_listed(own["discovery"], app)).unwrap();
        let url = format!("http://127.0.0.1:{}/{path}", own[name]);
        let request = Request::new("POST", url).header("Content-Type", "application/json");
        let answer = request.body(body.to_string()).send().unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        let rows = server.query(name, &format!("SELECT COUNT(*) FROM {name}")).unwrap();
        assert_eq!(rows, ["1"], "{name} keeps it in its own database");
        let url = format!("http://127.0.0.1:{}/{path}", own["gateway"]);
        let through = || Request::get(&url).send().is_ok_and(|answer| answer.status == 200);
        wait::until("the gateway to know the service", PATIENCE, through).unwrap();
    }
    while let Some(mut program) = programs.pop() {
        assert!(program.terminate().unwrap().success(), "{}", program.log_tail());
        assert!(!program.log().contains(PASSWORD), "{}", program.log_tail());
    }
    fs::remove_dir_all(&places.folder).unwrap();
}
