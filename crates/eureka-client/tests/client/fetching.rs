use std::time::Duration;

use eureka_client::wire::InstanceStatus;
use eureka_client::{Client, RoundRobin, Source};

use crate::support::{FakeRegistry, Reply, beside, client, instance};

fn ids(client: &Client) -> Vec<String> {
    let snapshot = client.snapshot();
    snapshot.endpoints().iter().map(|endpoint| endpoint.info().id().to_owned()).collect()
}

#[tokio::test]
async fn a_full_list_first_and_deltas_from_then_on() {
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let server = registry.serve().await;
    let client = client(&[&server]).fetch_only().build().unwrap();
    assert_eq!((client.source(), client.age()), (Source::Nothing, None));
    let mut changes = client.watch();

    beside(&client, async {
        changes.next().await.unwrap();
        assert_eq!(ids(&client), ["a-1"]);
        registry.add(instance("b", 2));
        changes.next().await.unwrap();
        assert_eq!(ids(&client), ["a-1", "b-2"]);
        registry.remove("a-1");
        changes.next().await.unwrap();
        assert_eq!(ids(&client), ["b-2"]);
        server.until_more("GET /eureka/apps/delta", 2).await;
    })
    .await;

    assert_eq!(server.lines()[0], "GET /eureka/apps/");
    assert_eq!(server.count("GET /eureka/apps/") - server.count("GET /eureka/apps/delta"), 1);
    assert_eq!(client.source(), Source::Server);
    assert!(client.age().is_some());
    assert_eq!(client.services(), ["b"]);
    assert_eq!(client.instances("B").len(), 1);
    assert!(client.pick("b", &RoundRobin).is_some());
    let asked = server.asked().remove(0);
    assert_eq!(asked.header("accept"), Some("application/json"));
    assert!(asked.header("accept-encoding").unwrap().contains("gzip"));
}

#[tokio::test]
async fn a_delta_that_does_not_fit_is_followed_by_a_full_list_at_once() {
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let server = registry.serve().await;
    let client = client(&[&server]).fetch_only().build().unwrap();
    let mut changes = client.watch();

    beside(&client, async {
        changes.next().await.unwrap();
        // The change is over before the client sees it.
        registry.add(instance("b", 2));
        registry.forget_changes();
        changes.next().await.unwrap();
        assert_eq!(ids(&client), ["a-1", "b-2"]);
        registry.lie(Some("UP_3_"));
        server.until_more("GET /eureka/apps/delta", 3).await;
        assert_eq!(ids(&client), ["a-1", "b-2"]);
    })
    .await;

    // Two deltas never follow each other while the hash is wrong.
    let lines = server.lines();
    let tail = &lines[lines.len() - 4..];
    assert!(tail.windows(2).all(|two| two[0] != two[1]), "{tail:?}");
}

#[tokio::test]
async fn a_server_without_deltas_is_asked_for_everything() {
    for status in [403, 404, 204] {
        let registry = FakeRegistry::default();
        registry.add(instance("a", 1));
        let server = registry.serve().await;
        let full = registry.clone();
        server.now(move |asked| {
            let is_delta = asked.path.ends_with("delta");
            if is_delta { Reply::status(status) } else { full.answer(asked) }
        });
        let client = client(&[&server]).fetch_only().build().unwrap();
        let mut changes = client.watch();

        beside(&client, async {
            changes.next().await.unwrap();
            registry.add(instance("b", 2));
            changes.next().await.unwrap();
        })
        .await;
        assert_eq!(ids(&client), ["a-1", "b-2"], "{status}");
        assert!(server.count("GET /eureka/apps/delta") > 0);
    }
}

