use std::time::Duration;

use eureka_client::ServerError;
use eureka_client::wire::InstanceStatus;

use crate::support::{Fake, FakeRegistry, Reply, client, soon};

const ID: &str = "10.0.0.1:order-service:8084";

#[tokio::test]
async fn leaving_comes_first_and_nothing_about_the_instance_after_it() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let client = client(&[&server]).build().unwrap();

    let leave = async {
        client.ready();
        client.until_registered().await;
        server.until_more("PUT", 2).await;
        client.shutdown().await.unwrap();
    };
    let (ran, ()) = soon(async { tokio::join!(client.run(), leave) }).await;

    ran.unwrap();
    let lines = server.lines();
    let own: Vec<_> = lines.iter().filter(|line| !line.starts_with("GET")).collect();
    assert_eq!(*own.last().unwrap(), &format!("DELETE /eureka/apps/ORDER-SERVICE/{ID}"));
    assert_eq!(server.count("DELETE"), 1);
    assert_eq!((registry.status(ID), client.status()), (None, Some(InstanceStatus::Down)));
    assert!(!client.is_registered());
    client.shutdown().await.unwrap();
    assert_eq!(server.count("DELETE"), 1, "who has left does not leave again");
}

#[tokio::test]
async fn a_registration_on_its_way_does_not_overtake_the_leave() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    server.now(|asked| if asked.method == "POST" { Reply::Silence } else { Reply::status(200) });
    let client = client(&[&server])
        .configure(|settings| {
            settings.replication_interval = Duration::from_secs(30);
            settings.read_timeout = Duration::from_millis(200);
        })
        .build()
        .unwrap();

    let leave = async {
        client.ready();
        server.until_more("POST", 1).await;
        client.shutdown().await.unwrap();
    };
    let (ran, ()) = soon(async { tokio::join!(client.run(), leave) }).await;

    ran.unwrap();
    let lines = server.lines();
    assert!(lines.last().unwrap().starts_with("DELETE"), "it may have arrived: {lines:?}");
}

#[tokio::test]
async fn a_renewal_that_finds_nothing_while_leaving_registers_nothing() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let client = client(&[&server]).build().unwrap();
    let leaving = client.clone();
    let answering = registry.clone();
    server.now(move |asked| {
        if asked.method == "PUT" {
            // It begins to leave while its renewal is under way.
            let mut begun = std::pin::pin!(leaving.shutdown());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(begun.as_mut().poll(&mut context).is_pending());
            return Reply::status(404);
        }
        answering.answer(asked)
    });

    let join = async {
        client.ready();
        client.until_registered().await;
    };
    let (ran, ()) = soon(async { tokio::join!(client.run(), join) }).await;
    ran.unwrap();
    client.shutdown().await.unwrap();

    assert_eq!((server.count("POST"), server.count("PUT")), (1, 1));
    assert!(server.lines().last().unwrap().starts_with("DELETE"));
}

#[tokio::test]
async fn who_was_never_announced_leaves_in_silence() {
    let server = FakeRegistry::default().serve().await;
    let client = client(&[&server]).build().unwrap();
    let leave = async {
        client.until_fetched().await;
        client.shutdown().await.unwrap();
    };
    let (ran, ()) = soon(async { tokio::join!(client.run(), leave) }).await;
    ran.unwrap();
    assert_eq!(server.count("DELETE"), 0);

    let caller = crate::support::client(&[&server]).fetch_only().build().unwrap();
    caller.shutdown().await.unwrap();
    soon(caller.run()).await.unwrap();
}

#[tokio::test]
async fn leaving_works_without_the_loops_and_may_be_switched_off() {
    let registry = FakeRegistry::default();
    for (tells, deletes) in [(true, 1), (false, 0)] {
        let server = registry.serve().await;
        let client = client(&[&server])
            .configure(|settings| settings.unregister_on_shutdown = tells)
            .build()
            .unwrap();
        crate::support::beside(&client, async {
            client.ready();
            client.until_registered().await;
        })
        .await;
        // The loops are dropped by now.
        soon(client.shutdown()).await.unwrap();
        assert_eq!(server.count("DELETE"), deletes);
    }
}

#[tokio::test]
async fn servers_that_do_not_answer_do_not_hold_it_up() {
    let registry = FakeRegistry::default();
    let server = registry.serve().await;
    let build = || {
        let timeout = |settings: &mut eureka_client::Settings| {
            settings.shutdown_timeout = Duration::from_millis(200);
        };
        client(&[&server]).configure(timeout).build().unwrap()
    };
    let join = async |client: &eureka_client::Client| {
        crate::support::beside(client, async {
            client.ready();
            client.until_registered().await;
        })
        .await;
    };

    let client = build();
    join(&client).await;
    server.now(|_| Reply::Silence);
    assert!(matches!(soon(client.shutdown()).await, Err(ServerError::TooLong(_))));

    server.now(move |asked| registry.answer(asked));
    let client = build();
    join(&client).await;
    drop(server);
    assert!(matches!(soon(client.shutdown()).await, Err(ServerError::Unreachable { .. })));
}

#[tokio::test]
async fn any_answer_to_a_leave_is_good_enough() {
    let registry = FakeRegistry::default();
    for status in [404, 500] {
        let server = Fake::start({
            let registry = registry.clone();
            move |asked| match asked.method.as_str() {
                "DELETE" => Reply::status(status),
                _ => registry.answer(asked),
            }
        })
        .await;
        let client = client(&[&server]).build().unwrap();
        crate::support::beside(&client, async {
            client.ready();
            client.until_registered().await;
        })
        .await;
        soon(client.shutdown()).await.unwrap();
    }
}
