//! Stopping, over sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::{Connection, Handler, Limits, Server};

struct Hello;

impl Handler for Hello {
    type Body = Full<Bytes>;

    async fn handle(
        self: Arc<Self>,
        _: Request<Incoming>,
        _: Arc<Connection>,
    ) -> Response<Full<Bytes>> {
        Response::new(Full::from("hello"))
    }
}

/// A server that lingers so long, run beside `test`.
async fn beside<T>(linger: Duration, test: T)
where
    T: AsyncFnOnce(SocketAddr, CancellationToken),
{
    let limits = Limits { linger, ..Limits::default() };
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, limits).unwrap();
    let (address, stop) = (server.address().unwrap(), CancellationToken::new());
    let serving = server.serve_here(Arc::new(Hello), stop.clone());
    tokio::select! {
        served = serving => panic!("it ended: {served:?}"),
        () = test(address, stop) => {}
    }
}

/// Asks once and gives the head of the answer.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with("hello") {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).await.unwrap();
        assert!(read > 0, "it hung up after {answer:?}");
        answer.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
    }
    answer.to_lowercase()
}

#[tokio::test]
async fn who_has_not_heard_of_the_stop_is_served_once_more() {
    beside(Duration::from_secs(3600), async |address, stop| {
        let mut kept = TcpStream::connect(address).await.unwrap();
        assert!(!ask(&mut kept).await.contains("connection: close"));
        stop.cancel();
        // Served before or after it heard of the stop; from some answer on they are the last.
        let mut new = TcpStream::connect(address).await.unwrap();
        while !ask(&mut new).await.contains("connection: close") {}
        assert!(ask(&mut kept).await.contains("connection: close"));
        for mut stream in [kept, new] {
            assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_linger_connections_end_at_once() {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, Limits::default()).unwrap();
    let (address, stop) = (server.address().unwrap(), CancellationToken::new());
    let test = async {
        let mut kept = TcpStream::connect(address).await.unwrap();
        ask(&mut kept).await;
        stop.cancel();
        assert_eq!(kept.read(&mut [0; 16]).await.unwrap(), 0);
    };
    let (served, ()) = tokio::join!(server.serve_here(Arc::new(Hello), stop.clone()), test);
    served.unwrap();
    TcpStream::connect(address).await.unwrap_err();
}
