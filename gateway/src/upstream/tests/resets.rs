//! Connections that end while a request that must not be done twice is on its way.

use super::*;

const BODY: &str = "abc";

/// What the other end does once it has answered one request and the next has arrived.
#[derive(Clone, Copy)]
enum End {
    /// Closes without reading it.
    Unread,
    /// Ends its answers first, and closes without reading it after a while.
    HalfThenUnread,
    /// Reads it and closes.
    Read,
    /// Reads only the head of it and closes.
    HeadRead,
}

async fn end(mut stream: TcpStream, end: End) {
    head(&mut stream).await.unwrap();
    stream.write_all(OK.as_bytes()).await.unwrap();
    stream.peek(&mut [0]).await.unwrap();
    match end {
        End::Unread => {}
        End::HalfThenUnread => {
            let _ = stream.shutdown().await;
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        End::Read => {
            head(&mut stream).await.unwrap();
            stream.read_exact(&mut [0; BODY.len()]).await.unwrap();
        }
        End::HeadRead => {
            head(&mut stream).await.unwrap();
            stream.peek(&mut [0]).await.unwrap();
        }
    }
}

/// What comes of `method` with this body on a connection that ends so; one request went over it
/// before.
async fn over(ending: End, method: Method, body: RequestBody) -> SendError {
    let (listener, port) = listen().await;
    let server = tokio::task::spawn_local(async move {
        let (stream, _) = listener.accept().await.unwrap();
        end(stream, ending).await;
    });
    assert_eq!(text(get(port).await.unwrap()).await, "ok");
    let failed = ask(port, method, body, None).await.unwrap_err();
    server.await.unwrap();
    assert_eq!(failed.kind, ErrorKind::Closed);
    assert!(failed.is_reused);
    failed
}

fn full() -> RequestBody {
    RequestBody::Full(Bytes::from_static(BODY.as_bytes()))
}

#[tokio::test]
async fn a_write_that_nobody_read_comes_back_whole() {
    local(async {
        for ending in [End::Unread, End::HalfThenUnread] {
            let failed = over(ending, Method::POST, full()).await;
            let request = failed.request.unwrap();
            assert!(matches!(request.body(), RequestBody::Full(body) if body == BODY));
            assert!(over(ending, Method::POST, RequestBody::Empty).await.request.is_some());
        }
    })
    .await;
}

#[tokio::test]
async fn a_write_that_may_have_been_read_does_not_come_back() {
    local(async {
        let failed = over(End::Read, Method::POST, full()).await;
        assert!(failed.request.is_none() && failed.again.is_none());
        let large = RequestBody::Full(Bytes::from(vec![b'x'; 5000]));
        let failed = over(End::Unread, Method::POST, large).await;
        assert!(failed.request.is_none() && failed.again.is_none());
        let large = RequestBody::Full(Bytes::from(vec![b'x'; 5000]));
        let failed = over(End::HeadRead, Method::POST, large).await;
        assert!(failed.request.is_none() && failed.again.is_none());
        // What may be done twice does.
        assert!(over(End::Read, Method::PUT, full()).await.again.is_some());
    })
    .await;
}
