//! Tunnels: how they end, and WebSockets over HTTP/2 (PT-6 to PT-8).

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::client::conn::http2;
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Gateway, route, routes};

const WAIT: Duration = Duration::from_secs(20);

/// An upstream that agrees to one WebSocket; its end, and the head that asked for it.
async fn accept(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.unwrap());
    }
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\
                  Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: chat\r\n\r\n";
    stream.write_all(answer.as_bytes()).await.unwrap();
    (stream, String::from_utf8(read).unwrap().to_lowercase())
}

async fn start(more: &str) -> (Gateway, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let yaml = format!("{}{more}\n", routes(&[route("ws", &uri, "/**", "filters: []")]));
    (Gateway::start(&yaml), listener)
}

/// A WebSocket over HTTP/1, opened.
async fn open(gateway: &Gateway) -> TcpStream {
    let mut client = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
    let asked = "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    client.write_all(asked.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(client.read_u8().await.unwrap());
    }
    assert!(read.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&read));
    client
}

/// A WebSocket over HTTP/2 (RFC 8441), opened.
async fn open_stream(gateway: &Gateway) -> impl AsyncRead + AsyncWrite + Unpin {
    let stream = TcpStream::connect(("127.0.0.1", gateway.port)).await.unwrap();
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    // What the server can do is known once its settings have come.
    let request = || {
        http::Request::connect("http://shop.example/chat")
            .extension(Protocol::from_static("websocket"))
            .header("sec-websocket-version", "13")
            .header("sec-websocket-protocol", "chat")
            .body(Empty::<Bytes>::new())
            .unwrap()
    };
    let response = loop {
        sender.ready().await.unwrap();
        match sender.send_request(request()).await {
            Ok(response) => break response,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["sec-websocket-protocol"], "chat");
    assert!(!response.headers().contains_key("sec-websocket-accept"));
    TokioIo::new(hyper::upgrade::on(response).await.unwrap())
}

/// Bytes both ways.
async fn talk<A, B>(client: &mut A, upstream: &mut B)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let mut read = [0; 3];
    client.write_all(&[0x81, 1, b'q']).await.unwrap();
    upstream.read_exact(&mut read).await.unwrap();
    assert_eq!(read, [0x81, 1, b'q']);
    upstream.write_all(&[0x81, 1, b'a']).await.unwrap();
    client.read_exact(&mut read).await.unwrap();
    assert_eq!(read, [0x81, 1, b'a']);
}

#[tokio::test]
async fn a_websocket_over_http_2_is_one_over_http_1_to_its_upstream_pt_8() {
    let (gateway, listener) = start("").await;
    let opening = open_stream(&gateway);
    let (mut client, (mut upstream, head)) =
        tokio::time::timeout(WAIT, async { tokio::join!(opening, accept(&listener)) })
            .await
            .unwrap();
    assert!(head.starts_with("get /chat http/1.1\r\n"), "{head}");
    for line in ["upgrade: websocket", "connection: upgrade", "sec-websocket-key: "] {
        assert!(head.contains(line), "{line} in {head}");
    }
    talk(&mut client, &mut upstream).await;
    drop(client);
    let ended = tokio::time::timeout(WAIT, upstream.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
}

#[tokio::test]
async fn an_end_that_goes_takes_the_other_with_it_pt_6() {
    let (gateway, listener) = start("").await;
    for is_client in [true, false] {
        let (mut client, (mut upstream, _)) = tokio::join!(open(&gateway), accept(&listener));
        talk(&mut client, &mut upstream).await;
        let mut left = if is_client {
            drop(client);
            upstream
        } else {
            drop(upstream);
            client
        };
        // It is told, and let go although it never answers.
        let gone = async {
            let mut all = Vec::new();
            let _ = left.read_to_end(&mut all).await;
            while left.write_all(b"x").await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(WAIT, gone).await.unwrap();
    }
}

#[tokio::test]
async fn tunnels_are_told_of_a_stop_once_its_time_is_over_pt_7() {
    let (gateway, listener) = start("spring.lifecycle.timeout-per-shutdown-phase: 300ms").await;
    let (mut client, (mut upstream, _)) = tokio::join!(open(&gateway), accept(&listener));
    talk(&mut client, &mut upstream).await;
    gateway.stop();
    let mut all = Vec::new();
    tokio::time::timeout(WAIT, client.read_to_end(&mut all)).await.unwrap().unwrap();
    assert_eq!(all, [0x88, 2, 0x03, 0xe9]);
}

#[tokio::test]
async fn a_silent_tunnel_ends_only_if_that_was_said_to_9() {
    let (gateway, listener) = start("gateway.stream-idle-timeout: 300ms").await;
    let (mut client, (mut upstream, _)) = tokio::join!(open(&gateway), accept(&listener));
    talk(&mut client, &mut upstream).await;
    let mut all = Vec::new();
    tokio::time::timeout(WAIT, client.read_to_end(&mut all)).await.unwrap().unwrap();
    assert_eq!(all, [0x88, 2, 0x03, 0xe9]);
}
