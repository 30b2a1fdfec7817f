use std::sync::Arc;

use eureka_client::{Client, Tls};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::{beside, hurried, soon};

const EMPTY: &str =
    r#"{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}"#;

/// A discovery server with nothing in it, over TLS, and its certificate.
async fn serve(until: impl Future<Output = ()>, port: tokio::sync::oneshot::Sender<(u16, String)>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    port.send((listener.local_addr().unwrap().port(), made.cert.pem())).unwrap();
    let serving = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust us hangs up.
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let answer = hyper::service::service_fn(async |_| {
                let body = Full::new(bytes::Bytes::from_static(EMPTY.as_bytes()));
                Ok::<_, std::convert::Infallible>(http::Response::new(body))
            });
            let server = hyper::server::conn::http1::Builder::new();
            let _ = server.serve_connection(TokioIo::new(stream), answer).await;
        }
    };
    tokio::select! { () = until => {}, () = serving => {} }
}

#[tokio::test]
async fn a_private_authority_is_trusted_if_it_was_named_and_only_then() {
    let (tell, told) = tokio::sync::oneshot::channel::<(u16, String)>();
    let (done, until) = tokio::sync::oneshot::channel::<()>();
    let test = async {
        let (port, pem) = told.await.unwrap();
        let url = format!("https://localhost:{port}/eureka");
        let build = |tls: Tls| {
            let builder = Client::builder().server(&url).fetch_only().tls(tls);
            builder.configure(|settings| {
                hurried(settings);
                settings.fetch_interval = std::time::Duration::from_secs(10);
                settings.require_registry = true;
            })
        };
        assert!(soon(build(Tls::new()).build().unwrap().run()).await.is_err());
        let trusting = Tls::new().only_own_roots().trust(pem.as_bytes()).unwrap();
        let client = build(trusting).build().unwrap();
        beside(&client, client.until_fetched()).await;
        done.send(()).unwrap();
    };
    let until = async { drop(until.await) };
    tokio::join!(serve(until, tell), test);
}
