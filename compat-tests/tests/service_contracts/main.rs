//! The services against their own OpenAPI documents: schemathesis makes requests of each document,
//! within it and against it, and compares every answer with it.
//!
//! `CONTRACT_EXAMPLES` says how many requests are made up for each operation beside those that
//! follow from the document alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use compat_tests::service::{Database, Engine, Kind, Service};
use compat_tests::{install, paths};
use serde_json::{Value, json};

/// Requests for each operation where nobody says otherwise.
const EXAMPLES: &str = "15";

fn examples() -> String {
    std::env::var("CONTRACT_EXAMPLES").unwrap_or_else(|_| EXAMPLES.to_owned())
}

/// A resource that the requests can meet.
fn resource(kind: Kind) -> Value {
    match kind {
        Kind::Product => json!({
            "sku": "KNOWN", "name": "육각볼트", "uom": "EA", "barcode": "8801234567893",
            "salePrice": {"amount": 1200, "currency": "KRW"},
        }),
        Kind::Partner => json!({
            "code": "KNOWN", "name": "(주)한빛기공", "roles": ["CUSTOMER"],
            "businessNo": "1234567891", "contacts": [{"name": "김영희"}],
        }),
    }
}

/// Where the service's requests find what is there: without it, made-up ids meet only 404.
fn known(kind: Kind, made: &Value) -> Result<String> {
    let id = made["id"].as_str().context("the resource has no id")?;
    let mut parameters = vec![("path.id", id), ("header.If-Match", "*")];
    match kind {
        Kind::Product => parameters.extend([("path.sku", "KNOWN"), ("path.code", "8801234567893")]),
        Kind::Partner => {
            let contact = made.pointer("/contacts/0/id").and_then(Value::as_str);
            let contact = contact.context("it has no contact")?;
            let number = made["businessNo"].as_str().context("it has no number")?;
            parameters.extend([("path.code", "KNOWN"), ("path.no", number)]);
            parameters.push(("path.contactId", contact));
        }
    }
    let lines = parameters.iter().map(|(name, value)| format!("\"{name}\" = \"{value}\"\n"));
    Ok(format!("\n[parameters]\n{}", lines.collect::<String>()))
}

fn keeps_to_its_document(kind: Kind, engine: Engine) -> Result<()> {
    let source = paths::package().join("clients/schemathesis");
    let program = install::python("schemathesis", &source)?.join("schemathesis");
    let settings = fs::read_to_string(source.join("schemathesis.toml")).context("its settings")?;
    let folder = paths::work(&format!("contracts/{}-{engine:?}", kind.name()))?;

    let database = Database::new(engine)?;
    let mut service = Service::start(kind, &database, &[])?;
    asks(&program, &folder, "unknown.toml", &settings, &service)?;
    let made = service.post(kind.path(), &resource(kind))?;
    ensure!(made.status == 201, "{made:?}");
    let known = known(kind, &made.json()?)?;
    asks(&program, &folder, "known.toml", &format!("{settings}{known}"), &service)?;

    ensure!(service.program.exit_status()?.is_none(), "{}", service.program.log_tail());
    ensure!(!service.program.log().contains("panicked"), "{}", service.program.log_tail());
    Ok(())
}

/// Has the requests made that follow from the document and `settings`.
fn asks(
    program: &PathBuf,
    folder: &Path,
    name: &str,
    settings: &str,
    service: &Service,
) -> Result<()> {
    let file = folder.join(name);
    fs::write(&file, settings).with_context(|| format!("writing {}", file.display()))?;
    let mut command = Command::new(program);
    command.arg("--config-file").arg(&file).args(["run", &service.url("/v3/api-docs")]);
    command.args(["--max-examples", &examples()]).current_dir(folder);
    let output = command.output().context("starting schemathesis")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let trouble = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name}: {}\n{said}\n{trouble}", output.status);
    // A run that met nothing would succeed too.
    ensure!(said.contains("Tested: "), "{said}");
    Ok(())
}

#[test]
fn products_on_sqlite_keep_to_their_document() -> Result<()> {
    keeps_to_its_document(Kind::Product, Engine::Sqlite)
}

#[test]
fn products_on_postgresql_keep_to_their_document() -> Result<()> {
    keeps_to_its_document(Kind::Product, Engine::Postgres)
}

#[test]
fn partners_on_sqlite_keep_to_their_document() -> Result<()> {
    keeps_to_its_document(Kind::Partner, Engine::Sqlite)
}

#[test]
fn partners_on_postgresql_keep_to_their_document() -> Result<()> {
    keeps_to_its_document(Kind::Partner, Engine::Postgres)
}