#[tokio::test]
async fn settings_say_what_is_asked_for() {
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let server = registry.serve().await;
    let fetch = async |change: fn(&mut eureka_client::Settings)| {
        let client = client(&[&server]).fetch_only().configure(change).build().unwrap();
        let before = server.asked().len();
        beside(&client, server.until(|asked| asked.len() >= before + 2)).await;
        let asked = server.asked();
        let headers = ["accept-encoding", "x-eureka-accept", "x-discovery-allowredirect"];
        let told = headers.map(|name| asked[before].header(name).unwrap_or("-").to_owned());
        (asked[before].path.clone(), asked[before + 1].path.clone(), told.join(" "))
    };
    let told = |first: &str, second: &str, headers: &str| {
        (first.to_owned(), second.to_owned(), headers.to_owned())
    };

    assert_eq!(
        fetch(|settings| {
            settings.regions = vec!["x".to_owned(), "y".to_owned()];
            settings.gzip = false;
        })
        .await,
        told("/eureka/apps/?regions=x%2Cy", "/eureka/apps/delta?regions=x%2Cy", "- - -")
    );
    assert_eq!(
        fetch(|settings| {
            settings.disable_delta = true;
            settings.compact = true;
            settings.allow_redirects = true;
        })
        .await,
        told("/eureka/apps/", "/eureka/apps/", "gzip compact true")
    );
    assert_eq!(
        fetch(|settings| settings.single_vip = Some("a b".to_owned())).await,
        told("/eureka/vips/a%20b", "/eureka/vips/a%20b", "gzip - -")
    );
    assert_eq!(
        fetch(|settings| settings.log_delta_diff = true).await,
        told("/eureka/apps/", "/eureka/apps/delta", "gzip - -")
    );
}

#[tokio::test]
async fn compressed_and_large_answers_are_read() {
    use std::io::Write as _;

    let registry = FakeRegistry::default();
    for port in 1..=400 {
        registry.add(instance("a", port));
    }
    let server = registry.serve().await;
    server.now(move |asked| match registry.answer(asked) {
        Reply::Answer(_, _, body) if asked.method == "GET" => {
            assert!(body.len() > 128 * 1024, "beyond what is read in place");
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&body).unwrap();
            Reply::json(gzip.finish().unwrap()).with("content-encoding", "gzip")
        }
        other @ (Reply::Answer(..) | Reply::Silence | Reply::Break) => other,
    });
    let client = client(&[&server]).fetch_only().build().unwrap();

    beside(&client, client.until_fetched()).await;

    assert_eq!(client.instances("a").len(), 400);
}

#[tokio::test]
async fn what_is_no_registry_changes_nothing_and_the_age_tells() {
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let server = registry.serve().await;
    let client = client(&[&server]).fetch_only().build().unwrap();
    beside(&client, client.until_fetched()).await;

    for reply in [
        Reply::json("{"),
        Reply::json("[]"),
        Reply::json(r#"{"applications":{"application":[{"instance":[{"port":{"x":1}}]}]}}"#),
        Reply::status(500),
        Reply::status(401),
        Reply::Break,
    ] {
        server.now(move |_| reply.clone());
        beside(&client, server.until_more("GET", 2)).await;
        assert_eq!(ids(&client), ["a-1"]);
    }
    let (before, source) = (client.age().unwrap(), client.source());
    assert!(client.age().unwrap() >= before && source == Source::Server);
    assert!(before > Duration::ZERO);
}

#[tokio::test]
async fn who_is_not_up_is_hidden_unless_asked_for() {
    let registry = FakeRegistry::default();
    let mut down = instance("a", 2);
    down.status = InstanceStatus::Down;
    registry.add(instance("a", 1));
    registry.add(down);
    let server = registry.serve().await;
    for (only_up, seen) in [(true, 1), (false, 2)] {
        let client = client(&[&server])
            .fetch_only()
            .configure(|settings| settings.filter_only_up = only_up)
            .build()
            .unwrap();
        beside(&client, client.until_fetched()).await;
        assert_eq!(client.instances("a").len(), seen);
        assert_eq!(client.snapshot().application("a").unwrap().all().len(), 2);
    }
}
