//! `POST /eureka/apps/{app}`: what is taken and what is refused, in this order.

use serde_json::{Value, json};
use test_kit::Registration;

use crate::support::{Answer, Call, JSON, Server, XML};

const UNREADABLE_JSON: &str = "{\"error\": \"cannot parse request body\"";
const UNREADABLE_XML: &str = "<error><message>cannot parse request body</message>";

fn made() -> Registration {
    Registration::new("FOO", "i1")
}

async fn post(server: &Server, media_type: &str, body: impl Into<bytes::Bytes>) -> Answer {
    Call::new("POST", "/eureka/apps/FOO").body(media_type, body).send(server).await
}

/// The instance that is stored after `registration` was taken.
async fn stored(registration: &Registration) -> Value {
    let server = Server::start();
    let answer = server.register("FOO", registration).await;
    assert_eq!(answer.told(), (204, ""), "{}", registration.json());
    server.instance("FOO", "i1").await
}

#[tokio::test(start_paused = true)]
async fn a_registration_is_answered_204_with_nothing_else() {
    let server = Server::start();
    for (media_type, body) in [(JSON, made().json()), (XML, made().xml())] {
        let answer = post(&server, media_type, body).await;
        answer.is_bare(204);
        assert!(answer.headers.is_empty(), "{:?}", answer.headers);
    }
}

// EP-1
#[tokio::test(start_paused = true)]
async fn other_content_types_are_answered_415_and_the_connection_ends() {
    let server = Server::start();
    for media_type in [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/json;charset=UTF-16",
        "application/vnd.x+json",
        "",
    ] {
        let answer = post(&server, media_type, made().json()).await;
        answer.is_bare(415);
        assert_eq!(answer.header("connection"), "close", "{media_type}");
    }
    let untyped = Call::new("POST", "/eureka/apps/FOO").send(&server).await;
    untyped.is_bare(415);
    assert_eq!(server.instance("FOO", "i1").await, Value::Null);
}

