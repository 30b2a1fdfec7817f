use std::time::Duration;

use eureka_client::{Client, Server, Zones};

use crate::support::{Fake, FakeRegistry, Reply, TICK, beside, client, hurried, instance};

#[tokio::test]
async fn when_the_server_in_use_dies_the_other_takes_over_and_is_kept() {
    let registry = FakeRegistry::default();
    let (one, other) = (registry.serve().await, registry.serve().await);
    let client = client(&[&one, &other]).build().unwrap();

    beside(&client, async {
        client.ready();
        client.until_registered().await;
        client.until_fetched().await;
        let in_use = client.server().unwrap();
        let (dying, left) = if in_use.url().port() == Some(one.address().port()) {
            (one, other)
        } else {
            (other, one)
        };
        drop(dying);
        left.until_more("PUT", 2).await;
        left.until_more("GET", 2).await;
        assert_eq!(client.server().unwrap().url().port(), Some(left.address().port()));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_fails_is_passed_over_and_tried_again_in_the_next_session() {
    let registry = FakeRegistry::default();
    let (sick, well) = (registry.serve().await, registry.serve().await);
    sick.now(|_| Reply::status(503));
    let mut zones = Zones::new(["near", "far"]);
    let client = Client::builder()
        .zones(["near", "far"])
        .server_in("near", &sick.url("/eureka"))
        .server_in("far", &well.url("/eureka"))
        .fetch_only()
        .configure(|settings| {
            hurried(settings);
            settings.session = TICK * 20;
        })
        .build()
        .unwrap();

    beside(&client, async {
        well.until_more("GET", 3).await;
        assert!(sick.count("GET") >= 1, "the own zone was asked first");
        let healed = registry.clone();
        sick.now(move |asked| healed.answer(asked));
        // Back to the own zone.
        sick.until_more("GET", 3).await;
        // A list without it: the other one for good.
        zones.add("far", Server::parse(&well.url("/eureka")).unwrap());
        client.set_servers(&zones);
        well.until_more("GET", 3).await;
        let asked = sick.count("GET");
        well.until_more("GET", 30).await;
        assert_eq!(sick.count("GET"), asked);
    })
    .await;
}

#[tokio::test]
async fn statuses_that_do_not_count_go_to_the_next_server_and_those_that_do_stay() {
    let registry = FakeRegistry::default();
    let (one, other) = (registry.serve().await, registry.serve().await);
    for status in [400, 401, 403, 409, 429, 500, 503] {
        for server in [&one, &other] {
            server.now(move |_| Reply::status(status));
        }
        let client = client(&[&one, &other]).fetch_only().build().unwrap();
        let before = (one.asked().len(), other.asked().len());
        beside(&client, async {
            one.until(|asked| asked.len() > before.0).await;
            other.until(|asked| asked.len() > before.1).await;
        })
        .await;
    }
}

#[tokio::test]
async fn one_server_that_is_silent_does_not_hold_the_client_up() {
    let registry = FakeRegistry::default();
    let (silent, well) = (Fake::start(|_| Reply::Silence).await, registry.serve().await);
    let client = client(&[&silent, &well])
        .fetch_only()
        .configure(|settings| {
            settings.fetch_interval = Duration::from_secs(20);
            settings.read_timeout = Duration::from_millis(100);
        })
        .build()
        .unwrap();
    beside(&client, client.until_fetched()).await;
}

#[tokio::test]
async fn a_fetch_that_outlasts_its_interval_is_given_up_and_tried_again() {
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let server = registry.serve().await;
    server.now(|_| Reply::Silence);
    let client = client(&[&server]).fetch_only().build().unwrap();
    beside(&client, async {
        server.until_more("GET", 2).await;
        server.now(move |asked| registry.answer(asked));
        client.until_fetched().await;
    })
    .await;
}

#[tokio::test]
async fn registering_and_fetching_choose_their_server_each_for_itself() {
    let registry = FakeRegistry::default();
    let (one, other) = (registry.serve().await, registry.serve().await);
    for (server, refused) in [(&one, "GET"), (&other, "POST")] {
        let answering = registry.clone();
        server.now(move |asked| {
            let refuses = asked.method == refused || (refused == "POST" && asked.method == "PUT");
            if refuses { Reply::status(500) } else { answering.answer(asked) }
        });
    }
    let client = client(&[&one, &other]).build().unwrap();
    beside(&client, async {
        client.ready();
        client.until_registered().await;
        client.until_fetched().await;
        let before = (one.count("GET"), other.count("PUT"));
        one.until_more("PUT", 5).await;
        other.until_more("GET", 5).await;
        assert_eq!((one.count("GET"), other.count("PUT")), before);
    })
    .await;
}

#[tokio::test]
async fn redirects_are_followed_and_the_end_of_them_is_kept() {
    let registry = FakeRegistry::default();
    registry.add(instance("a", 1));
    let end = registry.serve().await;
    let target = end.url("/eureka/apps/");
    let start = Fake::start(move |_| Reply::status(302).with("location", target.clone())).await;
    let client = client(&[&start]).fetch_only().build().unwrap();

    beside(&client, end.until_more("GET", 4)).await;

    assert_eq!(start.count("GET"), 1);
    assert_eq!(client.instances("a").len(), 1);
}

#[tokio::test]
async fn redirects_in_a_circle_or_to_nowhere_are_failures() {
    for location in ["/eureka/apps/", "/login", ""] {
        let server =
            Fake::start(move |_| Reply::status(302).with("location", location.to_owned())).await;
        let client = client(&[&server]).configure(|s| s.require_registry = true).build().unwrap();
        let error = crate::support::soon(client.run()).await.unwrap_err();
        assert!(matches!(error, eureka_client::RunError::NoRegistry(_)));
        let asked = server.count("GET");
        assert_eq!(asked, if location.ends_with("apps/") { 11 } else { 1 }, "{location}");
    }
}

#[tokio::test]
async fn the_password_of_a_url_is_sent() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let url = server.url("/eureka").replace("http://", "http://user:pa%3Ass@");
    let client = Client::builder().server(&url).fetch_only().build().unwrap();
    beside(&client, client.until_fetched()).await;
    let asked = server.asked().remove(0);
    assert_eq!(asked.header("authorization"), Some("Basic dXNlcjpwYTpzcw=="));
}
