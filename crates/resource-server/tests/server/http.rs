//! Documents over real HTTP: sizes, redirects, and who is trusted.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use resource_server::{Fetch as _, FetchError, HttpFetch, HttpFetchError};
use tokio::net::TcpListener;
use url::Url;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let port = request.headers()["host"].to_str().unwrap().rsplit_once(':').unwrap().1.to_owned();
    let path = request.uri().path().to_owned();
    let to = |place: &str| Response::builder().status(302).header("location", place);
    let response = match path.as_str() {
        "/keys" => Response::builder().header("content-type", "application/json"),
        "/moved" => to("/keys"),
        "/elsewhere" => to(&format!("http://localhost:{port}/keys")),
        "/metadata-service" => to("http://169.254.169.254/latest"),
        "/file" => to("file:///etc/passwd"),
        "/circle" => to("/circle"),
        _ => Response::builder().status(404),
    };
    Ok(response.body(Full::from(vec![b'k'; 1_000])).unwrap())
}

/// Fetches `path` from a server that answers as above.
async fn get(path: &str, bytes_max: usize) -> Result<usize, FetchError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = async {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper::service::service_fn(answer);
            let http = hyper::server::conn::http1::Builder::new();
            // One connection at a time is enough here.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        }
    };
    let fetch = HttpFetch::new(&[]).unwrap();
    let url = Url::parse(&format!("http://127.0.0.1:{port}{path}")).unwrap();
    tokio::select! {
        () = serving => unreachable!(),
        got = fetch.get(&url, bytes_max) => got.map(|text| text.len()),
    }
}

#[tokio::test]
async fn a_document_has_a_largest_size() {
    assert_eq!(get("/keys", 1_000).await.unwrap(), 1_000);
    assert!(matches!(get("/keys", 999).await, Err(FetchError::TooLarge)));
}

#[tokio::test]
async fn redirects_are_followed_on_the_same_host_alone() {
    assert_eq!(get("/moved", 1_000).await.unwrap(), 1_000);
    for path in ["/elsewhere", "/metadata-service", "/file", "/circle"] {
        let refused = get(path, 1_000).await.unwrap_err();
        assert!(matches!(refused, FetchError::Status(StatusCode::FOUND)), "{path}: {refused}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_by_its_status() {
    let missing = get("/nothing", 1_000).await.unwrap_err();
    assert!(matches!(missing, FetchError::Status(StatusCode::NOT_FOUND)));
}

#[test]
fn certificates_to_trust_are_in_pem_format() {
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n"] {
        let refused = HttpFetch::new(&[text.as_bytes().to_vec()]);
        assert!(matches!(refused, Err(HttpFetchError::Pem)), "{text}");
    }
}
