//! Upstreams behind another proxy: a tiny one of each kind, and what it was asked (TL-12).

use gateway_routing::{Node, Origin, Property};

use super::*;
use crate::upstream::through::Through;

fn tree(list: &[(&str, &str)]) -> Node {
    Node::from_properties(list.iter().map(|(key, value)| Property {
        path: format!("httpclient.proxy.{key}"),
        value: (*value).to_owned(),
        origin: Origin::unknown(),
    }))
}

/// Settings that go through the proxy at `port`.
fn settings(port: u16, more: &[(&str, &str)]) -> Arc<ClientSettings> {
    let port = port.to_string();
    let all = [&[("host", "127.0.0.1"), ("port", &*port)], more].concat();
    let mut settings = Arc::into_inner(ClientSettings::usual()).unwrap();
    settings.through = Through::read(&tree(&all)).unwrap();
    Arc::new(settings)
}

async fn ask_for(
    host: &str,
    port: u16,
    settings: &Arc<ClientSettings>,
) -> Result<Response<UpstreamBody>, SendError> {
    let exchange = Exchange {
        place: Place { host, port, is_secure: false },
        settings,
        protocol: Protocol::Usual,
        connect_limit: Duration::from_secs(5),
        response_limit: None,
        host: None,
    };
    let request = Request::get("/x").body(RequestBody::Empty).unwrap();
    send(&exchange, Box::new(request)).await
}

/// Joins a client of a proxy with the upstream at `port`.
async fn join(mut client: TcpStream, port: u16) {
    let mut upstream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
}

async fn bytes(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut read = vec![0; count];
    stream.read_exact(&mut read).await.unwrap();
    read
}

#[tokio::test]
async fn plain_http_goes_through_a_tunnel_of_connect_and_the_proxy_looks_up_the_name() {
    local(async {
        let ((proxy, proxy_port), (listener, port)) = (listen().await, listen().await);
        let heads = upstream(listener, 1, &[OK, OK]);
        let asked = tokio::task::spawn_local(async move {
            let (mut client, _) = proxy.accept().await.unwrap();
            let asked = head(&mut client).await.unwrap();
            client.write_all(b"HTTP/1.1 200 Fine\r\nVia: x\r\n\r\n").await.unwrap();
            tokio::task::spawn_local(join(client, port));
            asked
        });
        let settings = settings(proxy_port, &[("username", "gw"), ("password", "a:b")]);
        for _ in 0..2 {
            assert_eq!(text(ask_for("shop.invalid", 81, &settings).await.unwrap()).await, "ok");
        }
        let asked = asked.await.unwrap();
        assert!(asked.starts_with("CONNECT shop.invalid:81 HTTP/1.1\r\nhost: shop.invalid:81\r\n"));
        assert!(asked.contains("proxy-authorization: Basic Z3c6YTpi\r\n"), "{asked}");
        let heads = heads.await.unwrap();
        assert!(heads[1].starts_with("GET /x HTTP/1.1\r\nhost: shop.invalid:81\r\n"), "{heads:?}");
    })
    .await;
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_no_proxy_is_told_and_the_request_comes_back() {
    local(async {
        for answer in [
            "HTTP/1.1 407 Who\r\n\r\n",
            "HTTP/1.1 502 No\r\nA: b\r\n\r\n",
            "SMTP ready\r\n\r\n",
            "",
        ] {
            let (proxy, proxy_port) = listen().await;
            tokio::task::spawn_local(async move {
                let (mut client, _) = proxy.accept().await.unwrap();
                head(&mut client).await.unwrap();
                client.write_all(answer.as_bytes()).await.unwrap();
            });
            let failed = ask_for("shop.invalid", 81, &settings(proxy_port, &[])).await.unwrap_err();
            assert_eq!(failed.kind, ErrorKind::Refused, "{answer:?}");
            assert!(failed.request.is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn hosts_of_the_pattern_are_reached_directly() {
    local(async {
        let (proxy, proxy_port) = listen().await;
        let (listener, port) = listen().await;
        let _heads = upstream(listener, 1, &[OK]);
        let pattern = ("non-proxy-hosts-pattern", r"localhost|127\..*|\[::1\]");
        let settings = settings(proxy_port, &[pattern]);
        drop(proxy);
        assert_eq!(text(ask_for("127.0.0.1", port, &settings).await.unwrap()).await, "ok");
        let through = settings.through.as_ref().unwrap();
        assert!(through.is_for("a127.0.0.1") && !through.is_for("localhost"));
    })
    .await;
}

#[tokio::test]
async fn socks_5_logs_in_and_names_the_host() {
    local(async {
        let ((proxy, proxy_port), (listener, port)) = (listen().await, listen().await);
        let _heads = upstream(listener, 1, &[OK]);
        let asked = tokio::task::spawn_local(async move {
            let (mut client, _) = proxy.accept().await.unwrap();
            assert_eq!(bytes(&mut client, 4).await, [5, 2, 0, 2]);
            client.write_all(&[5, 2]).await.unwrap();
            assert_eq!(bytes(&mut client, 7).await, *b"\x01\x02gw\x02pw");
            client.write_all(&[1, 0]).await.unwrap();
            let asked = bytes(&mut client, 5 + 12 + 2).await;
            // It says by which name it went, then the tunnel begins.
            client.write_all(b"\x05\x00\x00\x03\x04here\x00\x50").await.unwrap();
            tokio::task::spawn_local(join(client, port));
            asked
        });
        let login = [("type", "socks5"), ("username", "gw"), ("password", "pw")];
        let settings = settings(proxy_port, &login);
        assert_eq!(text(ask_for("shop.invalid", 0x0102, &settings).await.unwrap()).await, "ok");
        assert_eq!(asked.await.unwrap(), *b"\x05\x01\x00\x03\x0cshop.invalid\x01\x02");
    })
    .await;
}

#[tokio::test]
async fn socks_4_takes_addresses_and_names() {
    local(async {
        for (host, address, name) in [
            ("127.0.0.1", [127, 0, 0, 1], &b""[..]),
            ("shop.invalid", [0, 0, 0, 1], b"shop.invalid\0"),
        ] {
            let ((proxy, proxy_port), (listener, port)) = (listen().await, listen().await);
            let _heads = upstream(listener, 1, &[OK]);
            let expected = [&[4, 1, 0, 80][..], &address, b"gw\0", name].concat();
            let asking = tokio::task::spawn_local(async move {
                let (mut client, _) = proxy.accept().await.unwrap();
                assert_eq!(bytes(&mut client, expected.len()).await, expected);
                client.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).await.unwrap();
                tokio::task::spawn_local(join(client, port));
            });
            let settings = settings(proxy_port, &[("type", "SOCKS4"), ("username", "gw")]);
            assert_eq!(text(ask_for(host, 80, &settings).await.unwrap()).await, "ok");
            asking.await.unwrap();
        }
    })
    .await;
}

#[test]
fn what_cannot_be_a_proxy_is_said_with_its_key() {
    let host = ("host", "p");
    for (list, problem) in [
        (&[host][..], "proxy.host: there is no port"),
        (&[host, ("port", "x")], "proxy.port: it is not a port"),
        (&[host, ("port", "1"), ("type", "FTP")], "proxy.type: \"FTP\" is none of"),
        (&[host, ("port", "1"), ("non-proxy-hosts-pattern", "(")], "non-proxy-hosts-pattern: "),
    ] {
        let error = Through::read(&tree(list)).unwrap_err();
        assert!(error.problem.contains(problem), "{error}");
    }
    assert!(Through::read(&tree(&[("port", "1")])).unwrap().is_none());
}
