//! Registrations: what the two families of Java clients send, and odd variations of it.

use super::random::Random;
use crate::case::Value;

/// A moment long ago that clients' own clocks are set to: dirty timestamps are compared exactly.
const LONG_AGO_MS: i128 = 1_600_000_000_000;
const OWN_CENTER: &str = "com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo";
const AMAZON_CENTER: &str = "com.netflix.appinfo.AmazonInfo";

/// Texts that writers of JSON and XML must escape or keep.
const AWKWARD_TEXTS: [&str; 12] = [
    "a b",
    "<&\">'",
    "äöü ß",
    "日本",
    "😀",
    "x\\y/z",
    "\"",
    "",
    " ",
    "tab\there",
    "line\nbreak",
    "100%&more=1",
];
/// Keys of metadata that are no plain names.
const AWKWARD_KEYS: [&str; 10] =
    ["a b", "_under", "dollar$", "1st", "c__d", "k.é", "management.port", "a<b", "-", "x:y"];

/// One of the instances that a script speaks of.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Application name, upper case.
    pub(super) app: String,
    /// Value of `instanceId`; empty for a registration without one, known by its host name.
    pub(super) id: String,
    /// Value of `hostName`.
    pub(super) host: String,
}

impl Member {
    /// The id under which the registry keeps it.
    pub(super) fn effective_id(&self) -> &str {
        if self.id.is_empty() { &self.host } else { &self.id }
    }
}

/// A dirty timestamp that often meets an equal, an older or a newer one.
pub(super) fn dirty_ms(random: &mut Random) -> i128 {
    LONG_AGO_MS + random.pick(&[0, 1000, 2000, 3000])
}

/// A status as clients send it.
pub(super) fn status(random: &mut Random) -> &'static str {
    random.pick(&["UP", "UP", "UP", "DOWN", "STARTING", "OUT_OF_SERVICE", "UNKNOWN"])
}

/// A registration of `member`, usually an ordinary one; without the root.
pub(super) fn registration(random: &mut Random, member: &Member) -> Value {
    let mut instance =
        if random.chance(50) { spring_form(random, member) } else { jersey_form(random, member) };
    if member.id.is_empty() {
        instance.remove("instanceId");
    }
    if random.chance(25) {
        instance.set("metadata", metadata(random));
    }
    if random.chance(15) {
        instance.set("dataCenterInfo", data_center(random));
    }
    for _ in 0..random.pick(&[0, 0, 0, 1, 1, 2, 3]) {
        vary(random, &mut instance);
    }
    if random.chance(10)
        && let Value::Object(members) = &mut instance
    {
        random.shuffle(members);
    }
    instance
}

/// What Spring's `RestClient` transport sends: numbers as numbers, absent values as null.
fn spring_form(random: &mut Random, member: &Member) -> Value {
    let (vip, secure_vip) = (vip(random), vip(random));
    let host = member.host.as_str();
    Value::object([
        ("instanceId", member.id.as_str().into()),
        ("app", member.app.as_str().into()),
        ("appGroupName", Value::Null),
        ("ipAddr", "10.1.2.3".into()),
        ("sid", "na".into()),
        ("homePageUrl", format!("http://{host}:8101/").into()),
        ("statusPageUrl", format!("http://{host}:8101/actuator/info").into()),
        ("healthCheckUrl", format!("http://{host}:8101/actuator/health").into()),
        ("secureHealthCheckUrl", Value::Null),
        ("vipAddress", vip.into()),
        ("secureVipAddress", secure_vip.into()),
        ("countryId", 1.into()),
        ("dataCenterInfo", own_center()),
        ("hostName", host.into()),
        ("status", status(random).into()),
        ("overriddenStatus", "UNKNOWN".into()),
        ("leaseInfo", lease(random)),
        ("isCoordinatingDiscoveryServer", false.into()),
        ("lastUpdatedTimestamp", LONG_AGO_MS.into()),
        ("lastDirtyTimestamp", dirty_ms(random).into()),
        ("actionType", Value::Null),
        ("asgName", Value::Null),
        ("port", port(8101.into(), "true")),
        ("securePort", port(443.into(), "false")),
        ("metadata", Value::object([("management.port", "8101".into())])),
    ])
}

/// What the Jersey transports send: times as text, no null.
fn jersey_form(random: &mut Random, member: &Member) -> Value {
    let host = member.host.as_str();
    Value::object([
        ("instanceId", member.id.as_str().into()),
        ("hostName", host.into()),
        ("app", member.app.as_str().into()),
        ("ipAddr", "10.1.2.4".into()),
        ("status", status(random).into()),
        ("overriddenStatus", "UNKNOWN".into()),
        ("port", port(8102.into(), "true")),
        ("securePort", port(8443.into(), "true")),
        ("countryId", 1.into()),
        ("dataCenterInfo", own_center()),
        ("leaseInfo", lease(random)),
        ("metadata", Value::object([("@class", "java.util.Collections$EmptyMap".into())])),
        ("appGroupName", "group".into()),
        ("homePageUrl", format!("http://{host}:8102/").into()),
        ("secureHealthCheckUrl", format!("https://{host}:8443/health").into()),
        ("vipAddress", vip(random).into()),
        ("isCoordinatingDiscoveryServer", "false".into()),
        ("lastUpdatedTimestamp", LONG_AGO_MS.to_string().into()),
        ("lastDirtyTimestamp", dirty_ms(random).to_string().into()),
    ])
}

/// The virtual addresses that scripts use; a registration has some of them.
pub(super) const VIPS: [&str; 3] = ["{tag}-va", "{tag}-vb", "{TAG}-va"];

