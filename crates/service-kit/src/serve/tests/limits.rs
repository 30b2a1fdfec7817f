//! What is too large, too much or too slow, over sockets (DS-3, DS-5).

use super::*;

/// A server with `limits`, run beside `test`.
async fn with<T>(limits: Limits, test: T)
where
    T: AsyncFnOnce(SocketAddr),
{
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, limits).unwrap();
    let address = server.address().unwrap();
    let serving = server.serve_here(Arc::new(Hello), CancellationToken::new());
    tokio::select! {
        served = serving => panic!("it ended: {served:?}"),
        () = test(address) => {}
    }
}

/// Everything that comes back for `head`, so many bytes at a time.
async fn said(address: SocketAddr, head: &str, at_a_time: usize) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for part in head.as_bytes().chunks(at_a_time) {
        // It may have answered before it has everything.
        if stream.write_all(part).await.is_err() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    String::from_utf8(all).unwrap().to_lowercase()
}

const LIMITS: fn() -> Limits =
    || Limits { line_bytes_max: 4096, head_bytes_max: 8192, ..Limits::default() };

#[tokio::test]
async fn a_long_target_is_414_and_a_long_head_431_wherever_they_are_cut() {
    with(LIMITS(), async |address| {
        let head = |target: usize, field: usize| {
            let (target, field) = ("a".repeat(target), "b".repeat(field));
            format!("GET /{target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX: {field}\r\n\r\n")
        };
        for at_a_time in [1 << 20, 1000, 4097] {
            for (target, field, status) in [
                (4000, 8000, "200"),
                (4096, 0, "414"),
                (8000, 0, "414"),
                (0, 8190, "431"),
                (4000, 8190, "431"),
            ] {
                let said = said(address, &head(target, field), at_a_time).await;
                let start = format!("http/1.1 {status}");
                assert!(said.starts_with(&start), "{target} {field} {at_a_time}: {said:?}");
                assert!(said.contains("connection: close"), "{said}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_line_without_an_end_is_answered_without_waiting_for_one() {
    with(LIMITS(), async |address| {
        for (begin, statuses) in [("GET /", &["414"][..]), ("", &["400"]), ("\r\nGET /", &["414"])]
        {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let line = format!("{begin}{}", "a".repeat(4200));
            stream.write_all(line.as_bytes()).await.unwrap();
            let mut all = String::new();
            stream.read_to_string(&mut all).await.unwrap();
            let status = all.split(' ').nth(1).unwrap();
            assert!(statuses.contains(&status), "{begin:?}: {all}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_ends_with_its_last_request() {
    let limits = Limits { requests_max: 2, ..Limits::default() };
    with(limits, async |address| {
        let mut kept = TcpStream::connect(address).await.unwrap();
        assert!(!ask(&mut kept).await.contains("connection: close"));
        assert!(ask(&mut kept).await.contains("connection: close"));
        assert_eq!(kept.read(&mut [0; 16]).await.unwrap(), 0);
    })
    .await;
}

/// One whose answers have no end, and which tells when one is dropped.
struct Endless(tokio::sync::mpsc::UnboundedSender<()>);

struct Flood(tokio::sync::mpsc::UnboundedSender<()>);

impl Default for Flood {
    fn default() -> Self {
        Self(tokio::sync::mpsc::unbounded_channel().0)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

impl http_body::Body for Flood {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let data = Bytes::from_static(&[b'x'; 16 * 1024]);
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(data))))
    }
}

impl Handler for Endless {
    type Body = Flood;

    async fn handle(self: Arc<Self>, _: Request<Incoming>, _: Arc<Connection>) -> Response<Flood> {
        Response::new(Flood(self.0.clone()))
    }
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_loses_it_and_its_connection() {
    let limits = Limits { write_timeout: Duration::from_millis(300), ..Limits::default() };
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into(), 1, limits).unwrap();
    let address = server.address().unwrap();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let serving = server.serve_here(Arc::new(Endless(tell)), CancellationToken::new());
    let test = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        // Nothing is read: the answer is dropped all the same, and with it what made it.
        told.recv().await.unwrap();
        let mut bytes = [0; 64 * 1024];
        // What had been sent is still there; then comes the end, or a reset.
        while stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
    };
    tokio::select! {
        served = serving => panic!("it ended: {served:?}"),
        () = test => {}
    }
}
