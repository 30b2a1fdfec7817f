use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

mod faults;
mod resets;
mod through;

/// An upstream that gives each connection these answers, one for each request, and then closes it.
/// It ends with the heads of all requests once it has had so many connections.
fn upstream(
    listener: TcpListener,
    connections: usize,
    answers: &'static [&'static str],
) -> JoinHandle<Vec<String>> {
    tokio::task::spawn_local(async move {
        let mut heads = Vec::new();
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().await.unwrap();
            for answer in answers {
                let Some(head) = head(&mut stream).await else { break };
                heads.push(head);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
        heads
    })
}

/// What comes up to the end of a head; `None` if the other end closed.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(read).unwrap())
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn get(port: u16) -> Result<Response<UpstreamBody>, SendError> {
    ask(port, Method::GET, RequestBody::Empty, None).await
}

async fn ask(
    port: u16,
    method: Method,
    body: RequestBody,
    response_limit: Option<Duration>,
) -> Result<Response<UpstreamBody>, SendError> {
    let place = Place { host: "127.0.0.1", port, is_secure: false };
    let connect_limit = Duration::from_secs(5);
    let request = Request::builder().method(method).uri("/x").body(body).unwrap();
    let settings = &SETTINGS.with(Arc::clone);
    let protocol = Protocol::Usual;
    let exchange =
        Exchange { place, settings, protocol, connect_limit, response_limit, host: None };
    send(&exchange, Box::new(request)).await
}

thread_local! {
    static SETTINGS: Arc<ClientSettings> = ClientSettings::usual();
}

async fn text(response: Response<UpstreamBody>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
}

async fn local<T>(work: impl Future<Output = T>) -> T {
    tokio::task::LocalSet::new().run_until(work).await
}

const NONE: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const HEAD_ONLY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CHUNKS: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    local(async {
        let (listener, port) = listen().await;
        let heads = upstream(listener, 1, &[OK, CHUNKS, OK]);
        for _ in 0..3 {
            assert_eq!(text(get(port).await.unwrap()).await, "ok");
        }
        let heads = heads.await.unwrap();
        assert_eq!(heads.len(), 3);
        assert!(heads[0].contains(&format!("host: 127.0.0.1:{port}\r\n")), "{}", heads[0]);
    })
    .await;
}

#[tokio::test]
async fn one_that_was_closed_meanwhile_is_replaced_unseen() {
    local(async {
        let (listener, port) = listen().await;
        let heads = upstream(listener, 3, &[OK]);
        for _ in 0..3 {
            assert_eq!(text(get(port).await.unwrap()).await, "ok");
            // The end of the connection arrives before the next request looks for one.
            let place = Place { host: "127.0.0.1", port, is_secure: false };
            let pool = pool::Pool::of(place, &SETTINGS.with(Arc::clone));
            while !pool.is_all_closed() {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(heads.await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_to_its_end_costs_the_connection() {
    local(async {
        let (listener, port) = listen().await;
        let heads = upstream(listener, 2, &["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"]);
        drop(get(port).await.unwrap());
        drop(get(port).await.unwrap());
        assert_eq!(heads.await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_goes_wrong_has_its_kind_and_the_request_comes_back_unsent() {
    local(async {
        let (listener, port) = listen().await;
        drop(listener);
        let body = RequestBody::Full(Bytes::from_static(b"abc"));
        let refused = ask(port, Method::POST, body, None).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::Refused);
        assert!(
            matches!(refused.request.unwrap().body(), RequestBody::Full(body) if body == "abc")
        );

        let (listener, port) = listen().await;
        let _heads = upstream(listener, 3, &["SMTP ready\r\n\r\n"]);
        assert_eq!(get(port).await.unwrap_err().kind, ErrorKind::Garbage);

        let (listener, port) = listen().await;
        let _heads = upstream(listener, 1, &[""]);
        assert_eq!(get(port).await.unwrap_err().kind, ErrorKind::Closed);

        let (listener, port) = listen().await;
        let limit = Some(Duration::from_millis(50));
        let slow = ask(port, Method::GET, RequestBody::Empty, limit).await.unwrap_err();
        assert_eq!(slow.kind, ErrorKind::ResponseTimeout);
        drop(listener);
    })
    .await;
}

#[tokio::test]
async fn answers_without_a_body_leave_the_connection_as_it_is() {
    local(async {
        let (listener, port) = listen().await;
        let heads = upstream(listener, 1, &[NONE, OK]);
        let empty = get(port).await.unwrap();
        assert_eq!(empty.status(), StatusCode::NO_CONTENT);
        assert_eq!(text(empty).await, "");
        assert_eq!(text(get(port).await.unwrap()).await, "ok");
        assert_eq!(heads.await.unwrap().len(), 2);

        let (listener, port) = listen().await;
        let heads = upstream(listener, 1, &[HEAD_ONLY, OK]);
        let answer = ask(port, Method::HEAD, RequestBody::Empty, None).await.unwrap();
        assert_eq!(answer.headers()["content-length"], "5");
        assert_eq!(text(answer).await, "");
        assert_eq!(text(get(port).await.unwrap()).await, "ok");
        assert_eq!(heads.await.unwrap().len(), 2);
    })
    .await;
}
