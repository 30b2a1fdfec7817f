use super::*;

fn settings(trust: Trust) -> ForwardedSettings {
    ForwardedSettings { trust, ..ForwardedSettings::default() }
}

fn applied(
    settings: &ForwardedSettings,
    arrival: &Arrival<'_>,
    sent: &[(&str, &str)],
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    apply(settings, arrival, &mut headers);
    headers
}

fn arrival<'r>(host: &'r str, original_path: &'r str, path: &'r str) -> Arrival<'r> {
    let peer = "127.0.0.1:4711".parse().unwrap();
    Arrival { peer, scheme: Some("http"), host, original_path, path }
}

const SPOOFED: [(&str, &str); 4] = [
    ("x-forwarded-for", "6.6.6.6"),
    ("x-forwarded-prefix", "/evil"),
    ("x-forwarded-unknown", "x"),
    ("forwarded", "for=6.6.6.6"),
];

#[test]
fn an_untrusted_peer_s_headers_are_replaced_hd_7_sp_1() {
    let headers = applied(&settings(Trust::Nobody), &arrival("a.example", "/a", "/a"), &SPOOFED);
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-host"], "a.example");
    assert_eq!(headers["x-forwarded-port"], "80");
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers["forwarded"], "proto=http;host=a.example;for=\"127.0.0.1:4711\"");
    assert_eq!(headers.len(), 5);
}

#[test]
fn in_the_reference_s_mode_an_untrusted_peer_gets_none_hd_5() {
    let own = ForwardedSettings { only_if_trusted: true, ..settings(Trust::Nobody) };
    assert!(applied(&own, &arrival("a", "/a", "/a"), &SPOOFED).is_empty());
}

#[test]
fn a_trusted_peer_s_headers_are_added_to_hd_8_hd_9() {
    let own = settings(Trust::matching(r"127\..*").unwrap());
    let headers = applied(&own, &arrival("gw:8080", "/a", "/a"), &SPOOFED);
    assert_eq!(headers["x-forwarded-for"], "6.6.6.6,127.0.0.1");
    assert_eq!(headers["x-forwarded-host"], "gw:8080");
    assert_eq!(headers["x-forwarded-port"], "8080");
    let all: Vec<_> = headers.get_all("forwarded").iter().collect();
    assert_eq!(all, ["for=6.6.6.6", "proto=http;host=\"gw:8080\";for=\"127.0.0.1:4711\""]);
}

#[test]
fn of_two_lines_only_trusted_ones_stay_sp_2() {
    let own =
        settings(Trust::networks(&["127.0.0.0/8".to_owned(), "10.0.0.0/8".to_owned()]).unwrap());
    let sent = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "10.0.0.1, 10.0.0.2")];
    let headers = applied(&own, &arrival("a", "/a", "/a"), &sent);
    assert_eq!(headers["x-forwarded-for"], "10.0.0.1, 10.0.0.2,127.0.0.1");
}

#[test]
fn the_prefix_is_what_was_cut_off_hd_10() {
    assert_eq!(prefix("/products/1", "/1"), Some("/products"));
    assert_eq!(prefix("/api/v1", "/"), Some("/api/v1"));
    assert_eq!(prefix("/api/v1/", "/"), Some("/api/v1"));
    assert_eq!(prefix("/a", "/a"), None);
    assert_eq!(prefix("/prefix", "/inner/prefix"), None);
    assert_eq!(prefix("/", "/"), None);
}

#[test]
fn addresses_of_version_6_are_bracketed_hd_12() {
    let peer = "[::1]:9".parse().unwrap();
    let v6 = Arrival { peer, ..arrival("[::1]:81", "/", "/") };
    let headers = applied(&settings(Trust::Nobody), &v6, &[]);
    assert_eq!(headers["forwarded"], "proto=http;host=\"[::1]:81\";for=\"[::1]:9\"");
    assert_eq!(headers["x-forwarded-for"], "::1");
    assert_eq!(headers["x-forwarded-port"], "81");
    let mapped = Arrival { peer: "[::ffff:10.0.0.1]:9".parse().unwrap(), ..v6 };
    assert_eq!(applied(&settings(Trust::Nobody), &mapped, &[])["x-forwarded-for"], "10.0.0.1");
}

#[test]
fn each_header_has_a_switch_hd_11() {
    let mut own = settings(Trust::matching(".*").unwrap());
    own.for_.append = false;
    own.host.enabled = false;
    own.forwarded = false;
    let headers = applied(&own, &arrival("a", "/a", "/a"), &[("x-forwarded-for", "1.1.1.1")]);
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert!(!headers.contains_key("x-forwarded-host") && !headers.contains_key("forwarded"));
    own.enabled = false;
    assert!(applied(&own, &arrival("a", "/a", "/a"), &[]).is_empty());
}
