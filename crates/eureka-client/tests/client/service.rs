use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use eureka_client::HttpClient;
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