// 1.3
#[tokio::test(start_paused = true)]
async fn utf_8_and_latin_1_are_read_in_both_formats() {
    for (charset, bytes) in [("UTF-8", "é".as_bytes()), ("iso-8859-1", b"\xe9".as_slice())] {
        for (media_type, body) in [(JSON, made().json()), (XML, made().xml())] {
            let server = Server::start();
            let body = body.replace("host-1", "\u{1}");
            let (before, after) = body.split_once('\u{1}').unwrap();
            let body = [before.as_bytes(), bytes, after.as_bytes()].concat();
            let answer = post(&server, &format!("{media_type}; charset={charset}"), body).await;
            answer.is_bare(204);
            assert_eq!(server.instance("FOO", "i1").await["hostName"], "é");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_xml_declaration_may_name_latin_1() {
    let server = Server::start();
    let declared = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>";
    let body = format!("{declared}{}", made().xml()).replace("host-1", "\u{e9}");
    let body: Vec<u8> = body.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    post(&server, XML, body).await.is_bare(204);
    assert_eq!(server.instance("FOO", "i1").await["hostName"], "é");
}

// EP-2
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_answered_400_with_field_and_reason() {
    let server = Server::start();
    let port = |value: Value| made().with("port", value).json();
    for (body, field) in [
        (String::new(), "body"),
        ("hello".to_owned(), "body"),
        ("[]".to_owned(), "body"),
        ("null".to_owned(), "body"),
        ("{}".to_owned(), "instance"),
        ("{\"instance\":null}".to_owned(), "instance"),
        ("{\"instance\":[]}".to_owned(), "instance"),
        ("{\"instance\":\"x\"}".to_owned(), "instance"),
        (made().object(), "instance"),
        (made().without("app").json(), "instance.app"),
        (made().with("app", Value::Null).json(), "instance.app"),
        (made().with("dataCenterInfo", json!({})).json(), "instance.dataCenterInfo"),
        (
            made().with("dataCenterInfo", json!({"@class": "java.io.File"})).json(),
            "instance.dataCenterInfo",
        ),
        (made().with("dataCenterInfo", "MyOwn").json(), "instance.dataCenterInfo"),
        (port(json!(8080)), "instance.port"),
        (port(json!({"$": 1, "x": 2})), "instance.port"),
        (made().with("future", json!([])).json(), "instance.future"),
        (made().with("metadata", json!({"a": {"b": 1}})).json(), "instance.metadata"),
        (made().with("hostName", json!(["h"])).json(), "instance.hostName"),
        (made().json()[..40].to_owned(), "body"),
    ] {
        let answer = post(&server, JSON, body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.header("content-type"), JSON);
        assert!(answer.text().starts_with(UNREADABLE_JSON), "{}", answer.text());
        assert_eq!(answer.json()["field"], field, "{body}");
        assert_ne!(answer.json()["reason"], "", "{body}");
    }
    assert_eq!(server.get("/eureka/apps").await.json()["applications"]["apps__hashcode"], "");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_data_center_name_cannot_be_read() {
    let server = Server::start();
    let class = test_kit::registration::DATA_CENTER_CLASS;
    let named = made().with("dataCenterInfo", json!({"@class": class, "name": "Moon"}));
    for (media_type, body, start) in
        [(JSON, named.json(), UNREADABLE_JSON), (XML, named.xml(), UNREADABLE_XML)]
    {
        let answer = post(&server, media_type, body).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, media_type));
        assert!(answer.text().starts_with(start), "{}", answer.text());
    }
}

#[tokio::test(start_paused = true)]
async fn xml_that_cannot_be_read_is_answered_in_xml() {
    let server = Server::start();
    for body in [
        "",
        "text",
        "<instance>",
        "<instance/><instance/>",
        "<applications/>",
        "<!DOCTYPE instance [<!ENTITY a \"b\">]><instance/>",
        "<instance><hostName>&unknown;</hostName></instance>",
        "<instance><port>x</port></instance>",
        "<instance><metadata><a><b/></a></metadata></instance>",
        "\u{feff}<instance",
    ] {
        let answer = post(&server, XML, body).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, XML), "{body}");
        assert!(answer.text().starts_with(UNREADABLE_XML), "{body}: {}", answer.text());
        assert!(answer.text().contains("<reason>"), "{body}: {}", answer.text());
    }
}

// EP-3 to EP-9, in the order in which they are looked at.
#[tokio::test(start_paused = true)]
async fn what_is_missing_is_named_and_the_first_one_counts() {
    let server = Server::start();
    let data_center = |value: Value| made().with("dataCenterInfo", value);
    let class = test_kit::registration::DATA_CENTER_CLASS;
    for (registration, text) in [
        (made().without("instanceId").without("hostName").without("ipAddr"), "Missing instanceId"),
        (made().with("instanceId", "").with("hostName", ""), "Missing instanceId"),
        (made().without("hostName").without("ipAddr"), "Missing hostname"),
        (made().with("hostName", ""), "Missing hostname"),
        (made().without("ipAddr").with("app", ""), "Missing ip address"),
        (made().with("ipAddr", ""), "Missing ip address"),
        (made().with("app", ""), "Missing appName"),
        (made().with("app", "bar"), "Mismatched appName, expecting FOO but was BAR"),
        (made().without("dataCenterInfo"), "Missing dataCenterInfo"),
        (data_center(Value::Null), "Missing dataCenterInfo"),
        (data_center(json!({"@class": class})), "Missing dataCenterInfo Name"),
    ] {
        for (accept, label) in [("*/*", XML), (JSON, JSON), ("text/html", XML)] {
            let call = Call::new("POST", "/eureka/apps/FOO").accept(accept);
            let answer = call.body(JSON, registration.json()).send(&server).await;
            assert_eq!(answer.told(), (400, text), "{}", registration.json());
            assert_eq!(answer.header("content-type"), label);
        }
    }
    server.get("/eureka/apps/FOO").await.is_bare(404);
}

