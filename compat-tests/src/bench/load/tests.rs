use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use parking_lot::Mutex;

use super::*;
use crate::bench::script::{Cycle, Once, Step};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A server that answers every request, which must be one byte long, with `answer(request)`.
fn server(answer: fn(u8) -> &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut request = [0];
                while (&stream).read_exact(&mut request).is_ok() {
                    let answer = answer(request[0]);
                    (&stream).write_all(answer).unwrap();
                    if answer.windows(5).any(|five| five == b"close") {
                        break;
                    }
                }
            });
        }
    });
    port
}

fn run(port: u16, mut scripts: Vec<Box<dyn Script>>, length: Duration) -> Result<Tally> {
    Load::open(port, &mut scripts)?.run(length)
}

#[test]
fn every_request_is_asked_and_counted_once() {
    let requests: Vec<_> = (0..100).map(|number| vec![number]).collect();

    let tally = run(server(|_| OK), Once::scripts(requests, 200, 8), Duration::from_secs(60));

    assert_eq!(tally.unwrap(), Tally { answers: 100, body_bytes: 200, reopened: 0 });
}

#[test]
fn a_cycle_ends_with_the_time() {
    let tally = run(server(|_| OK), Cycle::scripts(vec![vec![1]], 200, 4), Duration::ZERO).unwrap();

    // Each connection asks once before it looks at the time.
    assert_eq!(tally.answers, 4);
}

#[test]
fn another_status_fails_the_run() {
    let port =
        server(
            |request| if request == 5 { b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n" } else { OK },
        );
    let requests: Vec<_> = (0..10).map(|number| vec![number]).collect();

    let error = run(port, Once::scripts(requests, 200, 4), Duration::from_secs(60)).unwrap_err();

    assert!(format!("{error:#}").contains("404"), "{error:#}");
}

#[test]
fn a_connection_that_the_server_ends_is_opened_again() {
    let port = server(|request| {
        if request % 2 == 0 {
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
        } else {
            OK
        }
    });
    let requests: Vec<_> = (0..10).map(|number| vec![number]).collect();

    let tally = run(port, Once::scripts(requests, 200, 1), Duration::from_secs(60)).unwrap();

    assert_eq!((tally.answers, tally.reopened), (10, 5));
}

#[test]
fn a_kept_body_is_given_to_its_script() {
    struct Keeps(Arc<Mutex<Vec<Vec<u8>>>>, bool);
    impl Script for Keeps {
        fn next(&mut self) -> Option<Step<'_>> {
            let first = !std::mem::replace(&mut self.1, true);
            first.then_some(Step { request: b"x", status: 200, keep_body: true })
        }
        fn answered(&mut self, answer: Answered) -> Result<()> {
            self.0.lock().extend(answer.body);
            Ok(())
        }
    }
    let bodies = Arc::default();

    let scripts: Vec<Box<dyn Script>> = vec![Box::new(Keeps(Arc::clone(&bodies), false))];
    run(server(|_| OK), scripts, Duration::from_secs(60)).unwrap();

    assert_eq!(*bodies.lock(), [b"ok"]);
}
