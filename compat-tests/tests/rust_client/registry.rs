//! The servers, their registries as they show them, and what tests put there.

use anyhow::{Context as _, Result, ensure};
use compat_tests::http::Request;
use compat_tests::subject::{COMPARISON_ARGS, Kind, Subject};
use compat_tests::wait;
use serde_json::{Value, json};

use super::driver::{APP, ID, PATIENCE};

/// A server of its own for a test.
pub(crate) fn start(kind: Kind) -> Result<Subject> {
    Subject::start(kind, &COMPARISON_ARGS, &[])
}

/// What clients are told.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/eureka/")
}

/// Sends a request that must be answered with `status`.
pub(crate) fn change(subject: &Subject, method: &str, path: &str, status: u16) -> Result<()> {
    let answer = Request::new(method, subject.url(path)).send()?;
    ensure!(answer.status == status, "{method} {path}: {answer:?}");
    Ok(())
}

/// Registers an instance of `app` that listens on `port`, as any client would.
pub(crate) fn add(
    subject: &Subject,
    app: &str,
    id: &str,
    port: u16,
    status: &str,
    now: u64,
) -> Result<()> {
    let instance = json!({
        "instanceId": id, "hostName": "127.0.0.1", "app": app, "ipAddr": "127.0.0.1",
        "status": status, "vipAddress": app.to_lowercase(), "lastDirtyTimestamp": now.to_string(),
        "port": { "$": port, "@enabled": "true" },
        "dataCenterInfo": {
            "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn",
        },
    });
    let answer = Request::new("POST", subject.url(&format!("/apps/{app}")))
        .header("Content-Type", "application/json")
        .body(json!({ "instance": instance }).to_string())
        .send()?;
    ensure!(answer.status == 204, "registering {id}: {answer:?}");
    Ok(())
}

/// The own instance of the client as the server shows it; `None` if it does not know it.
pub(crate) fn own(subject: &Subject) -> Result<Option<Value>> {
    let path = subject.url(&format!("/apps/{APP}/{ID}"));
    let answer = Request::get(path).header("Accept", "application/json").send()?;
    if answer.status == 404 {
        return Ok(None);
    }
    ensure!(answer.status == 200, "{answer:?}");
    Ok(Some(answer.json()?["instance"].clone()))
}

/// Waits until the server shows the own instance as wanted.
pub(crate) fn until_own(
    subject: &Subject,
    what: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let mut last = None;
    let found = wait::until_some(what, PATIENCE, || {
        last = own(subject)?;
        Ok(last.clone().filter(|own| wanted(own)))
    });
    found.with_context(|| format!("last seen: {last:?}"))
}

/// Lets a Java server make its lists anew, by a registration of somebody else.
///
/// It keeps a list that was being made while something changed, as it was, until the next change
/// or for three minutes: its cache does not forget what is not in it yet.
pub(crate) fn nudge(subject: &Subject) -> Result<()> {
    ensure!(subject.kind() != Kind::Ours, "our lists show every change");
    add(subject, "STAYS", "stays", 1, "UP", 1)
}

/// Whether the delta that the server tells differs from what it knows of the own instance.
pub(crate) fn tells_old_news(subject: &Subject) -> Result<bool> {
    let known = own(subject)?.map(|own| own["status"].clone());
    let told = told(&list(subject, "/apps/delta")?);
    let told = told.iter().find(|one| one["id"] == ID && one["action"] != "DELETED");
    Ok(told.map(|one| one["status"].clone()) != known)
}

/// Every instance that the server lists, as [`super::driver::instances`] tells them, and the hash.
pub(crate) fn listed(subject: &Subject) -> Result<(Vec<String>, String)> {
    let list = list(subject, "/apps")?;
    let hash = list["apps__hashcode"].as_str().unwrap_or_default().to_owned();
    Ok((super::driver::instances(&json!({ "instances": told(&list) })), hash))
}

fn list(subject: &Subject, path: &str) -> Result<Value> {
    let answer = Request::get(subject.url(path)).header("Accept", "application/json").send()?;
    Ok(answer.json()?["applications"].clone())
}

/// Id, status and action of every instance in a list.
fn told(list: &Value) -> Vec<Value> {
    let applications = list["application"].as_array().cloned();
    let all = applications.into_iter().flatten();
    let all = all.flat_map(|one| one["instance"].as_array().cloned().unwrap_or_default());
    let tell = |one: Value| json!({ "id": one["instanceId"], "status": one["status"], "action": one["actionType"] });
    all.map(tell).collect()
}
