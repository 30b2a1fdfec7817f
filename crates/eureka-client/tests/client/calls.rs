use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eureka_client::{CallError, Client, HttpSettings, RoundRobin, wire};
use http_body_util::Full;

use crate::support::{Asked, Fake, Reply, instance, soon};

const URL: &str = "http://product-service/products/1?x=y";

/// A client that knows `services` as instances of `product-service`.
pub(crate) fn knowing(services: &[&Fake], change: impl FnOnce(&mut HttpSettings)) -> Client {
    let ports = services.iter().map(|service| service.address().port());
    let instances = ports.map(|port| instance("product-service", port)).collect();
    let application = wire::Application { name: "PRODUCT-SERVICE".into(), instances };
    let backup =
        wire::Applications { applications: vec![application], ..wire::Applications::default() };
    Client::builder()
        .server("http://127.0.0.1:1/eureka")
        .fetch_only()
        .backup(backup)
        .random(Arc::new(eureka_client::SeededRandom::new(2)))
        .configure(|settings| {
            let http = &mut settings.http;
            (http.pause_min, http.pause_max) = (Duration::ZERO, Duration::from_millis(1));
            change(http);
        })
        .build()
        .unwrap()
}

fn ok(_: &Asked) -> Reply {
    Reply::json("{}")
}

/// The address of a service that is not there.
async fn absent() -> Fake {
    let gone = Fake::start(ok).await;
    let address = gone.address();
    drop(gone);
    // Until the port is closed.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let dead = Fake::start(ok).await;
    dead.pretend(address)
}

#[tokio::test]
async fn a_request_is_passed_on_as_it_is() {
    let service = Fake::start(|asked| Reply::json(asked.body.clone()).with("x-told", "yes")).await;
    let client = knowing(&[&service], |_| {});

    let call = client.http().post(URL).header("X-User-Id", "u1").query(&[("z", "ä")]);
    let answer = soon(call.json(&serde_json::json!({ "a": 1 })).send()).await.unwrap();

    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["x-told"], "yes");
    assert_eq!(answer.text().await.unwrap(), r#"{"a":1}"#);
    let asked = service.asked().remove(0);
    assert_eq!(asked.path, "/products/1?x=y&z=%C3%A4");
    assert_eq!(asked.header("x-user-id"), Some("u1"));
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(asked.header("host").unwrap(), service.address().to_string());
}

#[tokio::test]
async fn calls_go_round_by_any_spelling_of_the_name() {
    let (one, other) = (Fake::start(ok).await, Fake::start(ok).await);
    let client = knowing(&[&one, &other], |_| {});
    for _ in 0..4 {
        let http = client.http();
        soon(http.get("http://PRODUCT-service:99/").send()).await.unwrap();
    }
    assert_eq!((one.asked().len(), other.asked().len()), (2, 2));
}

#[tokio::test]
async fn who_is_not_known_is_not_called() {
    let client = knowing(&[], |_| {});
    let error = client.http().get("http://nobody/x").send().await.unwrap_err();
    assert_eq!(error.to_string(), "no instance of nobody is available");
    assert!(!error.may_have_arrived());
    let error = client.http().get("not a url").send().await.unwrap_err();
    assert!(matches!(error, CallError::Request(_)));
}

#[tokio::test]
async fn what_reached_nobody_goes_elsewhere_whatever_it_is() {
    let (dead, well) = (absent().await, Fake::start(ok).await);
    let client = knowing(&[&dead, &well], |http| http.retry_reserve = 0);
    for method in [http::Method::GET, http::Method::POST, http::Method::DELETE] {
        for _ in 0..4 {
            let answer = soon(client.http().request(method.clone(), URL).send()).await.unwrap();
            assert_eq!(answer.status(), 200);
        }
    }
    assert_eq!(well.asked().len(), 12);
    let known = client.instances("product-service");
    let out = known.iter().find(|e| e.port(false) == Some(dead.address().port())).unwrap();
    assert_eq!(out.load().failures_in_a_row(), 5, "and is left out after five failures");
}

#[tokio::test]
async fn a_body_that_is_a_stream_is_sent_once() {
    let dead = absent().await;
    let client = knowing(&[&dead], |_| {});
    let tries = async |body: reqwest::Body| {
        let error = soon(client.http().post(URL).body(body).send()).await.unwrap_err();
        let CallError::Failed { tries, .. } = error else { panic!("{error:?}") };
        tries
    };
    assert_eq!(tries("bytes".into()).await, 3, "even if nobody else is there");
    let stream = Full::new(Bytes::from_static(b"stream"));
    assert_eq!(tries(reqwest::Body::wrap(stream)).await, 1);
}

