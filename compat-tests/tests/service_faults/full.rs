//! A disk that takes nothing more.

use std::process::Command;
use std::time::Duration;

use compat_tests::process::Launch;
use compat_tests::service::{Database, Engine, Kind, Service};
use compat_tests::{ports, wait};

use crate::support::{is_unavailable, is_whole, made, rows};

/// How large a file of the service may become, in units of the shell: 512 bytes.
const BLOCKS: u32 = 4_000;

/// A service whose files may not grow beyond a limit that can be lifted. A write beyond it fails
/// instead of ending the process.
fn start(kind: Kind, database: &Database) -> Service {
    let script = format!("trap '' XFSZ; ulimit -S -f {BLOCKS}; exec \"$@\"");
    let launch = Launch::new("service-on-a-full-disk", "sh").unwrap();
    let launch = launch.args(["-c", &script, "sh"]).arg(kind.binary().unwrap());
    let port = ports::free_port().unwrap();
    let mut service = Service::launch_as(launch, port, &database.url(), &[]).unwrap();
    service.wait_ready().unwrap();
    service
}

/// Gives the service the whole disk.
fn lift(service: &Service) {
    let pid = service.program.pid().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(lifted.unwrap().success());
}

// R-ENOSPC
fn nothing_is_lost(kind: Kind) {
    let database = Database::new(Engine::Sqlite).unwrap();
    let mut service = start(kind, &database);
    let mut created = 0;
    let refused = loop {
        let answer = service.post(kind.path(), &made(kind, &format!("N-{created}"))).unwrap();
        if answer.status != 201 {
            break answer;
        }
        created += 1;
        assert!(created < 20_000, "the disk does not fill");
    };
    is_unavailable(&refused);
    assert!(created > 10, "{created}");
    for n in 0..20 {
        let answer = service.post(kind.path(), &made(kind, &format!("MORE-{n}"))).unwrap();
        match answer.status {
            // A smaller write may still have room in what is there.
            201 => created += 1,
            _ => is_unavailable(&answer),
        }
        assert_eq!(service.get(&format!("{}?size=1", kind.path())).unwrap().status, 200);
    }
    assert_eq!(rows(kind, &database), created);
    is_whole(kind, &database);

    lift(&service);
    wait::until("room again", Duration::from_secs(30), || {
        let code = format!("AGAIN-{created}");
        service.post(kind.path(), &made(kind, &code)).unwrap().status == 201
    })
    .unwrap();
    assert_eq!(rows(kind, &database), created + 1);
    is_whole(kind, &database);
    assert!(service.program.terminate().unwrap().success());
    is_whole(kind, &database);
}

#[test]
fn products_on_a_full_disk_are_refused_and_none_is_lost() {
    nothing_is_lost(Kind::Product);
}

#[test]
fn partners_on_a_full_disk_are_refused_and_none_is_lost() {
    nothing_is_lost(Kind::Partner);
}
