//! The registry as the server shows it, read raw in both representations, and what a test puts there.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::http::{Request, Response};
use compat_tests::subject::{COMPARISON_ARGS, Kind, Subject};
use compat_tests::wait;
use serde_json::{Value, json};

use super::client::{Client, IP, Identity, PATIENCE, PORT};
use super::xml::{self, Fields};

/// Application that every client has to find.
pub(crate) const PROVIDER: &str = "PROVIDER";
const JSON: &str = "application/json";
/// Field that a renewal changes, so that two reads may differ in it.
const RENEWED: &str = "leaseInfo/lastRenewalTimestamp";

/// A server of its own for a test, as `COMPAT_SUBJECT` says.
pub(crate) fn start() -> Result<Subject> {
    Subject::start(Kind::from_env()?, &COMPARISON_ARGS, &[])
}

/// The registry of a running server.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    base_url: String,
}

impl Registry {
    /// The registry of `subject`, also after its restart.
    pub(crate) fn of(subject: &Subject) -> Self {
        Self { base_url: subject.base_url.clone() }
    }

    /// Registers `instance` (JSON without its root) as a client would; must be accepted.
    pub(crate) fn add(&self, instance: &Value) -> Result<()> {
        let app = instance["app"].as_str().context("an instance has an app")?;
        self.register(app, JSON, &json!({ "instance": instance }).to_string())
    }

    /// Registers provider number `number` in XML: one in an Amazon data center, with metadata that
    /// need escaping.
    pub(crate) fn add_amazon(&self, number: u16) -> Result<()> {
        self.register(PROVIDER, "application/xml", &amazon_provider(number))
    }

    fn register(&self, app: &str, content_type: &str, body: &str) -> Result<()> {
        let answer = Request::new("POST", format!("{}/apps/{app}", self.base_url))
            .header("Content-Type", content_type)
            .body(body)
            .send()?;
        ensure!(answer.status == 204, "registering {body}: {answer:?}");
        Ok(())
    }

    /// Sends a request without body to `path`, which must be answered with 200.
    pub(crate) fn change(&self, method: &str, path: &str) -> Result<()> {
        let answer = Request::new(method, format!("{}{path}", self.base_url)).send()?;
        ensure!(answer.status == 200, "{method} {path}: {answer:?}");
        Ok(())
    }

    /// The instance as `/apps/APP/ID` shows it, having checked that `/apps`, `/apps/APP` and the
    /// other representation agree; `None` if it is nowhere.
    pub(crate) fn find(&self, who: &Identity) -> Result<Option<Fields>> {
        // Clients act in the background: views are only compared when nothing changed meanwhile.
        wait::until_some(&format!("{who:?} to stay the same for a moment"), PATIENCE, || {
            let before = self.view(&instance_path(who), JSON, who)?;
            let differing = self.differing_view(who, before.as_ref())?;
            let after = self.view(&instance_path(who), JSON, who)?;
            if !differences(before.as_ref(), after.as_ref()).is_empty() {
                return Ok(None);
            }
            differing.map_or(Ok(Some(after)), |view| bail!("{view}"))
        })
    }

    /// The first view that differs from `first`, and in what.
    fn differing_view(&self, who: &Identity, first: Option<&Fields>) -> Result<Option<String>> {
        for path in [&instance_path(who), &format!("/apps/{}", who.app), "/apps"] {
            for accept in [JSON, "application/xml"] {
                let mut other = self.view(path, accept, who)?;
                if path.ends_with(who.id) && accept != JSON {
                    undo_first_version(other.as_mut(), first);
                }
                let differences = differences(first, other.as_ref());
                if !differences.is_empty() {
                    return Ok(Some(format!("{path} as {accept}: {differences:?}")));
                }
            }
        }
        Ok(None)
    }

    /// The instance, which must be listed.
    pub(crate) fn listed(&self, who: &Identity) -> Result<Fields> {
        self.find(who)?.with_context(|| format!("{who:?} is not listed"))
    }