#[tokio::test]
async fn what_may_have_arrived_is_repeated_only_if_that_is_safe() {
    for sick in [Reply::status(502), Reply::status(503), Reply::status(504), Reply::Break] {
        let (bad, good) = (Fake::start(ok).await, Fake::start(ok).await);
        bad.now(move |_| sick.clone());
        let client = knowing(&[&bad, &good], |_| {});
        let http = client.http();
        let is_good = async |call: eureka_client::Call| {
            let answer = soon(call.send()).await;
            answer.is_ok_and(|answer| answer.status() == 200)
        };
        // Two in turn: one of them meets the sick instance first.
        for _ in 0..2 {
            assert!(is_good(http.get(URL)).await);
            assert!(is_good(http.head(URL)).await);
        }
        for _ in 0..2 {
            assert!(is_good(http.post(URL).idempotency_key("k")).await);
        }
        let (first, second) = (is_good(http.post(URL)).await, is_good(http.post(URL)).await);
        assert!(first != second, "one of the two fails and stays failed");
    }
}

#[tokio::test]
async fn an_instance_that_is_silent_costs_one_try() {
    let (silent, well) = (Fake::start(|_| Reply::Silence).await, Fake::start(ok).await);
    let client = knowing(&[&silent, &well], |http| {
        http.read_try_timeout = Duration::from_millis(50);
        http.write_try_timeout = Duration::from_millis(50);
    });
    for _ in 0..4 {
        assert_eq!(soon(client.http().get(URL).send()).await.unwrap().status(), 200);
    }
    let posts = [client.http().put(URL), client.http().put(URL)];
    let mut timed_out = 0;
    for post in posts {
        match soon(post.send()).await {
            Ok(answer) => assert_eq!(answer.status(), 200),
            Err(error) => {
                assert!(matches!(error, CallError::TimedOut { tries: 1, .. }), "{error:?}");
                assert!(error.may_have_arrived());
                timed_out += 1;
            }
        }
    }
    assert_eq!(timed_out, 1);
}

#[tokio::test]
async fn retries_stop_at_the_limit_the_budget_and_the_deadline() {
    let sick = [0; 5].map(|_| Fake::start(|_| Reply::status(503)));
    let [a, b, c, d, e] = sick;
    let all = [a.await, b.await, c.await, d.await, e.await];
    let services: Vec<_> = all.iter().collect();
    let asked = || all.iter().map(|service| service.asked().len()).sum::<usize>();

    let client = knowing(&services, |_| {});
    let answer = soon(client.http().get(URL).send()).await.unwrap();
    assert_eq!((answer.status().as_u16(), asked()), (503, 3));

    let client = knowing(&services, |http| (http.retry_reserve, http.retry_percent) = (1, 0));
    for expected in [5, 6] {
        soon(client.http().get(URL).send()).await.unwrap();
        assert_eq!(asked(), expected);
    }

    let client = knowing(&services, |http| {
        (http.pause_min, http.pause_max) = (Duration::from_secs(60), Duration::from_secs(60));
    });
    soon(client.http().get(URL).timeout(Duration::from_secs(50)).send()).await.unwrap();
    assert_eq!(asked(), 7, "a pause beyond the deadline is not made");
}

#[tokio::test]
async fn who_answered_badly_is_not_asked_again_for_want_of_another() {
    let service = Fake::start(|_| Reply::status(503)).await;
    let client = knowing(&[&service], |_| {});
    assert_eq!(soon(client.http().get(URL).send()).await.unwrap().status(), 503);
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn an_instance_that_keeps_failing_is_left_out_and_others_are_not() {
    let (sick, well) = (Fake::start(|_| Reply::status(503)).await, Fake::start(ok).await);
    let client = knowing(&[&sick, &well], |http| {
        http.ejection.time = Duration::from_secs(3_600);
        http.balance = Arc::new(RoundRobin);
    });
    for _ in 0..40 {
        assert_eq!(soon(client.http().get(URL).send()).await.unwrap().status(), 200);
    }
    assert_eq!(sick.asked().len(), 5);
    assert_eq!(well.asked().len(), 40);
}

#[tokio::test]
async fn a_service_that_fails_by_itself_is_not_blamed_on_the_instance() {
    let service = Fake::start(|_| Reply::status(500)).await;
    let client = knowing(&[&service], |_| {});
    for _ in 0..10 {
        assert_eq!(soon(client.http().get(URL).send()).await.unwrap().status(), 500);
    }
    assert_eq!(service.asked().len(), 10);
    assert_eq!(client.instances("product-service")[0].load().failures_in_a_row(), 0);
}
