//! A server under attack: connections to it, and what the system knows of its process.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use compat_tests::http::{self, Request, Response};
use compat_tests::subject::{self, Subject};
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use test_kit::Registration;

pub(crate) const JSON: &str = "application/json";
pub(crate) const XML: &str = "application/xml";

/// Longest time that anything on a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tests that measure take it for writing, all others for reading.
static MACHINE: RwLock<()> = RwLock::new(());

/// The machine, shared with other tests.
pub(crate) fn busy() -> RwLockReadGuard<'static, ()> {
    MACHINE.read()
}

/// The machine, with no other test on it.
pub(crate) fn quiet() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write()
}

/// A running server of ours.
pub(crate) struct Server {
    pub(crate) subject: Subject,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self { subject: subject::start_ours(args, &[]).unwrap() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.subject.port()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        Request::get(self.subject.url(path)).header("Accept", JSON).send().unwrap()
    }

    pub(crate) fn post(&self, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let request = Request::new("POST", self.subject.url(path));
        request.header("Content-Type", media_type).body(body).send().unwrap()
    }

    pub(crate) fn put(&self, path: &str) -> u16 {
        Request::new("PUT", self.subject.url(path)).send().unwrap().status
    }

    /// Registers a complete instance `id` of `app`.
    pub(crate) fn has(&self, app: &str, id: &str) {
        let made = Registration::new(app, id).json();
        assert_eq!(self.post(&format!("/apps/{app}"), JSON, made).status, 204);
    }

    /// `apps__hashcode` of the full list.
    pub(crate) fn hashcode(&self) -> String {
        let list = self.get("/apps").json().unwrap();
        list["applications"]["apps__hashcode"].as_str().unwrap().to_owned()
    }

    /// Asserts that it runs, answers, and did not panic.
    pub(crate) fn is_well(&mut self) {
        let ended = self.subject.program.exit_status().unwrap();
        assert_eq!(ended, None, "{}", self.subject.program.log_tail());
        assert_eq!(self.get("/apps").status, 200);
        let log = self.subject.program.log();
        let panic = log.lines().find(|line| line.contains("panic"));
        assert_eq!(panic, None);
    }

    pub(crate) fn open(&self) -> Connection {
        Connection::open(self.port())
    }

    pub(crate) fn process(&self) -> Process {
        Process(self.subject.program.pid())
    }
}

/// A process, as `/proc` shows it.
#[derive(Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    fn read(self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).unwrap()
    }

    fn status_kib(self, name: &str) -> u64 {
        let text = self.read("status");
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Resident memory, KiB.
    pub(crate) fn rss_kib(self) -> u64 {
        self.status_kib("VmRSS")
    }

    /// Most resident memory while `work` ran, above what it was before, KiB.
    pub(crate) fn peak_growth_kib(self, work: impl FnOnce()) -> u64 {
        let before = self.rss_kib();
        // 5 sets the peak back to the present. Source: proc(5).
        fs::write(format!("/proc/{}/clear_refs", self.0), "5").unwrap();
        work();
        self.status_kib("VmHWM").saturating_sub(before)
    }

    /// Processor time used, in hundredths of a second.
    pub(crate) fn ticks(self) -> u64 {
        let text = self.read("stat");
        // The name may hold blanks; what follows its bracket does not.
        let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    /// Open file descriptors.
    pub(crate) fn descriptors(self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0)).unwrap().count()
    }
}

/// A kept-alive connection that reads answers fast.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

/// What came instead of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The connection ended, orderly or not, before a byte of an answer.
    Closed,
    /// The connection ended within an answer.
    Cut,
    /// Nothing came in time.
    Waiting,
}

impl Connection {
    pub(crate) fn open(port: u16) -> Self {
        Self { stream: http::connect(port, PATIENCE).unwrap(), read: Vec::new() }
    }

    /// Sends what is to be sent, as far as the server takes it.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Status and body of the next answer. All of ours say their length.
    pub(crate) fn answer(&mut self) -> Result<(u16, Vec<u8>), Silence> {
        let head = loop {
            if let Some(end) = find(&self.read, b"\r\n\r\n") {
                break String::from_utf8_lossy(&self.read[..end]).into_owned();
            }
            self.more()?;
        };
        let status =
            head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{head}"));
        let mut length = 0;
        for line in head.lines() {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let from = head.len() + 4;
        while self.read.len() < from + length {
            self.more()?;
        }
        let body = self.read[from..from + length].to_vec();
        self.read.drain(..from + length);
        if status == 100 { self.answer() } else { Ok((status, body)) }
    }

    /// Sends a request and reads its status.
    pub(crate) fn status(&mut self, request: &[u8]) -> Result<u16, Silence> {
        self.send(request);
        self.answer().map(|(status, _)| status)
    }

    /// How the connection goes on: nothing more comes, or it ends.
    pub(crate) fn rest(&mut self, patience: Duration) -> Silence {
        self.stream.set_read_timeout(Some(patience)).unwrap();
        loop {
            match self.more() {
                Ok(()) => {}
                Err(Silence::Cut) if self.read.is_empty() => return Silence::Closed,
                Err(silence) => return silence,
            }
        }
    }

    fn more(&mut self) -> Result<(), Silence> {
        let mut bytes = [0; 16 * 1024];
        let ended = if self.read.is_empty() { Silence::Closed } else { Silence::Cut };
        match self.stream.read(&mut bytes) {
            Ok(0) => Err(ended),
            Ok(count) => {
                self.read.extend_from_slice(&bytes[..count]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(Silence::Waiting)
            }
            Err(_) => Err(ended),
        }
    }
}

pub(crate) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A request with the usual head and `Content-Length`.
pub(crate) fn request(method: &str, path: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} /eureka{path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\
         Content-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A heartbeat.
pub(crate) fn heartbeat(app: &str, id: &str) -> Vec<u8> {
    request("PUT", &format!("/apps/{app}/{id}"), JSON, b"")
}

/// Shortest of several runs of `work`, so that a busy machine does not count.
pub(crate) fn shortest(runs: usize, mut work: impl FnMut()) -> Duration {
    let time = |()| {
        let started = Instant::now();
        work();
        started.elapsed()
    };
    (0..runs).map(|_| ()).map(time).min().unwrap()
}

/// Lets this process open as many files as the system allows.
pub(crate) fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
