use eureka_client::wire::InstanceStatus;

use crate::support::{FakeRegistry, Reply, beside, client, soon};

const ID: &str = "10.0.0.1:order-service:8084";
const OWN: &str = "/eureka/apps/ORDER-SERVICE/10.0.0.1:order-service:8084";

#[tokio::test]
async fn registers_once_it_is_ready_and_then_renews() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let client = client(&[&server]).build().unwrap();

    beside(&client, async {
        server.until_more("GET", 3).await;
        assert_eq!(server.count("POST"), 0, "not before it is ready");
        client.ready();
        client.until_registered().await;
        server.until_more(&format!("PUT {OWN}"), 2).await;
    })
    .await;

    assert_eq!(server.count("POST /eureka/apps/ORDER-SERVICE"), 1);
    let asked = server.asked();
    let renewal = asked.iter().find(|asked| asked.method == "PUT").unwrap();
    let told = registry.get(ID).unwrap();
    assert_eq!(renewal.path, format!("{OWN}?status=UP&lastDirtyTimestamp={}", told.last_dirty));
    assert_eq!(renewal.header("content-length"), Some("0"));
    assert_eq!((told.status, &*told.host_name), (InstanceStatus::Up, "10.0.0.1"));
}

#[tokio::test]
async fn a_server_that_forgot_it_is_told_again_with_a_newer_timestamp() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    // No regular look comes in between.
    let client = client(&[&server])
        .configure(|settings| settings.replication_interval = std::time::Duration::from_secs(600))
        .build()
        .unwrap();

    beside(&client, async {
        client.ready();
        client.until_registered().await;
        let before = registry.get(ID).unwrap().last_dirty;
        registry.forget();
        server.until_more("POST", 1).await;
        server.until_more("PUT", 1).await;
        assert!(registry.get(ID).unwrap().last_dirty > before);
        assert!(client.is_registered());
    })
    .await;

    let lines = server.lines();
    let again = lines.iter().rposition(|line| line.starts_with("POST")).unwrap();
    let own: Vec<_> = lines[..again].iter().filter(|line| !line.starts_with("GET")).collect();
    assert!(own.last().unwrap().starts_with("PUT"), "in the same tick as the 404");
}

#[tokio::test]
async fn changes_are_told_and_a_burst_of_them_only_with_the_next_look() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let client = client(&[&server])
        .configure(|settings| settings.replication_interval = std::time::Duration::from_secs(600))
        .build()
        .unwrap();

    beside(&client, async {
        client.ready();
        server.until_more("POST", 1).await;
        client.set_status(InstanceStatus::OutOfService);
        server.until_more("POST", 1).await;
        assert_eq!(registry.status(ID), Some(InstanceStatus::OutOfService));
        // The burst of two is used up.
        client.set_status(InstanceStatus::Up);
        client.set_metadata("a", "b");
        server.until_more("PUT", 3).await;
        assert_eq!(server.count("POST"), 2);
        assert_eq!(client.status(), Some(InstanceStatus::Up));
    })
    .await;
}

#[tokio::test]
async fn metadata_and_health_are_told_with_the_next_look() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let sick = std::sync::Arc::new(std::sync::atomic::AtomicU8::new(0));
    let told = std::sync::Arc::clone(&sick);
    let client = client(&[&server])
        .health(move |status| match told.load(std::sync::atomic::Ordering::Relaxed) {
            0 => status,
            1 => InstanceStatus::Down,
            2 => InstanceStatus::Up,
            _ => panic!("the check is broken"),
        })
        .build()
        .unwrap();

    beside(&client, async {
        client.ready();
        client.until_registered().await;
        client.set_metadata("team", "x");
        client.set_address("h2", "10.0.0.2");
        server.until_more("POST", 1).await;
        let info = registry.get(ID).unwrap();
        assert_eq!((info.metadata.get("team"), &*info.host_name), (Some("x"), "h2"));
        client.remove_metadata("team");
        server.until_more("POST", 1).await;
        assert_eq!(registry.get(ID).unwrap().metadata.get("team"), None);
        for (health, status) in
            [(1, InstanceStatus::Down), (2, InstanceStatus::Up), (3, InstanceStatus::Down)]
        {
            sick.store(health, std::sync::atomic::Ordering::Relaxed);
            server.until_more("POST", 1).await;
            assert_eq!(registry.status(ID), Some(status));
        }
    })
    .await;
}

#[tokio::test]
async fn who_takes_long_to_start_is_announced_as_starting_whatever_its_health() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let client = client(&[&server])
        .health(|_| InstanceStatus::Up)
        .configure(|settings| settings.initial_replication_delay = crate::support::TICK)
        .build()
        .unwrap();

    beside(&client, async {
        client.until_registered().await;
        server.until_more("PUT", 3).await;
        assert_eq!(registry.status(ID), Some(InstanceStatus::Starting));
        client.ready();
        server.until_more("POST", 1).await;
        assert_eq!(registry.status(ID), Some(InstanceStatus::Up));
    })
    .await;
}

#[tokio::test]
async fn the_own_status_as_servers_tell_it_is_known() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let client = client(&[&server]).build().unwrap();
    let mut changes = client.watch();
    assert_eq!(client.remote_status(), InstanceStatus::Unknown);

    beside(&client, async {
        client.ready();
        changes.next().await.unwrap();
        assert_eq!(client.remote_status(), InstanceStatus::Up);
        // An operator takes it out of traffic.
        let mut info = registry.get(ID).unwrap();
        info.status = InstanceStatus::OutOfService;
        registry.add(info);
        changes.next().await.unwrap();
        assert_eq!(client.remote_status(), InstanceStatus::OutOfService);
        assert_eq!(client.status(), Some(InstanceStatus::Up));
    })
    .await;
}

#[tokio::test]
async fn only_204_is_a_registration() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    server.now(|asked| Reply::status(if asked.method == "POST" { 200 } else { 500 }));
    let client = client(&[&server]).build().unwrap();

    beside(&client, async {
        client.ready();
        server.until_more("POST", 1).await;
        server.until_more("PUT", 1).await;
        assert!(!client.is_registered());
    })
    .await;
}

#[tokio::test]
async fn what_is_required_at_the_start_ends_the_run_if_it_fails() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    server.now(|_| Reply::status(500));
    let build = |registry, registration| {
        client(&[&server])
            .configure(|settings| {
                settings.require_registry = registry;
                settings.require_registration = registration;
            })
            .build()
            .unwrap()
    };

    let told = soon(build(true, true).run()).await.unwrap_err().to_string();
    assert_eq!(told, "the registry could not be fetched");
    let told = soon(build(false, true).run()).await.unwrap_err().to_string();
    assert_eq!(told, "the instance could not be registered");

    let registering = registry.clone();
    server.now(move |asked| registering.answer(asked));
    let client = build(true, true);
    beside(&client, client.until_registered()).await;
    assert_eq!(registry.status(ID), Some(InstanceStatus::Starting));
}

#[tokio::test]
async fn the_loops_run_once_at_a_time_and_again_after_they_were_dropped() {
    let server = FakeRegistry::default().serve().await;
    let client = client(&[&server]).build().unwrap();
    beside(&client, async {
        let told = Box::pin(client.run()).await.unwrap_err().to_string();
        assert_eq!(told, "the client runs already");
    })
    .await;
    beside(&client, server.until_more("GET", 1)).await;
}
