use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use eureka_client::HttpClient;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::{Service as _, ServiceExt as _};

use crate::calls::knowing;
use crate::support::{Fake, Reply, soon};

#[tokio::test]
async fn the_client_is_a_tower_service() {
    let service = Fake::start(|asked| Reply::json(asked.body.clone())).await;
    let mut http: HttpClient = knowing(&[&service], |_| {}).http();

    let request = http::Request::put("http://product-service/a").body("text").unwrap();
    let answer = soon(http.call(request)).await.unwrap();

    let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    assert_eq!(body, "text");
    let request = http::Request::get("/no-host").body("").unwrap();
    assert!(soon(http.oneshot(request)).await.is_err());
}

/// A service that dies in the middle of every answer.
async fn dying(listener: tokio::net::TcpListener, head: &'static str) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4_096];
        let _ = stream.read(&mut request).await;
        stream.write_all(head.as_bytes()).await.unwrap();
    }
}

#[tokio::test]
async fn an_instance_that_dies_in_the_middle_of_an_answer_goes_unnoticed() {
    const HEADS: [&str; 2] = [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"id\"",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
         5\r\n{\"id\"\r\n",
    ];
    for head in HEADS {
        let well = Fake::start(|_| Reply::json(r#"{"id":1}"#)).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sick = Fake::start(|_| Reply::Silence).await.pretend(listener.local_addr().unwrap());
        let client = knowing(&[&sick, &well], |_| {});
        let calls = async {
            for _ in 0..4 {
                let answer = client.http().get("http://product-service/").send().await.unwrap();
                assert_eq!(answer.text().await.unwrap(), r#"{"id":1}"#);
            }
        };
        tokio::select! { () = dying(listener, head) => {}, () = soon(calls) => {} }
        let known = client.instances("product-service");
        let failures =
            |endpoint: &Arc<eureka_client::Endpoint>| endpoint.load().failures_in_a_row();
        assert_eq!(known.iter().map(failures).sum::<u32>(), 2);
    }
}

#[tokio::test]
async fn of_two_instances_one_dies_under_load_and_no_safe_request_fails() {
    const CALLERS: usize = 32;
    const CALLS_EACH: usize = 100;
    let answer = |_: &crate::support::Asked| Reply::json(r#"{"id":1}"#);
    let (dying, staying) = (Fake::start(answer).await, Fake::start(answer).await);
    let client = knowing(&[&dying, &staying], |_| {});
    let done = Arc::new(AtomicUsize::new(0));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (http, done) = (client.http(), Arc::clone(&done));
        callers.spawn(async move {
            for _ in 0..CALLS_EACH {
                let answer = http.get("http://product-service/products/1").send().await?;
                assert_eq!(answer.text().await.expect("the body is whole"), r#"{"id":1}"#);
                done.fetch_add(1, Relaxed);
            }
            Ok::<(), eureka_client::CallError>(())
        });
    }

    soon(async {
        // In the middle of it, with requests on their way.
        dying.until(|asked| asked.len() > CALLERS * CALLS_EACH / 8).await;
        let before = done.load(Relaxed);
        drop(dying);
        while let Some(caller) = callers.join_next().await {
            caller.unwrap().unwrap();
        }
        assert!(before < CALLERS * CALLS_EACH, "it died too late");
    })
    .await;

    assert_eq!(done.load(Relaxed), CALLERS * CALLS_EACH);
}
