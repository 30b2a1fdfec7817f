//! What a discovery server lists, read in both representations.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use compat_tests::http::{Request, Response};
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;
use serde_json::Value;

/// One instance of the registry: the fields that both representations carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    pub(crate) app: String,
    pub(crate) instance_id: String,
    pub(crate) status: String,
    pub(crate) host_name: String,
    pub(crate) port: String,
    pub(crate) vip_address: String,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// All instances of `GET /apps` as JSON, sorted.
pub(crate) fn as_json(base_url: &str) -> Result<Vec<Listed>> {
    let answer = read(base_url, "application/json")?.json()?;
    let apps = answer.pointer("/applications/application").context("no applications")?;
    let mut listed = Vec::new();
    for app in apps.as_array().context("application is not an array")? {
        for instance in app["instance"].as_array().context("instance is not an array")? {
            listed.push(from_json(instance));
        }
    }
    listed.sort();
    Ok(listed)
}

/// `apps__hashcode` of `GET /apps`: `STATUS_count_` of every status.
pub(crate) fn hash(base_url: &str) -> Result<String> {
    let answer = read(base_url, "application/json")?.json()?;
    let hash = answer.pointer("/applications/apps__hashcode").and_then(Value::as_str);
    hash.map(str::to_owned).context("no apps__hashcode")
}

/// All instances of `GET /apps` as XML, sorted.
pub(crate) fn as_xml(base_url: &str) -> Result<Vec<Listed>> {
    let mut listed = from_xml(&read(base_url, "application/xml")?.text()?)?;
    listed.sort();
    Ok(listed)
}

/// The instance of `GET /apps` with that id; `None` when it is not listed.
pub(crate) fn find(base_url: &str, instance_id: &str) -> Result<Option<Listed>> {
    Ok(as_json(base_url)?.into_iter().find(|listed| listed.instance_id == instance_id))
}

/// Status of the instance of `GET /apps` with that id; `None` when it is not listed.
pub(crate) fn status(base_url: &str, instance_id: &str) -> Result<Option<String>> {
    Ok(find(base_url, instance_id)?.map(|listed| listed.status))
}

/// Sends `method` without a body to `{base_url}/apps/{path}` as an operator would; wants 200.
pub(crate) fn operate(base_url: &str, method: &str, path: &str) -> Result<()> {
    let answer = Request::new(method, format!("{base_url}/apps/{path}")).send()?;
    ensure!(answer.status == 200, "{method} {path}: {}", answer.status);
    Ok(())
}

fn read(base_url: &str, accept: &str) -> Result<Response> {
    let answer = Request::get(format!("{base_url}/apps")).header("Accept", accept).send()?;
    ensure!(answer.status == 200, "GET /apps: {}", answer.status);
    ensure!(answer.header("content-type") == Some(accept), "{:?}", answer.headers);
    Ok(answer)
}

fn from_json(instance: &Value) -> Listed {
    let text = |name: &str| instance[name].as_str().unwrap_or_default().to_owned();
    let metadata = instance["metadata"].as_object().into_iter().flatten();
    Listed {
        app: text("app"),
        instance_id: text("instanceId"),
        status: text("status"),
        host_name: text("hostName"),
        port: instance["port"]["$"].to_string(),
        vip_address: text("vipAddress"),
        metadata: metadata
            .filter(|(key, _)| *key != "@class")
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
    }
}

/// Reads `applications/application/instance/...` of a document.
fn from_xml(document: &str) -> Result<Vec<Listed>> {
    let mut reader = Reader::from_str(document);
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut listed = Vec::new();
    let mut current = Listed::default();
    loop {
        match reader.read_event()? {
            Event::Start(tag) => {
                path.push(tag.name().0.to_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(reference) => text.push(resolve(&reference)?),
            Event::End(_) => {
                let path_now: Vec<&str> = path.iter().map(String::as_str).collect();
                match path_now.as_slice() {
                    ["applications", "application", "instance"] => {
                        listed.push(std::mem::take(&mut current));
                    }
                    [_, _, "instance", "metadata", key] => {
                        let value = std::mem::take(&mut text);
                        current.metadata.insert(key.replace("__", "_"), value);
                    }
                    [_, _, "instance", field] => set(&mut current, field, &text),
                    _ => {}
                }
                path.pop();
            }
            Event::Eof => break,
            Event::Empty(_)
            | Event::Comment(_)
            | Event::CData(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
    Ok(listed)
}

fn set(listed: &mut Listed, field: &str, text: &str) {
    let slot = match field {
        "app" => &mut listed.app,
        "instanceId" => &mut listed.instance_id,
        "status" => &mut listed.status,
        "hostName" => &mut listed.host_name,
        "port" => &mut listed.port,
        "vipAddress" => &mut listed.vip_address,
        _ => return,
    };
    text.clone_into(slot);
}

fn resolve(reference: &BytesRef<'_>) -> Result<char> {
    if let Some(letter) = reference.resolve_char_ref()? {
        return Ok(letter);
    }
    Ok(match &**reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        other => bail!("&{other}; is not known to XML"),
    })
}
