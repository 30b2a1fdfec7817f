//! Recorded messages, broken at random (W-30). `MUTANTS_SEED` and `MUTANTS` repeat or lengthen it.

use std::collections::BTreeSet;
use std::time::Duration;

use compat_tests::case::{self, Value as Recorded, escape_segment};
use compat_tests::paths;
use serde_json::Value;
use test_kit::Chance;

use crate::support::{Connection, JSON, Server, Silence, XML, busy, request};

/// A recorded request that a client sent.
struct Message {
    method: String,
    path: String,
    media_type: &'static str,
    body: Vec<u8>,
}

/// Requests with a body, and a few of each without, as they were recorded.
fn messages() -> Vec<Message> {
    let (mut found, mut shapes) = (Vec::new(), BTreeSet::new());
    for file in ["register", "xml", "replication", "renew", "status", "metadata", "cancel", "reads"]
    {
        let path = paths::fixtures().join(format!("eureka/cases/{file}.json"));
        for case in case::load_cases(&path).unwrap() {
            for step in &case.steps {
                // Objects are told as JSON, a text is sent as it is, and null is nothing.
                let told = (step.body != Recorded::Null).then(|| step.body.to_string());
                let body = step.body.as_text().map(str::to_owned).or(told).unwrap_or_default();
                let now = |text: &str| text.replace("{NOW}", "1800000000000");
                let (path, body) = (now(&step.path), now(&body));
                // Equal but for the numbers in them is equal enough.
                let shape: String = format!("{} {path} {body}", step.method)
                    .replace(|c: char| c.is_ascii_digit(), "");
                if body.len() < 8192 && shapes.insert(shape.replace(&case.tag, "")) {
                    let media_type = if body.starts_with('<') { XML } else { JSON };
                    let method = step.method.clone();
                    found.push(Message { method, path, media_type, body: body.into_bytes() });
                }
            }
        }
    }
    found
}

/// Pieces that mean something to somebody.
const PIECES: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\xc0\xaf",
    b"\"",
    b"\\",
    b"\\u0000",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"<",
    b">",
    b"&",
    b"&#0;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"\r\n",
    b"%00",
    b"'",
];

/// `bytes` with one to four places broken; every other time only a single bit or letter.
fn broken(chance: &mut Chance, bytes: &[u8], others: &[Message]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if chance.once_in(2) {
        let (at, letter) = (chance.below(bytes.len()), 0x20 + chance.below(0x5f));
        let flipped = bytes[at] ^ (1 << chance.below(8));
        bytes[at] = if chance.once_in(2) { flipped } else { u8::try_from(letter).unwrap() };
        return bytes;
    }
    for _ in 0..=chance.below(4) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(40)).min(bytes.len());
        match chance.below(8) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << chance.below(8);
                }
            }
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let copy = bytes[at..end].to_vec();
                let to = chance.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            4 => {
                let copy = bytes[at..end].repeat(1 + chance.below(200));
                bytes.splice(at..at, copy);
            }
            5 => drop(bytes.splice(at..at, chance.pick(&PIECES).unwrap().iter().copied())),
            6 => {
                let length = chance.below(16);
                let noise = chance.bytes(length);
                bytes.splice(at..end, noise);
            }
            _ => {
                let other = &chance.pick(others).unwrap().body;
                let from = chance.below(other.len() + 1);
                bytes.splice(at..end, other[from..].iter().copied().take(200));
            }
        }
    }
    bytes
}

/// Mutants of a run, unless `MUTANTS` says otherwise.
fn usual_count() -> u64 {
    if std::env::var_os("LONG_TESTS").is_some() { 200_000 } else { 10_000 }
}

fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn broken_bodies_are_taken_or_refused_and_the_registry_stays_whole() {
    let _machine = busy();
    let mut server = Server::start(&["--myerp.server.body-timeout=2s"]);
    let messages = messages();
    let (seed, count) = (number_from("MUTANTS_SEED", 1), number_from("MUTANTS", usual_count()));
    assert!(messages.len() >= 40, "only {} messages are recorded", messages.len());
    let mut chance = Chance::from_seed(seed);
    let with_body: Vec<usize> =
        (0..messages.len()).filter(|&n| !messages[n].body.is_empty()).collect();
    let mut connection = server.open();
    let mut counts = std::collections::BTreeMap::<u16, u64>::new();
    let mut accepted = Vec::new();
    for number in 0..count {
        let message = &messages[*chance.pick(&with_body).unwrap()];
        let body = broken(&mut chance, &message.body, &messages);
        let bytes = request(&message.method, &message.path, message.media_type, &body);
        let (status, _) = answered(&server, &mut connection, &bytes).unwrap_or_else(|silence| {
            panic!("seed {seed}, mutant {number}: {silence:?}: {}", String::from_utf8_lossy(&body))
        });
        let shown = String::from_utf8_lossy(&body);
        assert!((200..500).contains(&status), "seed {seed}, mutant {number}: {status}: {shown}");
        *counts.entry(status).or_default() += 1;
        if status < 300 {
            accepted.push(bytes);
        }
    }
    let taken: u64 = counts.range(200..300).map(|(_, count)| count).sum();
    assert!(taken > count / 10 && taken < count * 9 / 10, "one-sided: {counts:?}");
    server.is_well();
    whole(&server);
    // What was refused has changed nothing: without it all is the same.
    let replayed = Server::start(&[]);
    let mut connection = replayed.open();
    for bytes in &accepted {
        let status = answered(&replayed, &mut connection, bytes).unwrap().0;
        assert!(status < 300, "{status}: {}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(timeless(&server), timeless(&replayed));
}

/// The full list without what only time changes.
fn timeless(server: &Server) -> Value {
    let mut list = server.get("/apps").json().unwrap();
    for app in list["applications"]["application"].as_array_mut().unwrap() {
        for instance in app["instance"].as_array_mut().unwrap() {
            let sent_time = instance["lastDirtyTimestamp"].as_str().unwrap();
            // Without one of its own it has the time of its arrival.
            let is_own = sent_time.len() != 13 || sent_time < "1790000000000";
            let dirty = if is_own { instance["lastDirtyTimestamp"].take() } else { Value::Null };
            instance["lastDirtyTimestamp"] = dirty;
            instance["lastUpdatedTimestamp"] = Value::Null;
            for name in ["registrationTimestamp", "lastRenewalTimestamp", "serviceUpTimestamp"] {
                instance["leaseInfo"][name] = Value::Null;
            }
        }
    }
    list
}

/// Sends on the connection, or on a new one if the answer before ended it.
fn answered(
    server: &Server,
    connection: &mut Connection,
    bytes: &[u8],
) -> Result<(u16, Vec<u8>), Silence> {
    connection.send(bytes);
    match connection.answer() {
        Err(Silence::Closed) => {
            *connection = server.open();
            connection.send(bytes);
            connection.answer()
        }
        other => other,
    }
}

/// Asserts that all the server tells agrees with all else it tells.
fn whole(server: &Server) {
    let list = |path: &str| server.get(path).json().unwrap()["applications"].take();
    let full = list("/apps");
    let (mut counts, mut total) = (std::collections::BTreeMap::<String, u64>::new(), 0);
    for app in full["application"].as_array().unwrap() {
        let name = app["name"].as_str().unwrap();
        for instance in app["instance"].as_array().unwrap() {
            *counts.entry(instance["status"].as_str().unwrap().to_owned()).or_default() += 1;
            total += 1;
            let id = instance["instanceId"].as_str().filter(|id| !id.is_empty());
            let amazon = instance["dataCenterInfo"]["metadata"]["instance-id"].as_str();
            let id = id.or(amazon).unwrap_or_else(|| instance["hostName"].as_str().unwrap());
            let path = format!("/apps/{}/{}", escape_segment(name), escape_segment(id));
            let answer = server.get(&path);
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(
                without_lease(answer.json().unwrap()["instance"].take()),
                without_lease(instance.clone())
            );
        }
    }
    let hash: String = counts.iter().map(|(status, count)| format!("{status}_{count}_")).collect();
    assert_eq!(full["apps__hashcode"], hash.as_str());
    assert_eq!(list("/apps/delta")["apps__hashcode"], hash.as_str());
    assert!(total > 0, "nothing was taken");
    let xml = compat_tests::http::Request::get(server.subject.url("/apps")).send().unwrap();
    assert_eq!(instances_of_xml(&xml.text().unwrap()), total);
}

/// What only time changes is no difference.
fn without_lease(mut instance: Value) -> Value {
    instance["leaseInfo"] = Value::Null;
    instance
}

/// Number of `instance` elements; panics where the text is not XML.
fn instances_of_xml(text: &str) -> u64 {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut count = 0;
    loop {
        let event = reader.read_event().unwrap();
        if matches!(&event, Event::Start(start) if start.name().as_ref() == "instance") {
            count += 1;
        } else if matches!(event, Event::Eof) {
            return count;
        }
    }
}

/// Connections that are opened before the first answer is read.
const BATCH: usize = 200;

#[test]
fn broken_heads_are_answered_or_dropped_and_the_server_goes_on() {
    let _machine = busy();
    let short = ["body", "header", "idle"].map(|what| format!("--myerp.server.{what}-timeout=1s"));
    let short: Vec<&str> = short.iter().map(String::as_str).collect();
    let mut server = Server::start(&short);
    let messages = messages();
    let (seed, count) = (number_from("MUTANTS_SEED", 1), number_from("MUTANTS", usual_count()) / 5);
    let mut chance = Chance::from_seed(seed ^ 0xff);
    let (mut answers, mut sent) = (0, 0);
    while sent < count {
        let batch: Vec<(Connection, Vec<u8>)> = (0..BATCH)
            .map(|_| {
                let message = chance.pick(&messages).unwrap();
                let bytes =
                    request(&message.method, &message.path, message.media_type, &message.body);
                let head = bytes.len() - message.body.len();
                let mut bytes_sent = broken(&mut chance, &bytes[..head], &messages);
                bytes_sent.extend(&message.body);
                let mut connection = server.open();
                connection.send(&bytes_sent);
                (connection, bytes_sent)
            })
            .collect();
        sent += batch.len() as u64;
        for (mut connection, bytes_sent) in batch {
            let shown = String::from_utf8_lossy(&bytes_sent);
            match connection.answer() {
                Ok((status, _)) => {
                    assert!((200..505).contains(&status) && status != 500, "{status}: {shown}");
                    answers += 1;
                }
                // A head without an end ends with its time.
                Err(Silence::Closed) => {}
                Err(silence) => panic!("seed {seed}: {silence:?}: {shown}"),
            }
        }
    }
    assert!(answers > count / 3, "only {answers} of {count} were answered");
    server.is_well();
    whole_after_heads(&server);
}

fn whole_after_heads(server: &Server) {
    server.has("WHOLE", "i1");
    whole(server);
    assert_eq!(server.open().rest(Duration::from_millis(50)), Silence::Waiting);
}
