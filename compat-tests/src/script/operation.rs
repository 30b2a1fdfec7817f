//! The requests that scripts are made of.

use super::instance::{self, Member};
use super::random::Random;
use super::step;
use crate::case::{Step, Value, escape_segment};

const JSON: &str = "application/json";
const XML: &str = "application/xml";
const REPLICATION: (&str, &str) = ("x-netflix-discovery-replication", "true");

/// Path of an instance.
fn path_of(member: &Member) -> String {
    format!("/apps/{}/{}", member.app, segment(member.effective_id()))
}

/// A path segment whose open names stay open.
fn segment(id: &str) -> String {
    escape_segment(id).replace("%7BTAG%7D", "{TAG}").replace("%7Btag%7D", "{tag}")
}

/// `POST /apps/{app}` in JSON or XML.
pub(super) fn register(random: &mut Random, member: &Member) -> Step {
    let body = Value::object([("instance", instance::registration(random, member))]);
    let app = match random.below(12) {
        0 => member.app.to_lowercase().replace("{tag}", "{TAG}"),
        1 => format!("{}/", member.app),
        2 => format!("{}X", member.app),
        _ => member.app.clone(),
    };
    let mut headers = vec![("Content-Type", if random.chance(35) { XML } else { JSON })];
    if random.chance(50) {
        headers.push(("Accept", JSON));
    }
    if random.chance(15) {
        headers.push(REPLICATION);
    }
    step("POST", &format!("/apps/{app}"), &headers, body)
}

/// `PUT /apps/{app}/{id}`: a heartbeat, sometimes of a peer.
pub(super) fn renew(random: &mut Random, member: &Member) -> Step {
    let mut query = Vec::new();
    if random.chance(60) {
        query.push(format!("status={}", instance::status(random)));
    }
    if random.chance(60) {
        query.push(format!("lastDirtyTimestamp={}", instance::dirty_ms(random)));
    }
    let mut headers = vec![];
    if random.chance(40) {
        headers.push(("Accept", random.pick(&[JSON, XML])));
    }
    if random.chance(30) {
        headers.push(REPLICATION);
    }
    step("PUT", &with_query(&path_of(member), &query), &headers, Value::Null)
}

/// `DELETE /apps/{app}/{id}`.
pub(super) fn cancel(random: &mut Random, member: &Member) -> Step {
    let headers: &[_] = if random.chance(20) { &[REPLICATION] } else { &[] };
    step("DELETE", &path_of(member), headers, Value::Null)
}

/// `PUT` or `DELETE /apps/{app}/{id}/status`.
pub(super) fn status(random: &mut Random, member: &Member) -> Step {
    let method = random.pick(&["PUT", "PUT", "PUT", "DELETE", "DELETE"]);
    let mut query = Vec::new();
    if method == "PUT" || random.chance(50) {
        let value = if random.chance(8) { "up" } else { instance::status(random) };
        query.push(format!("value={value}"));
    }
    if random.chance(40) {
        query.push(format!("lastDirtyTimestamp={}", instance::dirty_ms(random)));
    }
    let headers: &[_] = if random.chance(20) { &[REPLICATION] } else { &[] };
    step(method, &with_query(&format!("{}/status", path_of(member)), &query), headers, Value::Null)
}

/// `PUT /apps/{app}/{id}/metadata`.
pub(super) fn metadata(random: &mut Random, member: &Member) -> Step {
    let mut query = Vec::new();
    for _ in 0..random.below(3) {
        let key = random.pick(&["k", "zone", "a.b", "a%20b", "_u", "%C3%A9"]);
        let value = random.pick(&["", "1", "a+b", "%3C%26%22%3E%27", "%E6%97%A5", "x=y"]);
        query.push(format!("{key}={value}"));
    }
    step("PUT", &with_query(&format!("{}/metadata", path_of(member)), &query), &[], Value::Null)
}