// EP-3, W-1
#[tokio::test(start_paused = true)]
async fn the_host_name_stands_in_for_a_missing_id() {
    let server = Server::start();
    server.register("FOO", &made().without("instanceId")).await.is_bare(204);
    let told = server.instance("FOO", "host-1").await;
    assert_eq!((&told["hostName"], &told["instanceId"]), (&json!("host-1"), &Value::Null));
}

// EP-7, RT-6
#[tokio::test(start_paused = true)]
async fn application_names_are_equal_in_any_case() {
    let server = Server::start();
    server.register("fOO", &made().with("app", "foo")).await.is_bare(204);
    assert_eq!(server.instance("Foo", "i1").await["app"], "FOO");
    server.get("/eureka/apps/FOO/I1").await.is_bare(404);
}

// EP-10
#[tokio::test(start_paused = true)]
async fn an_amazon_instance_without_an_id_gets_its_effective_one() {
    let amazon = json!({"@class": "com.netflix.appinfo.AmazonInfo", "name": "x", "metadata": {}});
    let server = Server::start();
    let refused = server.register("FOO", &made().with("dataCenterInfo", amazon)).await;
    assert_eq!(refused.status, 400);
    let amazon = json!({"@class": "com.netflix.appinfo.AmazonInfo", "name": "Amazon"});
    let told = stored(&made().with("dataCenterInfo", amazon)).await;
    assert_eq!(told["dataCenterInfo"]["metadata"]["instance-id"], "i1");
}

// W-19
#[tokio::test(start_paused = true)]
async fn an_id_is_printable_and_fits_a_path() {
    let server = Server::start();
    for id in ["a\r\nb", "a\u{0}b", "\u{7f}", "a\u{85}b", &"x".repeat(513)] {
        let answer = server.register("FOO", &made().with("instanceId", id)).await;
        assert_eq!(answer.status, 400, "{id:?}");
        assert!(answer.text().starts_with("Invalid instanceId"), "{}", answer.text());
    }
    for (id, path) in [
        ("a/b", "a%2Fb"),
        ("a b", "a%20b"),
        ("a+b", "a+b"),
        ("h:foo:8080", "h%3Afoo:8080"),
        ("한국", "%ED%95%9C%EA%B5%AD"),
        (&"x".repeat(512), &"x".repeat(512)),
    ] {
        server.has("FOO", id).await;
        assert_eq!(server.instance("FOO", path).await["instanceId"], id);
        server.delete(&format!("/eureka/apps/FOO/{path}")).await.is_bare(200);
    }
}

// W-5, DC-1, DC-4
#[tokio::test(start_paused = true)]
async fn unknown_single_values_and_nulls_are_ignored() {
    let bare = stored(&made()).await;
    let nulls = ["appGroupName", "secureHealthCheckUrl", "actionType", "asgName", "port", "sid"];
    let mut registration = made().with("identifyingAttribute", "x").with("future", 5);
    for name in nulls {
        registration = registration.with(name, Value::Null);
    }
    assert_eq!(stored(&registration).await, bare);
}

// W-6, W-7, DC-5, DC-6
#[tokio::test(start_paused = true)]
async fn texts_for_numbers_and_unknown_statuses_are_taken() {
    let told = stored(&made().with("status", "up")).await;
    assert_eq!(told["status"], "UNKNOWN");
    for (sent, number, enabled) in [
        (json!({"$": "8080", "@enabled": true}), 8080, "true"),
        (json!({"$": -1, "@enabled": "false"}), -1, "false"),
        (json!({"$": 70000}), 70000, "true"),
        (json!({"$": "abc", "@enabled": "yes"}), 0, "false"),
    ] {
        let told = stored(&made().with("port", sent.clone())).await;
        assert_eq!(told["port"], json!({"$": number, "@enabled": enabled}), "{sent}");
    }
}

// W-8, DM-10
#[tokio::test(start_paused = true)]
async fn lease_durations_of_any_size_are_taken() {
    for (sent, duration) in [(0, 90), (-5, 90), (2_147_483_647_i64, 2_147_483_647_i64)] {
        let told = stored(&made().lasting(sent)).await;
        assert_eq!(told["leaseInfo"]["durationInSecs"], duration);
    }
    let server = Server::start();
    assert_eq!(server.register("FOO", &made().lasting(i64::MAX)).await.status, 400);
}

