//! The plain Netflix clients, 1.x and 2.x, in every codec they have, against the discovery server.
//!
//! Each test is the whole life of one client. What it says and hears passes a recorder, so that the
//! tests see what the client does not tell: whether it asked for everything again because its copy
//! and the server's hash disagreed.

#![expect(clippy::indexing_slicing, reason = "what is missing in an answer fails the test")]

use std::thread;

use anyhow::{Context, Result, anyhow, ensure};
use compat_tests::http::Request;
use compat_tests::subject::{Kind, ReferenceLine, Subject};
use compat_tests::wait;
use netflix::{Client, Codec, Line};
use recorder::Exchange;
use registry::{PATIENCE, Registry};

#[path = "clients/netflix.rs"]
mod netflix;
#[path = "clients/recorder.rs"]
mod recorder;
#[path = "clients/registry.rs"]
mod registry;

#[test]
fn clients_live_with_our_server_in_json() -> Result<()> {
    with_ours(Codec::Json)
}

#[test]
fn clients_live_with_our_server_in_the_json_of_jackson() -> Result<()> {
    with_ours(Codec::JacksonJson)
}

#[test]
fn clients_live_with_our_server_in_the_json_of_xstream() -> Result<()> {
    with_ours(Codec::XStreamJson)
}

#[test]
fn clients_live_with_our_server_in_xml() -> Result<()> {
    with_ours(Codec::Xml)
}

#[test]
fn clients_live_with_our_server_in_compact_json() -> Result<()> {
    with_ours(Codec::Compact)
}

/// Everything but the server's restart: there the reference answers heartbeats with a 404 that has
/// a body, at which both clients stumble for ever.
#[test]
fn clients_live_with_the_reference() -> Result<()> {
    let server = Subject::start(
        Kind::Reference(ReferenceLine::Boot35),
        &["--eureka.server.use-read-only-response-cache=false"],
        &[],
    )?;
    for codec in [Codec::Json, Codec::XStreamJson, Codec::Xml, Codec::Compact] {
        both(|line| {
            let mut client = Client::start(line, codec, server.port())?;
            register(&mut client, &server, codec)?;
            follow_changes(&mut client, &server, line, codec)?;
            change_itself(&mut client, &server)?;
            leave(&mut client, &server)
        })?;
    }
    Ok(())
}

/// The life of a client of each line around a server of ours, which restarts empty on the way.
fn with_ours(codec: Codec) -> Result<()> {
    let mut server = Subject::start(Kind::Ours, &[], &[])?;
    let clients = both(|line| {
        let mut client = Client::start(line, codec, server.port())?;
        register(&mut client, &server, codec)?;
        follow_changes(&mut client, &server, line, codec)?;
        change_itself(&mut client, &server)?;
        Ok(client)
    })?;

    let heard: Vec<_> = clients.iter().map(|client| client.recorder.exchanges().len()).collect();
    server.restart()?;
    for (mut client, heard) in clients.into_iter().zip(heard) {
        come_back(&mut client, &server, heard)?;
        leave(&mut client, &server)?;
    }
    Ok(())
}

/// Runs `life` for both lines at the same time.
fn both<T: Send>(life: impl Fn(Line) -> Result<T> + Sync) -> Result<Vec<T>> {
    let life = &life;
    thread::scope(|scope| {
        let lives = [Line::One, Line::Two].map(|line| (line, scope.spawn(move || life(line))));
        let lived = lives.into_iter().map(|(line, handle)| {
            let lived = handle.join().map_err(|_| anyhow!("panicked"));
            lived.and_then(|lived| lived).with_context(|| format!("line {line:?}"))
        });
        lived.collect()
    })
}