/// `POST /peerreplication/batch/`: one item for each of some instances, or several for one.
///
/// Not both: the reference encodes an instance that it refused a heartbeat for after it went through
/// the whole batch, and then shows what later items did to it.
pub(super) fn batch(random: &mut Random, members: &[Member]) -> Step {
    let mut members = members.to_vec();
    random.shuffle(&mut members);
    let items = if random.chance(40) {
        let member = random.pick(&members);
        (0..=random.below(3)).map(|_| batch_item(random, &member, &CHANGES)).collect()
    } else {
        let some = 1 + random.below(members.len());
        members.iter().take(some).map(|member| batch_item(random, member, &ACTIONS)).collect()
    };
    let body = Value::object([("replicationList", Value::List(items))]);
    let headers = [("Content-Type", JSON), ("Accept", JSON), ("Accept-Encoding", "gzip")];
    step(
        "POST",
        random.pick(&["/peerreplication/batch/", "/peerreplication/batch"]),
        &headers,
        body,
    )
}

const CHANGES: [&str; 5] =
    ["Register", "Register", "Cancel", "StatusUpdate", "DeleteStatusOverride"];
const ACTIONS: [&str; 7] = [
    "Register",
    "Register",
    "Heartbeat",
    "Heartbeat",
    "Cancel",
    "StatusUpdate",
    "DeleteStatusOverride",
];

fn batch_item(random: &mut Random, member: &Member, actions: &[&str]) -> Value {
    let action = random.pick(actions);
    let mut item = Value::object([
        ("appName", member.app.as_str().into()),
        ("id", member.effective_id().into()),
        ("action", action.into()),
    ]);
    if action != "Cancel" {
        item.set("lastDirtyTimestamp", instance::dirty_ms(random));
        item.set("status", instance::status(random));
    }
    if action == "Register" {
        item.set("instanceInfo", instance::registration(random, member));
    }
    item
}

/// A read of anything: list, delta, application or instance, in any representation.
pub(super) fn read(random: &mut Random, member: &Member) -> Step {
    let app = if random.chance(20) {
        member.app.to_lowercase().replace("{tag}", "{TAG}")
    } else {
        member.app.clone()
    };
    let id = segment(member.effective_id());
    let mut path = match random.below(6) {
        0 => "/apps".to_owned(),
        1 => "/apps/delta".to_owned(),
        2 => format!("/apps/{app}"),
        3 => format!("/instances/{id}"),
        _ => format!("/apps/{app}/{id}"),
    };
    if random.chance(15) {
        path.insert_str(0, "/v2");
    }
    if random.chance(15) {
        path.push('/');
    }
    let mut headers = Vec::new();
    let accept = random.pick(&[
        "",
        JSON,
        JSON,
        XML,
        "*/*",
        "application/json, application/*+json",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ]);
    if !accept.is_empty() {
        headers.push(("Accept", accept));
    }
    if random.chance(30) {
        headers.push(("X-Eureka-Accept", random.pick(&["compact", "COMPACT", "full", "other"])));
    }
    if random.chance(20) {
        headers.push(("Accept-Encoding", "gzip"));
    }
    step(random.pick(&["GET", "GET", "GET", "GET", "HEAD"]), &path, &headers, Value::Null)
}

/// The reads that end every script: everything, in both representations, full and compact.
pub(super) fn closing_reads(members: &[Member]) -> Vec<Step> {
    let mut lists = vec!["/apps".to_owned(), "/apps/delta".to_owned()];
    for vip in instance::VIPS {
        lists.extend([format!("/vips/{vip}"), format!("/svips/{vip}")]);
    }
    let mut apps: Vec<String> = members.iter().map(|it| format!("/apps/{}", it.app)).collect();
    apps.dedup();
    let mut reads = Vec::new();
    for path in lists.into_iter().chain(apps) {
        for accept in [JSON, XML] {
            for detail in ["full", "compact"] {
                let headers = [("Accept", accept), ("X-Eureka-Accept", detail)];
                reads.push(step("GET", &path, &headers, Value::Null));
            }
        }
    }
    for member in members {
        for accept in [JSON, XML] {
            reads.push(step("GET", &path_of(member), &[("Accept", accept)], Value::Null));
        }
    }
    reads
}

fn with_query(path: &str, query: &[String]) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