    /// Waits until the instance is listed with `field` = `value`; for what clients do in the
    /// background. The six views are only compared afterwards: a change may fall between two reads.
    pub(crate) fn wait_for(&self, who: &Identity, field: &str, value: &str) -> Result<Fields> {
        let what = format!("{who:?} with {field} = {value}");
        wait::until(&what, PATIENCE, || {
            let fields = self.view(&instance_path(who), JSON, who).ok().flatten();
            fields.is_some_and(|fields| fields.get(field).is_some_and(|found| found == value))
        })?;
        self.listed(who)
    }

    /// Waits until the lease was renewed `times` times after what is listed now.
    pub(crate) fn wait_renewed(&self, who: &Identity, times: usize) -> Result<()> {
        let mut before = self.renewed(who)?;
        for _ in 0..times {
            let renewal = || Ok(Some(self.renewed(who)?).filter(|now| *now > before));
            before = wait::until_some("a renewal", PATIENCE, renewal)?;
        }
        Ok(())
    }

    /// Lets a client that renews in the background deregister, and checks that it is gone.
    ///
    /// Such a client does not wait for a renewal under way: if that arrives after the end of the
    /// lease, its 404 makes the client register again. Just after a renewal none is under way.
    pub(crate) fn deregister(&self, client: &mut Client, who: &Identity) -> Result<()> {
        self.wait_renewed(who, 1)?;
        client.step("deregister")?;
        self.ensure_gone(who)
    }

    /// When the lease was renewed last, as the server publishes it.
    pub(crate) fn renewed(&self, who: &Identity) -> Result<u64> {
        let fields = self.view(&instance_path(who), JSON, who)?;
        let fields = fields.with_context(|| format!("{who:?} is gone"))?;
        Ok(fields.get(RENEWED).context("a lease has a renewal time")?.parse()?)
    }

    /// Checks that the instance is gone from every view.
    pub(crate) fn ensure_gone(&self, who: &Identity) -> Result<()> {
        let found = self.find(who)?;
        ensure!(found.is_none(), "still listed: {found:?}");
        Ok(())
    }

    /// Checks that the registry was lost: nobody but the test registers a provider.
    pub(crate) fn ensure_lost(&self) -> Result<()> {
        let answer = self.get(&format!("/apps/{PROVIDER}"), JSON)?;
        ensure!(answer.status == 404, "the registry survived the restart: {answer:?}");
        Ok(())
    }

    /// The instance in one view; `None` if that does not list it.
    fn view(&self, path: &str, accept: &str, who: &Identity) -> Result<Option<Fields>> {
        let answer = self.get(path, accept)?;
        if answer.status == 404 {
            return Ok(None);
        }
        ensure!(answer.status == 200, "{path}: {answer:?}");
        ensure!(answer.header("content-type") == Some(accept), "{path}: {answer:?}");
        let all = match accept {
            JSON => json_instances(&answer.json()?),
            _ => xml::instances(&answer.text()?)?,
        };
        let is_wanted = |one: &Fields| {
            let id = one.get("instanceId").or_else(|| one.get("hostName"));
            one.get("app").is_some_and(|app| app == who.app) && id.is_some_and(|id| id == who.id)
        };
        Ok(all.into_iter().find(is_wanted))
    }

    fn get(&self, path: &str, accept: &str) -> Result<Response> {
        Request::get(format!("{}{path}", self.base_url)).header("Accept", accept).send()
    }
}

/// Checks fields of a listed instance.
pub(crate) fn ensure_fields(found: &Fields, wanted: &[(&str, &str)]) -> Result<()> {
    for (key, value) in wanted {
        ensure!(found.get(*key).is_some_and(|it| it == value), "not {key} = {value}: {found:#?}");
    }
    Ok(())
}

/// Checks what every client registers: its address and that it is up.
pub(crate) fn ensure_up(found: &Fields, who: &Identity) -> Result<()> {
    let wanted = [("hostName", who.host), ("ipAddr", IP), ("port", PORT), ("port@enabled", "true")];
    ensure_fields(found, &wanted)?;
    ensure_fields(found, &[("app", who.app), ("status", "UP"), ("dataCenterInfo/name", "MyOwn")])
}