/// The client registers as UP, with all it was configured with.
fn register(client: &mut Client, server: &Subject, codec: Codec) -> Result<()> {
    wait_listed(server, client, Some("UP"))?;

    let sent = wait::until_some("a registration on record", PATIENCE, || {
        let sent = client.recorder.of("POST", &client.name.to_uppercase());
        Ok((!sent.is_empty()).then_some(sent))
    })?;
    for registration in &sent {
        assert_eq!(registration.status, 204);
        assert_eq!(registration.sent("content-type"), Some(codec.media_type()));
    }
    let listed = registry_of(server).find(&client.instance_id)?.context("not listed")?;
    assert_eq!(listed.app, client.name.to_uppercase());
    assert_eq!(listed.vip_address, client.name);
    assert_eq!(listed.port, "7");
    assert_eq!(listed.metadata[codec.team_name()], "alpha");
    let in_xml = registry_of(server).as_xml()?;
    assert!(in_xml.contains(&listed), "{in_xml:?}");
    client.wait_known(&client.instance_id.clone(), Some("UP"))
}

/// The client sees another instance come, change and go, all through deltas that agree with their
/// hash: it never asks for everything again.
fn follow_changes(client: &mut Client, server: &Subject, line: Line, codec: Codec) -> Result<()> {
    let settled = client.recorder.exchanges().len();
    let full_fetches = client.full_fetches();
    let other = Other::register(server, &client.name)?;
    client.wait_known(&other.id, Some("UP"))?;
    assert_eq!(client.offered(&other.vip)?, [other.id.as_str()]);

    operate(server, "PUT", &format!("{}/metadata?colour=green+%26+blue", other.path()))?;
    // The 2.x client says `[compact]` where it means `compact`, so it gets everything.
    if line == Line::One && codec == Codec::Compact {
        let known = client.known(&other.id)?.context("not known")?;
        assert_eq!(known["metadata"], serde_json::json!({}), "compact answers have no metadata");
    } else {
        wait::until_some("the new metadata", PATIENCE, || {
            let known = client.known(&other.id)?.context("not known")?;
            Ok((known["metadata"]["colour"] == "green & blue").then_some(()))
        })?;
    }

    operate(server, "PUT", &format!("{}/status?value=OUT_OF_SERVICE", other.path()))?;
    client.wait_known(&other.id, Some("OUT_OF_SERVICE"))?;
    assert!(client.offered(&other.vip)?.is_empty());
    operate(server, "DELETE", &format!("{}/status?value=UP", other.path()))?;
    client.wait_known(&other.id, Some("UP"))?;
    assert_eq!(client.offered(&other.vip)?, [other.id.as_str()]);

    wait::until_some("the hash of the server", PATIENCE, || {
        let hash = client.ask("registry")?["hash"].as_str().map(str::to_owned);
        Ok((hash == Some(registry_of(server).hash()?)).then_some(()))
    })?;
    operate(server, "DELETE", &other.path())?;
    client.wait_known(&other.id, None)?;

    assert_eq!(client.full_fetches(), full_fetches, "a delta disagreed with its hash");
    let exchanges = client.recorder.exchanges();
    let since = exchanges.get(settled..).unwrap_or_default();
    let deltas = since.iter().filter(|it| it.path().ends_with("/apps/delta"));
    for delta in deltas.clone() {
        assert_eq!(delta.status, 200);
        assert_eq!(delta.sent("accept"), Some(codec.media_type()));
        assert_eq!(delta.answered("content-type"), Some(codec.media_type()));
    }
    assert!(deltas.count() >= 4);
    let heartbeats = since.iter().filter(|it| is_heartbeat(it));
    assert!(heartbeats.clone().all(|it| it.status == 200));
    assert!(heartbeats.count() >= 4);
    Ok(())
}

/// What the client changes about itself reaches the server.
fn change_itself(client: &mut Client, server: &Subject) -> Result<()> {
    client.ask("status DOWN")?;
    wait_listed(server, client, Some("DOWN"))?;
    client.ask("status UP")?;
    wait_listed(server, client, Some("UP"))?;

    let note = r#"<"é" & 'ü'>"#;
    client.ask(&format!("metadata note {note}"))?;
    wait::until_some("the note", PATIENCE, || {
        let listed = registry_of(server).find(&client.instance_id)?;
        let metadata = listed.map(|it| it.metadata).unwrap_or_default();
        Ok((metadata.get("note").map(String::as_str) == Some(note)).then_some(()))
    })
}

