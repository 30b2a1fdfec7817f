//! What a discovery server lists, read in both representations.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use compat_tests::http::{Request, Response};
use compat_tests::wait;
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;
use serde_json::Value;

/// Longest wait for something that takes a second or two; the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

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

/// The registry of a discovery server, as anyone may read it who knows the password.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    base_url: String,
    authorization: Option<&'static str>,
}

impl Registry {
    /// The registry at `http://127.0.0.1:PORT/eureka`, read with that `Authorization`, if any.
    pub(crate) fn at(base_url: &str, authorization: Option<&'static str>) -> Self {
        Self { base_url: base_url.to_owned(), authorization }
    }

    /// All instances of `GET /apps` as JSON, sorted.
    pub(crate) fn as_json(&self) -> Result<Vec<Listed>> {
        let answer = self.read("", "application/json")?.json()?;
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

    /// All instances of `GET /apps` as XML, sorted.
    pub(crate) fn as_xml(&self) -> Result<Vec<Listed>> {
        let mut listed = from_xml(&self.read("", "application/xml")?.text()?)?;
        listed.sort();
        Ok(listed)
    }

    /// `apps__hashcode` of `GET /apps`: `STATUS_count_` of every status.
    pub(crate) fn hash(&self) -> Result<String> {
        let answer = self.read("", "application/json")?.json()?;
        let hash = answer.pointer("/applications/apps__hashcode").and_then(Value::as_str);
        hash.map(str::to_owned).context("no apps__hashcode")
    }

    /// The instance of `GET /apps` with that id; `None` when it is not listed.
    pub(crate) fn find(&self, instance_id: &str) -> Result<Option<Listed>> {
        Ok(self.as_json()?.into_iter().find(|listed| listed.instance_id == instance_id))
    }

    /// Status of the instance of `GET /apps` with that id; `None` when it is not listed.
    pub(crate) fn status(&self, instance_id: &str) -> Result<Option<String>> {
        Ok(self.find(instance_id)?.map(|listed| listed.status))
    }

    /// Waits until the instance is listed with that status, or is not listed.
    pub(crate) fn wait_status(&self, instance_id: &str, wanted: Option<&str>) -> Result<()> {
        wait::until_some(&format!("{instance_id} is {wanted:?}"), PATIENCE, || {
            let status = self.status(instance_id)?;
            Ok((status.as_deref() == wanted).then_some(()))
        })
    }

    /// Sends `method` without a body to `apps/{path}` as an operator would; wants 200.
    pub(crate) fn operate(&self, method: &str, path: &str) -> Result<()> {
        let answer = self.request(method, &format!("/{path}")).send()?;
        ensure!(answer.status == 200, "{method} {path}: {}", answer.status);
        Ok(())
    }

    /// `GET apps{path}`; wants 200 and exactly that type.
    pub(crate) fn read(&self, path: &str, accept: &str) -> Result<Response> {
        let answer = self.request("GET", path).header("Accept", accept).send()?;
        ensure!(answer.status == 200, "GET /apps{path}: {}", answer.status);
        ensure!(answer.header("content-type") == Some(accept), "{:?}", answer.headers);
        Ok(answer)
    }

    fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, format!("{}/apps{path}", self.base_url));
        match self.authorization {
            Some(value) => request.header("Authorization", value),
            None => request,
        }
    }
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
