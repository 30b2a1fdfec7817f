//! Redis over TLS, behind sentinels and as a cluster: real servers. Two gateways are asked in turn,
//! so that only what is counted together ends in 429.

use super::redis::{Redis, ask, free_port, limited};
use super::*;

/// Statuses of three requests of `key`, by two gateways in turn.
fn statuses(both: &[Gateway; 2], key: &str) -> [u16; 3] {
    [0, 1, 0].map(|at| ask(&both[at], key).status)
}

fn two(upstream: &Upstream, place: &str, more: &str) -> [Gateway; 2] {
    // Without Redis nothing would pass: what passes was counted there.
    let more = format!(", on-store-failure: closed{more}");
    [0, 1].map(|_| limited(upstream, place, &more))
}

#[test]
fn over_tls_with_a_name_and_a_password() {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let own = own.signed_by(&key, &issuer).unwrap();
    let folder = std::env::temp_dir().join(format!("gw-redis-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (ca, cert) = (file("ca.pem", root.pem()), file("cert.pem", own.pem()));
    let private = file("key.pem", key.serialize_pem());
    let port = free_port();
    let lines = format!(
        "port 0\ntls-port {port}\ntls-cert-file {cert}\ntls-key-file {private}\n\
         tls-ca-cert-file {ca}\ntls-auth-clients no\nuser default off\nuser gw on >p@ss ~* +@all\n"
    );
    let _redis = Redis::with(port, &lines, &[]);
    let upstream = Upstream::saying(200, "", "ok");
    let place = format!(
        "host: 127.0.0.1, port: {port}, username: gw, password: 'p@ss', ssl: {{bundle: r}}"
    );
    let bundle = format!("}}}}\nspring.ssl.bundle.pem.r.truststore: {{certificate: 'file:{ca}'");
    let by_keys = two(&upstream, &place, &bundle);
    assert_eq!(statuses(&by_keys, "a"), [200, 200, 429]);
    // The system does not trust it, and the password belongs to the name.
    let place = format!("url: 'rediss://gw:p%40ss@127.0.0.1:{port}'");
    let untrusting = limited(&upstream, &place, ", on-store-failure: closed");
    assert_eq!(ask(&untrusting, "b").status, 429);
    let place = format!("url: 'rediss://gw:p%40ss@127.0.0.1:{port}/0', ssl.bundle: r");
    assert_eq!(statuses(&two(&upstream, &place, &bundle), "c"), [200, 200, 429]);
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn the_master_that_sentinels_name_also_when_that_is_another() {
    let (first, second) = (Redis::start(), Redis::start());
    let port = free_port();
    let lines = format!("port {port}\nsentinel monitor mine 127.0.0.1 {} 1\n", first.port);
    let sentinel = Redis::with(port, &lines, &["--sentinel"]);
    let upstream = Upstream::saying(200, "", "ok");
    let nobody = free_port();
    let place = format!("sentinel: {{master: mine, nodes: '127.0.0.1:{nobody},127.0.0.1:{port}'}}");
    let both = two(&upstream, &place, "");
    assert_eq!(statuses(&both, "k"), [200, 200, 429]);
    assert!(first.ask("EXISTS request_rate_limiter.{a.k}.tokens").starts_with(":1"));
    assert!(sentinel.ask("SENTINEL REMOVE mine").starts_with("+OK"));
    let other = format!("SENTINEL MONITOR mine 127.0.0.1 {} 1", second.port);
    assert!(sentinel.ask(&other).starts_with("+OK"));
    // The old one was demoted: it refuses to write.
    first.ask(&format!("REPLICAOF 127.0.0.1 {}", second.port));
    assert_eq!(statuses(&both, "l"), [200, 200, 429]);
    assert!(second.ask("EXISTS request_rate_limiter.{a.l}.tokens").starts_with(":1"));
    drop(first);
    assert_eq!(statuses(&both, "m"), [200, 200, 429]);
}

/// Two servers that share the slots.
fn cluster() -> [Redis; 2] {
    let servers = [0, 1].map(|_| {
        let (port, bus) = (free_port(), free_port());
        let lines = format!(
            "port {port}\ncluster-enabled yes\ncluster-config-file nodes.conf\n\
             cluster-port {bus}\ncluster-require-full-coverage no\n"
        );
        (Redis::with(port, &lines, &[]), bus)
    });
    let [(one, _), (other, bus)] = servers;
    assert!(one.ask("CLUSTER ADDSLOTSRANGE 0 8191").starts_with("+OK"));
    assert!(other.ask("CLUSTER ADDSLOTSRANGE 8192 16383").starts_with("+OK"));
    assert!(one.ask(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", other.port)).starts_with("+OK"));
    for server in [&one, &other] {
        while !server.ask("CLUSTER INFO").contains("cluster_slots_ok:16384") {
            std::thread::yield_now();
        }
        while !server.ask("CLUSTER INFO").contains("cluster_state:ok") {
            std::thread::yield_now();
        }
    }
    [one, other]
}

fn text(reply: &str) -> String {
    reply.lines().nth(1).unwrap_or_default().trim().to_owned()
}

#[test]
fn each_key_at_the_server_of_its_slot_moved_and_moving_ones_too() {
    let [one, other] = cluster();
    let upstream = Upstream::saying(200, "", "ok");
    let place = format!("cluster.nodes: ['127.0.0.1:{}']", one.port);
    let both = two(&upstream, &place, "");
    for number in 0..16 {
        assert_eq!(statuses(&both, &format!("k{number}")), [200, 200, 429], "{number}");
    }
    for server in [&one, &other] {
        assert!(!server.ask("DBSIZE").starts_with(":0"), "both have some of the keys");
    }
    // A slot that is on its way: its keys are there already, and the old server says so.
    let slot = |key: &str| {
        let reply = one.ask(&format!("CLUSTER KEYSLOT request_rate_limiter.{{a.{key}}}.tokens"));
        reply.trim_start_matches(':').lines().next().unwrap().parse::<u16>().unwrap()
    };
    let key = (0..).map(|number| format!("n{number}")).find(|key| slot(key) < 8_192).unwrap();
    let (from, to) = (text(&one.ask("CLUSTER MYID")), text(&other.ask("CLUSTER MYID")));
    let slot = slot(&key);
    assert!(other.ask(&format!("CLUSTER SETSLOT {slot} IMPORTING {from}")).starts_with("+OK"));
    assert!(one.ask(&format!("CLUSTER SETSLOT {slot} MIGRATING {to}")).starts_with("+OK"));
    for (name, value) in [("tokens", "60"), ("timestamp", "0")] {
        let set = format!("ASKING\r\nSET request_rate_limiter.{{a.{key}}}.{name} {value}");
        assert!(other.ask(&set).starts_with("+OK\r\n+OK"));
    }
    assert_eq!(statuses(&both, &key), [200, 200, 429]);
}
