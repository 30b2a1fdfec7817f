//! Many at once (W-31).

use std::sync::Barrier;

use test_kit::Registration;

use crate::support::{JSON, Server, busy, request};

const CLIENTS: usize = 100;

#[test]
fn of_a_hundred_registrations_of_one_instance_the_newest_stays() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    for round in 0..5 {
        let start = Barrier::new(CLIENTS);
        std::thread::scope(|scope| {
            for n in 0..CLIENTS {
                let (start, server) = (&start, &server);
                scope.spawn(move || {
                    let made = Registration::new("FOO", &format!("i{round}"))
                        .with("hostName", format!("host-{n}"))
                        .with("ipAddr", format!("10.0.0.{n}"))
                        .with("lastDirtyTimestamp", (1000 + n).to_string());
                    let bytes = request("POST", "/apps/FOO", JSON, made.json().as_bytes());
                    let mut connection = server.open();
                    start.wait();
                    assert_eq!(connection.status(&bytes), Ok(204));
                });
            }
        });
        let told = server.get(&format!("/apps/FOO/i{round}")).json().unwrap()["instance"].take();
        let newest = CLIENTS - 1;
        assert_eq!(told["hostName"], format!("host-{newest}"), "round {round}");
        assert_eq!(told["ipAddr"], format!("10.0.0.{newest}"), "never a mixture of two");
        assert_eq!(told["actionType"], "ADDED");
        assert_eq!(server.hashcode(), format!("UP_{}_", round + 1), "one entry each");
        let delta = server.get("/apps/delta").json().unwrap()["applications"].take();
        let changed = delta["application"][0]["instance"].as_array().unwrap();
        assert_eq!(changed.len(), round + 1, "once in the delta");
        assert!(changed.iter().any(|instance| instance["hostName"] == told["hostName"]));
    }
    server.is_well();
}

// Register, renew, override, read and cancel at once: answers are whole, and the end is known.
#[test]
fn everything_at_once_ends_as_it_must() {
    let _machine = busy();
    let mut server = Server::start(&[]);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let server = &server;
            scope.spawn(move || {
                let mut connection = server.open();
                for n in 0..300 {
                    let id = format!("i{thread}-{}", n % 10);
                    let made = Registration::new("FOO", &id).json();
                    let path = format!("/apps/FOO/{id}");
                    for (method, path, body, allowed) in [
                        ("POST", "/apps/FOO", made.as_str(), &[204][..]),
                        ("PUT", &path, "", &[200]),
                        ("PUT", &format!("{path}/status?value=OUT_OF_SERVICE"), "", &[200]),
                        ("GET", if n % 2 == 0 { "/apps" } else { "/apps/delta" }, "", &[200]),
                        ("DELETE", &format!("{path}/status?value=UP"), "", &[200]),
                        ("DELETE", if n < 290 { &path } else { "/apps/FOO/none" }, "", &[200, 404]),
                    ] {
                        let status =
                            connection.status(&request(method, path, JSON, body.as_bytes()));
                        assert!(
                            status.as_ref().is_ok_and(|code| allowed.contains(code)),
                            "{method} {path}: {status:?}"
                        );
                    }
                }
            });
        }
    });
    assert_eq!(server.hashcode(), "UP_80_");
    server.is_well();
}
