//! Stopping, over sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::{Connection, Handler, Limits, Server};

mod handshake;
mod limits;

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

/// One that says how it was asked.
struct Told;

impl Handler for Told {
    type Body = Full<Bytes>;

    async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
    ) -> Response<Full<Bytes>> {
        let (version, host) = (request.version(), request.headers().get("host").cloned());
        let told = format!("{version:?} {} {:?}", connection.scheme(), host.unwrap());
        assert_eq!(connection.local.ip(), Ipv4Addr::LOCALHOST);
        Response::new(Full::from(told))
    }
}

/// What a server that speaks `speech` says over `stream` to a client that speaks HTTP/2.
async fn ask_h2<S>(stream: S) -> Bytes
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let executor = hyper_util::rt::TokioExecutor::new();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(executor, io).await.unwrap();
    let request = Request::builder().uri("http://shop.example/x").body(Full::<Bytes>::default());
    let asking = async {
        let answer = sender.send_request(request.unwrap()).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        drop(sender);
        body
    };
    let (body, _) = tokio::join!(asking, connection);
    body
}

#[tokio::test]
async fn both_versions_are_spoken_on_one_port_in_the_clear() {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, Limits::default()).unwrap();
    let (address, stop) = (server.address().unwrap(), CancellationToken::new());
    let serving = server.with_http2(true).serve_here(Arc::new(Told), stop.clone());
    let test = async {
        let body = ask_h2(TcpStream::connect(address).await.unwrap()).await;
        assert_eq!(body, r#"HTTP/2.0 http "shop.example""#);
        let mut old = TcpStream::connect(address).await.unwrap();
        old.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut all = String::new();
        old.read_to_string(&mut all).await.unwrap();
        assert!(all.ends_with(r#"HTTP/1.1 http "h""#), "{all}");
        stop.cancel();
    };
    let (served, ()) = tokio::join!(serving, test);
    served.unwrap();
}

#[tokio::test]
async fn over_tls_the_version_is_agreed_on() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let tls = super::ServerTls::of(&pem, &key, true).unwrap();
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, Limits::default()).unwrap();
    let (address, stop) = (server.address().unwrap(), CancellationToken::new());
    let server = server.with_http2(true).with_tls(Some(tls));
    let serving = server.serve_here(Arc::new(Told), stop.clone());
    let connect = async |protocol: &[u8]| {
        let roots = crate::tls::Pem::new("test", &pem).roots().unwrap();
        let builder = rustls::ClientConfig::builder_with_provider(crate::tls::provider());
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let stream = TcpStream::connect(address).await.unwrap();
        connector.connect("localhost".try_into().unwrap(), stream).await.unwrap()
    };
    let test = async {
        assert_eq!(ask_h2(connect(b"h2").await).await, r#"HTTP/2.0 https "shop.example""#);
        let mut old = connect(b"http/1.1").await;
        old.write_all(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut all = String::new();
        old.read_to_string(&mut all).await.unwrap();
        assert!(all.ends_with(r#"HTTP/1.1 https "h""#), "{all}");
        stop.cancel();
    };
    let (served, ()) = tokio::join!(serving, test);
    served.unwrap();
}

#[tokio::test]
async fn an_address_with_too_many_connections_is_told_so() {
    let limits = Limits { peer_connections_max: 1, ..Limits::default() };
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, limits).unwrap();
    let (address, stop) = (server.address().unwrap(), CancellationToken::new());
    let serving = server.serve_here(Arc::new(Hello), stop.clone());
    let test = async {
        let mut first = TcpStream::connect(address).await.unwrap();
        ask(&mut first).await;
        let mut second = TcpStream::connect(address).await.unwrap();
        let mut all = String::new();
        second.read_to_string(&mut all).await.unwrap();
        assert!(all.starts_with("HTTP/1.1 503"), "{all}");
        ask(&mut first).await;
        stop.cancel();
    };
    let (served, ()) = tokio::join!(serving, test);
    served.unwrap();
}
