//! The program with a file of routes, upstreams whose answers are scripted, and a client that sees
//! bytes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

/// A gateway that runs; it ends with this value.
pub(crate) struct Gateway {
    child: Child,
    pub(crate) port: u16,
    folder: std::path::PathBuf,
}

/// An answer: status, headers with names in lower case, body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// An upstream. Each request gets what `answer` makes of its head and body.
pub(crate) struct Upstream {
    pub(crate) port: u16,
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Gateway {
    /// Starts with routes; in `yaml` a line begins at the margin.
    pub(crate) fn start(yaml: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("gw-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let alone =
            if yaml.contains("eureka.client") { "" } else { "eureka.client.enabled: false" };
        let head = format!("server: {{port: 0, address: 127.0.0.1}}\n{alone}\n");
        std::fs::write(folder.join("application.yml"), format!("{head}{yaml}")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut log = Vec::new();
        let port = loop {
            let Some(Ok(line)) = lines.next() else { panic!("it ended: {}", log.join("\n")) };
            let port = line.contains("accepting requests").then(|| line.split("port=").nth(1));
            if let Some(Some(port)) = port {
                break port.split_whitespace().next().unwrap().parse().unwrap();
            }
            log.push(line);
        };
        // Nobody reads on, and a full pipe would stop the program.
        thread::spawn(move || lines.for_each(drop));
        Self { child, port, folder }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: gw.example\r\n");
        for header in headers {
            head.push_str(&format!("{header}\r\n"));
        }
        if !body.is_empty() {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        self.bytes(&format!("{head}Connection: close\r\n\r\n{body}"))
    }

    /// Tells it to stop, as an operator does.
    pub(crate) fn stop(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Sends bytes and reads up to the end.
    pub(crate) fn bytes(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut read = Vec::new();
        // A connection that was cut still tells what came before.
        let _ = stream.read_to_end(&mut read);
        Answer::parse(&String::from_utf8_lossy(&read))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Self {
            status: status.and_then(|text| text.parse().ok()).unwrap_or(0),
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl Upstream {
    /// `answer` is told the number of the request, from 0, and gives status, headers and body.
    pub(crate) fn start(
        answer: impl Fn(usize, &str) -> (u16, String, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let (shared, answer) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Self { port, seen }
    }

    /// One that always says the same.
    pub(crate) fn saying(status: u16, headers: &str, body: &str) -> Self {
        let (headers, body) = (headers.to_owned(), body.to_owned());
        Self::start(move |_, _| (status, headers.clone(), body.clone()))
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().len()
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    answer: &dyn Fn(usize, &str) -> (u16, String, String),
) {
    while let Some(request) = read_request(&mut stream) {
        let number = {
            let mut seen = seen.lock();
            seen.push(request.clone());
            seen.len() - 1
        };
        let (status, headers, body) = answer(number, &request);
        if status == 0 {
            return;
        }
        let head =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            return;
        }
    }
}

/// Head and body, chunks as they come.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        read.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&read).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    if let Some(length) = length.and_then(|text| text.trim().parse().ok()) {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        read.extend(body);
    } else if head.contains("transfer-encoding: chunked") {
        while !read.ends_with(b"0\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            read.push(byte[0]);
        }
    }
    Some(String::from_utf8_lossy(&read).into_owned())
}