/// The empty server answers the next heartbeat with an empty 404, and the client registers again in
/// the same breath. `heard` is the number of exchanges before the restart.
fn come_back(client: &mut Client, server: &Subject, heard: usize) -> Result<()> {
    wait_listed(server, client, Some("UP"))?;

    let exchanges = client.recorder.exchanges();
    let mut about_itself = exchanges
        .iter()
        .skip(heard)
        .filter(|it| it.method != "GET" && it.path().contains(&client.name.to_uppercase()));
    // A registration that a change made just before the restart is still due may come first; if
    // it finds the empty server, no heartbeat is refused any more.
    let registers = |it: &&Exchange| it.method == "POST" && it.status == 204;
    let Some(refused) = about_itself.find(|it| is_heartbeat(it) && it.status != 200) else {
        exchanges.iter().skip(heard).find(registers).context("neither refused nor registered")?;
        return client.wait_known(&client.instance_id.clone(), Some("UP"));
    };
    ensure!(refused.status == 404, "{refused:?}");
    assert_eq!(refused.answered("content-length"), Some("0"));
    let next = about_itself.next().context("nothing after the refused heartbeat")?;
    ensure!(next.method == "POST" && next.status == 204, "{next:?}");
    client.wait_known(&client.instance_id.clone(), Some("UP"))
}

/// The client says goodbye and is gone at once.
fn leave(client: &mut Client, server: &Subject) -> Result<()> {
    client.ask("shutdown")?;

    assert_eq!(registry_of(server).status(&client.instance_id)?, None);
    let goodbyes = client.recorder.of("DELETE", &client.path());
    assert_eq!(goodbyes.iter().map(|it| it.status).collect::<Vec<_>>(), [200]);
    let status = client.program.wait_exit(PATIENCE)?;
    assert!(status.success(), "{status}");
    Ok(())
}

/// An instance that only the test knows to be none, registered for as long as a test may last.
struct Other {
    app: String,
    id: String,
    vip: String,
}

impl Other {
    fn register(server: &Subject, name: &str) -> Result<Self> {
        let other = Self {
            app: format!("OTHER-{}", name.to_uppercase()),
            id: format!("there:{name}:8"),
            vip: format!("other-{name}"),
        };
        let body = serde_json::json!({"instance": {
            "instanceId": other.id, "app": other.app, "hostName": "there", "ipAddr": "192.0.2.8",
            "status": "UP", "vipAddress": other.vip, "port": {"$": 8, "@enabled": "true"},
            "leaseInfo": {"renewalIntervalInSecs": 30, "durationInSecs": 3600},
            "dataCenterInfo": {
                "@class": "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "name": "MyOwn"
            },
        }});
        let answer = Request::new("POST", server.url(&format!("/apps/{}", other.app)))
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()?;
        ensure!(answer.status == 204, "{}", answer.status);
        Ok(other)
    }

    fn path(&self) -> String {
        format!("{}/{}", self.app, self.id)
    }
}

/// Waits until the server lists the client with that status, or not at all.
fn wait_listed(server: &Subject, client: &Client, wanted: Option<&str>) -> Result<()> {
    registry_of(server).wait_status(&client.instance_id, wanted)
}

fn operate(server: &Subject, method: &str, path: &str) -> Result<()> {
    registry_of(server).operate(method, path)
}

fn registry_of(server: &Subject) -> Registry {
    Registry::at(&server.base_url, None)
}

fn is_heartbeat(exchange: &Exchange) -> bool {
    exchange.method == "PUT" && exchange.target.contains("lastDirtyTimestamp=")
}
