//! `GET /eureka/status`: the server in numbers (EP-26).

use std::time::Duration;

use crate::support::{Call, JSON, Server, XML};

#[tokio::test(start_paused = true)]
async fn xml_has_the_class_name_for_a_root() {
    let server = Server::start();
    server.pass(Duration::from_secs(60)).await;
    let answer = Call::new("GET", "/eureka/status").send(&server).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, XML));
    let text = answer.text();
    assert!(text.starts_with("<com.netflix.eureka.util.StatusInfo>\n  <generalStats>"), "{text}");
    assert!(text.ends_with("</instanceInfo>\n</com.netflix.eureka.util.StatusInfo>"), "{text}");
    for part in [
        "<num-of-cpus>",
        "<server-uptime>00:01</server-uptime>",
        "<applicationStats>",
        "<unavailable-replicas></unavailable-replicas>",
        "<app>EUREKA-SERVER</app>",
        "<isCoordinatingDiscoveryServer>true<",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

// Row 22 of the deviations: the reference breaks here.
#[tokio::test(start_paused = true)]
async fn json_says_the_same() {
    let server = Server::start();
    let answer = server.get("/eureka/status").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, JSON));
    let told = answer.json();
    assert_eq!(told["generalStats"]["server-uptime"], "00:00");
    assert_eq!(told["applicationStats"]["available-replicas"], "");
    assert_eq!(told["instanceInfo"]["app"], "EUREKA-SERVER");
    assert_eq!(told["instanceInfo"]["status"], "UP");
    Call::new("GET", "/eureka/status").accept("text/html").send(&server).await.is_bare(406);
}

#[tokio::test(start_paused = true)]
async fn the_server_tells_how_it_was_named() {
    let server = Server::with(&[
        "--eureka.instance.appname=discovery",
        "--eureka.instance.hostname=registry.example",
        "--server.port=18761",
    ]);
    let told = server.get("/eureka/status").await.json();
    assert_eq!(told["instanceInfo"]["app"], "DISCOVERY");
    assert_eq!(told["instanceInfo"]["hostName"], "registry.example");
    assert_eq!(told["instanceInfo"]["port"]["$"], 18761);
}
