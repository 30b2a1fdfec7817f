//! The clients of crates.io.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use anyhow::{Context as _, Result, ensure};
use compat_tests::subject::Subject;
use serde_json::{Value, json};

use super::client::{Client, Identity, ensure_lists};
use super::install;
use super::registry::{Registry, ensure_fields, ensure_up, provider, start};

#[test]
fn rust_eureka_below_the_root() -> Result<()> {
    rust_eureka(&Identity { app: "RUST-ROOT", id: "rust-1", host: "rust-1" }, "")
}

#[test]
fn rust_eureka_below_the_context_path() -> Result<()> {
    rust_eureka(&Identity { app: "RUST-CONTEXT", id: "rust-2", host: "rust-2" }, "/eureka")
}

/// Registers in XML and reads JSON. It tries four paths below its base, and takes 404 for a wrong one.
fn rust_eureka(who: &Identity, base: &str) -> Result<()> {
    let subject = start()?;
    let registry = Registry::of(&subject);
    registry.add(&nameless_provider(1))?;
    let program = install::rust("drive-rust-eureka")?;
    let base = subject.root_url(base);
    let mut client = Client::start(who, &subject, &program, |launch| launch.env("BASE", base))?;

    client.step("register")?;
    let found = registry.listed(who)?;
    ensure_up(&found, who)?;
    // Its lease field is one that no server knows.
    ensure_fields(&found, &[("leaseInfo/durationInSecs", "90"), ("securePort@enabled", "true")])?;
    ensure!(!found.contains_key("instanceId"), "{found:#?}");

    let all = client.step("apps")?;
    ensure_lists(&all, "host", &[who.host, "provider-1.test"])?;
    ensure!(all["hash"] == "UP_2_", "{all}");
    ensure_lists(&client.step("app PROVIDER")?, "port", &["8101"])?;
    ensure_lists(&client.step(&format!("app {}", who.app))?, "lease", &["90"])?;
    let nobody = client.refused("app NOBODY")?;
    ensure!(nobody["error"] == "NotFound", "{nobody}");

    client.step("deregister")?;
    registry.ensure_gone(who)?;
    let twice = client.refused("deregister")?;
    ensure!(twice["error"] == "NotFound", "{twice}");
    Ok(())
}

/// A provider without instance id: rust-eureka rejects lists in which an instance has one.
fn nameless_provider(number: u16) -> Value {
    let mut instance = provider(number);
    if let Some(fields) = instance.as_object_mut() {
        fields.remove("instanceId");
    }
    instance
}

/// Registers STARTING, goes UP by an override at once; renews every 30 s, which cannot be changed.
///
/// One client shows its renewal, a second one loses its server meanwhile.
#[test]
fn eureka_client() -> Result<()> {
    let renewing = Identity { app: "CRATE-RENEWS", id: "crate-1", host: "crate-1" };
    let losing = Identity { app: "CRATE-LOSES", id: "crate-2", host: "crate-2" };
    let (subject, mut other) = (start()?, start()?);
    let (registry, other_registry) = (Registry::of(&subject), Registry::of(&other));
    let service = Service::start()?;
    registry.add(&service.instance())?;
    let mut client = crate_client(&renewing, &subject)?;
    let mut other_client = crate_client(&losing, &other)?;

    client.step("register")?;
    other_client.step("register")?;
    let found = registry.listed(&renewing)?;
    ensure_up(&found, &renewing)?;
    ensure_fields(&found, &[("metadata/team", "a & b"), ("overriddenstatus", "UP")])?;
    client.until("call PROVIDER /hello", |answer| {
        answer["ok"] == true && answer["status"] == 200 && answer["text"] == "GET /hello"
    })?;
    client.refused("call NOBODY /hello")?;

    other.restart()?;
    // It forgets that it went up: what it registers again is what it began with.
    let back = other_registry.wait_for(&losing, "status", "STARTING")?;
    ensure_fields(&back, &[("hostName", losing.host), ("metadata/team", "a & b")])?;
    registry.wait_renewed(&renewing, 1)?;

    for (client, registry, who) in
        [(&mut client, &registry, &renewing), (&mut other_client, &other_registry, &losing)]
    {
        client.step("deregister")?;
        registry.ensure_gone(who)?;
    }
    Ok(())
}

fn crate_client(who: &Identity, subject: &Subject) -> Result<Client> {
    Client::start(who, subject, &install::rust("drive-eureka-client")?, |launch| launch)
}

/// A service to be found: answers every request with its method and path.
#[derive(Debug)]
struct Service {
    port: u16,
}

impl Service {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("opening a service")?;
        let port = listener.local_addr()?.port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if answer(stream).is_err() {
                    // The caller hung up; its test fails by itself.
                }
            }
        });
        Ok(Self { port })
    }

    /// How the service is registered.
    fn instance(&self) -> Value {
        let mut instance = provider(1);
        instance["ipAddr"] = json!("127.0.0.1");
        instance["port"]["$"] = json!(self.port);
        instance
    }
}

fn answer(mut stream: TcpStream) -> Result<()> {
    let mut request = vec![0; 4096];
    let length = stream.read(&mut request)?;
    let request = String::from_utf8_lossy(request.get(..length).unwrap_or_default()).into_owned();
    let line = request.split(" HTTP/").next().unwrap_or_default();
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}", line.len());
    write!(stream, "{head}\r\n\r\n{line}")?;
    Ok(())
}