/// An instance of the application to find, number `number`, with every field that the pickiest of
/// the clients wants.
pub(crate) fn provider(number: u16) -> Value {
    json!({
        "instanceId": format!("provider-{number}"), "hostName": format!("provider-{number}.test"),
        "app": PROVIDER, "ipAddr": format!("10.0.0.{number}"), "status": "UP",
        "port": { "$": 8100 + number, "@enabled": "true" },
        "securePort": { "$": 443, "@enabled": "false" },
        "dataCenterInfo": {
            "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn",
        },
        "homePageUrl": "http://provider.test/", "statusPageUrl": "http://provider.test/info",
        "healthCheckUrl": "http://provider.test/health",
        "vipAddress": "provider-vip", "secureVipAddress": "provider-svip",
    })
}

/// What the clients must read from the metadata of an Amazon provider.
pub(crate) fn amazon_note() -> Value {
    json!({ "note": "<né> & \"quoted\"" })
}

fn amazon_provider(number: u16) -> String {
    let port = 8100 + number;
    format!(
        "<instance><instanceId>provider-{number}</instanceId><app>{PROVIDER}</app>\
         <hostName>provider-{number}.test</hostName><ipAddr>10.0.0.{number}</ipAddr>\
         <status>UP</status><port enabled=\"true\">{port}</port>\
         <securePort enabled=\"false\">443</securePort>\
         <dataCenterInfo class=\"com.netflix.appinfo.AmazonInfo\"><name>Amazon</name><metadata>\
         <instance-id>i-{number}</instance-id><availability-zone>eu-1a</availability-zone>\
         <local-ipv4>10.0.0.{number}</local-ipv4></metadata></dataCenterInfo>\
         <metadata><note>&lt;né&gt; &amp; &quot;quoted&quot;</note></metadata>\
         <vipAddress>provider-vip</vipAddress><secureVipAddress>provider-svip</secureVipAddress>\
         </instance>"
    )
}

fn instance_path(who: &Identity) -> String {
    format!("/apps/{}/{}", who.app, who.id)
}

/// The reference writes a single instance in XML as for clients of its first version, which did not
/// know `OUT_OF_SERVICE`: they are told `DOWN`. Either is accepted there.
fn undo_first_version(xml: Option<&mut Fields>, json: Option<&Fields>) {
    let out = json.and_then(|fields| fields.get("status")).filter(|it| *it == "OUT_OF_SERVICE");
    if let (Some(out), Some(status)) = (out, xml.and_then(|fields| fields.get_mut("status")))
        && status == "DOWN"
    {
        status.clone_from(out);
    }
}

/// What differs between two views, apart from the time of the last renewal.
fn differences(one: Option<&Fields>, other: Option<&Fields>) -> Vec<String> {
    let (Some(one), Some(other)) = (one, other) else {
        let missing = |view: Option<&Fields>| if view.is_some() { "listed" } else { "not listed" };
        let same = one.is_some() == other.is_some();
        let text = format!("{} before, {} here", missing(one), missing(other));
        return if same { Vec::new() } else { vec![text] };
    };
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differs = |key: &&String| key.as_str() != RENEWED && one.get(*key) != other.get(*key);
    let describe =
        |key: &String| format!("{key}: {:?} before, {:?} here", one.get(key), other.get(key));
    keys.into_iter().filter(differs).map(describe).collect()
}

/// Every instance of a JSON answer, with the names that XML gives its fields.
fn json_instances(answer: &Value) -> Vec<Fields> {
    let apps = answer["applications"]["application"].as_array().map_or(&[][..], Vec::as_slice);
    let apps = apps.iter().chain(answer.get("application"));
    let listed = apps.flat_map(|app| app["instance"].as_array().into_iter().flatten());
    listed.chain(answer.get("instance")).map(flat).collect()
}

fn flat(instance: &Value) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in instance.as_object().into_iter().flatten() {
        // The one field whose name differs.
        flatten(&name.replace("overriddenStatus", "overriddenstatus"), value, &mut fields);
    }
    fields
}

fn flatten(key: &str, value: &Value, fields: &mut Fields) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let key = match name.strip_prefix('@') {
                    Some(attribute) => format!("{key}@{attribute}"),
                    None if name == "$" => key.to_owned(),
                    None => format!("{key}/{name}"),
                };
                flatten(&key, value, fields);
            }
        }
        Value::String(text) => {
            fields.insert(key.to_owned(), text.clone());
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            fields.insert(key.to_owned(), value.to_string());
        }
    }
}