// W-18, DC-8, W-26
#[tokio::test(start_paused = true)]
async fn metadata_becomes_text_and_the_last_of_equal_names_counts() {
    let server = Server::start();
    let body = made().json().replace(
        "\"status\"",
        "\"metadata\":{\"@class\":\"x\",\"n\":1.50,\"b\":true,\"z\":null,\"d\":\"1\",\"d\":\"2\"},\"status\"",
    );
    post(&server, JSON, body).await.is_bare(204);
    let told = server.instance("FOO", "i1").await;
    assert_eq!(told["metadata"], json!({"n": "1.50", "b": "true", "z": "null", "d": "2"}));
}

// Row 23 of the deviations: the reference does not decode it.
#[tokio::test(start_paused = true)]
async fn a_compressed_body_is_taken_and_a_false_label_is_not() {
    use std::io::Write as _;
    let server = Server::start();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(made().json().as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let cut = packed[..packed.len() / 2].to_vec();
    for (body, status) in
        [(packed, 204), (made().json().into_bytes(), 400), (cut, 400), (Vec::new(), 400)]
    {
        let call = Call::new("POST", "/eureka/apps/FOO").header("content-encoding", "gzip");
        assert_eq!(call.body(JSON, body).send(&server).await.status, status);
    }
}

// W-17, W-27
#[tokio::test(start_paused = true)]
async fn an_instance_may_have_a_megabyte_and_a_body_two() {
    let server = Server::start();
    let sized = |bytes: usize| {
        let bare = made().with("homePageUrl", "").json().len();
        made().with("homePageUrl", "x".repeat(bytes - bare)).json()
    };
    post(&server, JSON, sized(1 << 20)).await.is_bare(204);
    let too_large = post(&server, JSON, sized((1 << 20) + 1)).await;
    assert_eq!(too_large.status, 413);
    assert_eq!(too_large.json()["field"], "instance");
    assert_eq!(too_large.header("connection"), "", "the body was read: the connection goes on");
    let beyond = post(&server, JSON, vec![b' '; (2 << 20) + 1]).await;
    assert_eq!((beyond.status.as_u16(), beyond.header("connection")), (413, "close"));
}

// W-17: ten thousand names are no more work per name than a hundred.
#[tokio::test(start_paused = true)]
async fn many_metadata_names_are_taken() {
    let metadata: serde_json::Map<String, Value> =
        (0..10_000).map(|n| (format!("name-{n}"), json!("x".repeat(80)))).collect();
    let told = stored(&made().with("metadata", metadata)).await;
    assert_eq!(told["metadata"].as_object().unwrap().len(), 10_000);
}

// DT-1, LS-5
#[tokio::test(start_paused = true)]
async fn older_data_loses_silently() {
    let server = Server::start();
    let dirty = |at: u64, host: &str| {
        made().with("lastDirtyTimestamp", at.to_string()).with("hostName", host)
    };
    for (at, host, kept) in [(500, "a", "a"), (499, "b", "a"), (500, "c", "c"), (501, "d", "d")] {
        server.register("FOO", &dirty(at, host)).await.is_bare(204);
        assert_eq!(server.instance("FOO", "i1").await["hostName"], kept, "{at}");
    }
}

// 3.5
#[tokio::test(start_paused = true)]
async fn an_instance_that_was_up_stays_up_unless_it_says_it_is_not_ready() {
    let server = Server::start();
    for (said, told) in [
        ("UP", "UP"),
        ("OUT_OF_SERVICE", "UP"),
        ("DOWN", "DOWN"),
        ("OUT_OF_SERVICE", "OUT_OF_SERVICE"),
        ("UP", "OUT_OF_SERVICE"),
        ("STARTING", "STARTING"),
        ("UP", "UP"),
    ] {
        server.register("FOO", &made().with("status", said)).await.is_bare(204);
        assert_eq!(server.instance("FOO", "i1").await["status"], told, "after {said}");
    }
}
