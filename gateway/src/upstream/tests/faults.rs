//! Upstreams that misbehave: an answer is right, or none, and never another request's.

use super::*;

/// What comes of one request to an upstream that says this and closes.
async fn said(answer: &'static str) -> Result<Bytes, &'static str> {
    let (listener, port) = listen().await;
    tokio::task::spawn_local(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let response = get(port).await.map_err(|error| error.kind.name())?;
    let body = response.into_body().collect().await.map_err(|_| "cut")?;
    Ok(body.to_bytes())
}

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_no_answer() {
    local(async {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nA: b\r\n c: d\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Le",
        ] {
            assert_eq!(said(answer).await, Err("garbage"), "{answer:?}");
        }
        assert_eq!(said("").await, Err("closed"));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_ends_early_is_cut_and_one_that_ends_with_the_connection_is_whole() {
    local(async {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
        ] {
            assert_eq!(said(answer).await, Err("cut"), "{answer:?}");
        }
        assert_eq!(said("HTTP/1.1 200 OK\r\n\r\nok").await.unwrap(), "ok");
    })
    .await;
}

#[tokio::test]
async fn provisional_answers_are_passed_over_until_there_are_too_many() {
    local(async {
        const SOME: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
                            HTTP/1.1 100 Continue\r\n\r\n\
                            HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(said(SOME).await.unwrap(), "ok");
        let many = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(9);
        assert_eq!(said(many.leak()).await, Err("garbage"));
    })
    .await;
}

#[tokio::test]
async fn bytes_behind_an_answer_are_nobodys() {
    local(async {
        let (listener, port) = listen().await;
        let heads =
            upstream(listener, 2, &["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200"]);
        assert_eq!(text(get(port).await.unwrap()).await, "ok");
        assert_eq!(text(get(port).await.unwrap()).await, "ok");
        assert_eq!(heads.await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_body_that_waits_to_be_asked_for_is_sent_once_it_is() {
    local(async {
        let (listener, port) = listen().await;
        let seen = tokio::task::spawn_local(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let head = head(&mut stream).await.unwrap();
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
            let mut body = [0; 3];
            stream.read_exact(&mut body).await.unwrap();
            stream.write_all(OK.as_bytes()).await.unwrap();
            (head, body)
        });
        let place = Place { host: "127.0.0.1", port, is_secure: false };
        let settings = &SETTINGS.with(Arc::clone);
        let exchange = Exchange {
            place,
            settings,
            protocol: Protocol::Usual,
            connect_limit: Duration::from_secs(5),
            response_limit: None,
            host: None,
        };
        let body = RequestBody::Full(Bytes::from_static(b"abc"));
        let request = Request::post("/x").header("expect", "100-continue").body(body).unwrap();
        assert_eq!(text(send(&exchange, Box::new(request)).await.unwrap()).await, "ok");
        let (head, body) = seen.await.unwrap();
        assert!(head.contains("content-length: 3\r\n"), "{head}");
        assert_eq!(&body, b"abc");
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_was_upgraded_is_handed_over_with_what_came_early() {
    local(async {
        let (listener, port) = listen().await;
        let heads = upstream(
            listener,
            1,
            &["HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly"],
        );
        let place = Place { host: "127.0.0.1", port, is_secure: false };
        let settings = &SETTINGS.with(Arc::clone);
        let exchange = Exchange {
            place,
            settings,
            protocol: Protocol::Usual,
            connect_limit: Duration::from_secs(5),
            response_limit: None,
            host: None,
        };
        let request = Request::get("/x").header("upgrade", "x").header("connection", "upgrade");
        let response =
            send(&exchange, Box::new(request.body(RequestBody::Empty).unwrap())).await.unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        let (_, first) = response.into_body().upgraded().unwrap();
        assert_eq!(first, "early");
        assert_eq!(heads.await.unwrap().len(), 1);
    })
    .await;
}