fn vip(random: &mut Random) -> &'static str {
    random.pick(&[
        "{tag}-va",
        "{tag}-vb",
        "{tag}-va,{tag}-vb",
        "{TAG}-va",
        "{tag}-va, {tag}-vb",
        "",
    ])
}

fn own_center() -> Value {
    Value::object([("@class", OWN_CENTER.into()), ("name", "MyOwn".into())])
}

/// Lease terms are multiples of 30 s, as live comparisons of times need it.
fn lease(random: &mut Random) -> Value {
    let term: i128 = random.pick(&[30, 60, 90, 300, 3600]);
    Value::object([
        ("renewalIntervalInSecs", random.pick(&[1_i128, 10, 30]).into()),
        ("durationInSecs", term.into()),
        ("registrationTimestamp", 0.into()),
        ("lastRenewalTimestamp", 0.into()),
        ("evictionTimestamp", 0.into()),
        ("serviceUpTimestamp", 0.into()),
    ])
}

fn port(number: Value, enabled: &str) -> Value {
    Value::object([("$", number), ("@enabled", enabled.into())])
}

/// Metadata with awkward keys and values of every scalar type.
fn metadata(random: &mut Random) -> Value {
    let mut map = Value::Object(Vec::new());
    for _ in 0..random.below(4) {
        let value = match random.below(5) {
            0 => Value::Integer(5),
            1 => Value::Bool(true),
            2 => Value::Null,
            _ => random.pick(&AWKWARD_TEXTS).into(),
        };
        map.set(random.pick(&AWKWARD_KEYS), value);
    }
    map
}

fn data_center(random: &mut Random) -> Value {
    let mut amazon = Value::Object(Vec::new());
    for key in ["instance-id", "ami-id", "availability-zone", "public-ipv4", "mac", "own-key"] {
        if random.chance(50) {
            amazon.set(key, format!("{{tag}}-{key}"));
        }
    }
    match random.below(6) {
        0 => Value::object([
            ("@class", "com.netflix.appinfo.MyDataCenterInfo".into()),
            ("name", "MyOwn".into()),
        ]),
        1 => Value::object([("@class", OWN_CENTER.into()), ("name", "Netflix".into())]),
        2 => Value::object([("name", "MyOwn".into()), ("@class", OWN_CENTER.into())]),
        _ => Value::object([
            ("@class", AMAZON_CENTER.into()),
            ("name", "Amazon".into()),
            ("metadata", amazon),
        ]),
    }
}

/// Makes one member odd, absent, null or of another type.
fn vary(random: &mut Random, instance: &mut Value) {
    let names: Vec<String> = instance.members().iter().map(|(name, _)| name.clone()).collect();
    match random.below(8) {
        0 => instance.remove(&random.pick(&names)),
        1 => instance.set(&random.pick(&names), Value::Null),
        2 => {
            instance.set("overriddenStatus", random.pick(&["UP", "DOWN", "OUT_OF_SERVICE", "odd"]))
        }
        3 => {
            let name =
                random.pick(&["unknownNumber", "identifyingAttribute", "unknown text", "zzz"]);
            instance
                .set(name, random.pick(&[Value::Integer(1), true.into(), Value::Null, "x".into()]));
        }
        4 => vary_number(random, instance),
        5 => vary_port(random, instance),
        _ => vary_text(random, instance),
    }
}

fn vary_text(random: &mut Random, instance: &mut Value) {
    let name = random.pick(&[
        "sid",
        "appGroupName",
        "asgName",
        "homePageUrl",
        "statusPageUrl",
        "healthCheckUrl",
        "ipAddr",
        "status",
        "overriddenstatus",
        "actionType",
        "secureVipAddress",
        "isCoordinatingDiscoveryServer",
    ]);
    let value: Value = match random.below(6) {
        0 => 5.into(),
        1 => true.into(),
        2 => random.pick(&["unknown", "na", "up", "Down", "ADDED", "DELETED", "true"]).into(),
        _ => random.pick(&AWKWARD_TEXTS).into(),
    };
    instance.set(name, value);
}

fn vary_number(random: &mut Random, instance: &mut Value) {
    let name = random.pick(&["countryId", "lastUpdatedTimestamp", "lastDirtyTimestamp"]);
    let ago = LONG_AGO_MS;
    let value = random.pick(&[
        Value::Integer(0),
        Value::Integer(-1),
        Value::Integer(77),
        "77".into(),
        Value::Integer(ago),
        ago.to_string().into(),
        Value::Null,
    ]);
    if random.chance(60) {
        instance.set(name, value);
        return;
    }
    let mut lease = instance.get("leaseInfo").cloned().unwrap_or_default();
    let term = random.pick(&[Value::Integer(0), Value::Integer(-30), "60".into(), Value::Null]);
    lease.set("durationInSecs", term);
    lease.set("unknownNumber", 7);
    instance.set("leaseInfo", random.pick(&[lease, Value::Null, Value::Object(Vec::new())]));
}

fn vary_port(random: &mut Random, instance: &mut Value) {
    let number = random.pick(&[
        Value::Integer(0),
        Value::Integer(-1),
        Value::Integer(70_000),
        "91".into(),
        Value::Integer(8101),
    ]);
    let mut odd = Value::object([("$", number)]);
    if random.chance(80) {
        let enabled = ["true", "false", "TRUE", "False", "no", ""].map(Value::text);
        let typed = [true.into(), false.into(), Value::Integer(1), Value::Integer(0), Value::Null];
        odd.set("@enabled", random.pick(&[enabled.as_slice(), typed.as_slice()].concat()));
    }
    instance.set(random.pick(&["port", "securePort"]), odd);
}
