//! The same bytes to ours and to the HTTP servers of three other languages (SE-19): where ours takes all
//! of them, the others find as many requests in them. A stream that two programs would cut at
//! different places has to be refused.
//!
//! `DIFF_SEED` chooses the streams, `PARSER_STREAMS` how many they are.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, ensure};
use compat_tests::process::{Launch, Program};
use compat_tests::script::Random;
use compat_tests::{http, install, paths, wait};

use crate::estate::{Estate, Outcome, Verdict};

/// Streams of a run unless `PARSER_STREAMS` says otherwise.
const STREAMS: u64 = 600;
/// Streams at a time.
const THREADS: u64 = 8;
/// How long silence is taken for waiting.
const SILENCE: Duration = Duration::from_millis(400);
/// Longest wait for a server to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is put in the place of something else.
const PIECES: &[&str] = &[
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    "0",
    "1",
    "9",
    ":",
    ",",
    ";",
    "+",
    "-",
    "x",
    "\0",
    "\u{b}",
    "chunked",
    "identity",
    "Content-Length: 3\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Content-Length:\r\n",
    "Host: h\r\n",
    " Folded: a\r\n",
    "3;a=b",
    "0x3",
    "\r\n\r\n",
    "0\r\n\r\n",
    "HTTP/1.0",
    "Expect: 100-continue\r\n",
    "Connection: close\r\n",
    "\u{e9}",
    "Content_Length: 9\r\n",
];

/// What everybody takes.
const GOOD: &str = "GET /plain/a HTTP/1.1\r\nHost: h\r\n\r\n\
    POST /plain/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
    GET /plain/end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

struct Servers(Vec<(&'static str, u16, Program)>);

impl Servers {
    fn start() -> Result<Self> {
        let source = paths::package().join("clients/parsers");
        let go = install::installed("parsers", &source, |folder| {
            let mut go = std::process::Command::new("go");
            go.args(["build", "-trimpath", "-o"]).arg(folder.join("serve"));
            install::run(go.arg("serve.go").current_dir(&source))
        })?;
        let launches = [
            ("Node", Launch::new("parser-node", "node")?.arg(source.join("serve.js"))),
            ("Go", Launch::new("parser-go", go.join("serve"))?),
            ("Java", Launch::new("parser-java", "java")?.arg(source.join("Serve.java"))),
        ];
        let mut servers = Vec::new();
        for (name, launch) in launches {
            let mut program = launch.takes_lines().output_apart().start()?;
            let (port, _) = program.wait_line("a port", 0, PATIENCE, |_| true)?;
            let port = port.trim().parse().context("reading a port")?;
            // A JVM's first answers take long.
            let answers = || send(port, GOOD.as_bytes()).is_ok_and(|one| finals(&one) == [200; 3]);
            wait::until("three answers in time", PATIENCE, answers)?;
            servers.push((name, port, program));
        }
        Ok(Self(servers))
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the seed of a green run is worth knowing, too")]
fn nobody_finds_other_requests_in_a_stream_se_19() -> Result<()> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
    let number = |name: &str, default: u64| -> Result<u64> {
        std::env::var(name).map_or(Ok(default), |text| text.parse().context("no number"))
    };
    let (seed, streams) = (number("DIFF_SEED", clock)?, number("PARSER_STREAMS", STREAMS)?);
    println!("{streams} streams, DIFF_SEED={seed}");
    let (estate, servers) = (Estate::start("")?, Servers::start()?);
    let ports: Vec<_> = servers.0.iter().map(|(name, port, _)| (*name, *port)).collect();
    let (estate, ports) = (&estate, &ports);
    let (taken, wrong) = std::thread::scope(|scope| -> Result<(u64, Vec<String>)> {
        let lane = |lane: u64| {
            scope.spawn(move || {
                let numbers = (0..streams).filter(move |number| number % THREADS == lane);
                look(estate.gateway.port, ports, numbers.map(|number| seed.wrapping_add(number)))
            })
        };
        let lanes: Vec<_> = (0..THREADS).map(lane).collect();
        let (mut taken, mut wrong) = (0, Vec::new());
        for lane in lanes {
            let (more, found) = lane.join().map_err(|_| anyhow!("a lane panicked"))??;
            taken += more;
            wrong.extend(found);
        }
        Ok((taken, wrong))
    })?;
    let mut verdict = Verdict::default();
    wrong.into_iter().for_each(|one| verdict.check(false, || one));
    verdict.end()?;
    // Streams that are refused are compared with nothing.
    ensure!(taken > streams / 5, "only {taken} of {streams} were taken");
    Ok(())
}

/// Streams that ours took whole, and what is wrong with them.
fn look(
    gateway: u16,
    servers: &[(&str, u16)],
    seeds: impl Iterator<Item = u64>,
) -> Result<(u64, Vec<String>)> {
    let (mut taken, mut wrong) = (0, Vec::new());
    for seed in seeds {
        let bytes = stream(&mut Random::new(seed));
        if has_bare_line_behind_chunks(&bytes) {
            continue;
        }
        let own = send(gateway, &bytes)?;
        let statuses = finals(&own);
        if statuses.iter().any(|status| *status != 200) || !own.is_closed {
            continue;
        }
        taken += 1;
        let mut told = String::new();
        for (name, port) in servers {
            // One that refuses what ours takes gets it cleaned, and Java's refuses some by hanging up
            // without a word; one that counts otherwise is deceived.
            let differs = |other: &Outcome| {
                let others = finals(other);
                let is_refused = others.iter().any(|status| *status != 200)
                    || (others.is_empty() && other.is_closed);
                !is_refused && others.len() != statuses.len()
            };
            let mut other = send(*port, &bytes)?;
            if differs(&other) {
                // It may only have been slow.
                other = send_and_wait(*port, &bytes, PATIENCE / 10)?;
            }
            if differs(&other) {
                write!(told, " {name} {}", finals(&other).len())?;
            }
        }
        if !told.is_empty() {
            let text = String::from_utf8_lossy(&bytes).escape_debug().to_string();
            wrong.push(format!("seed {seed}: ours {},{told}: {text}", statuses.len()));
        }
    }
    Ok((taken, wrong))
}

/// Ends of lines are not looked at behind a body in chunks that came in the same read: a line feed alone
/// is taken there, as all but the strictest servers do.
fn has_bare_line_behind_chunks(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let behind = text.split_once("chunked").map(|(_, behind)| behind).unwrap_or_default();
    behind.replace("\r\n", "").contains('\n')
}

fn finals(outcome: &Outcome) -> Vec<u16> {
    outcome.statuses().into_iter().filter(|status| *status >= 200).collect()
}

/// Some good requests in a row, up to two places of which say something else, and one at the end that
/// asks for the end.
fn stream(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    for _ in 0..=random.below(2) {
        text.push_str(random.pick(&[
            "GET /plain/a HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /plain/b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
            "POST /plain/c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "POST /plain/d HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n",
            "PUT /plain/e HTTP/1.1\r\nHost: h\r\nContent-Length: 36\r\n\r\nGET /plain/x HTTP/1.1\r\nHost: h\r\n\r\nab",
        ]));
    }
    for _ in 0..random.below(3) {
        let at = random.below(text.len());
        if !text.is_char_boundary(at) || !text.is_char_boundary(at + 1) {
            continue;
        }
        let piece = random.pick(PIECES);
        match random.below(3) {
            0 => text.insert_str(at, piece),
            1 => text.replace_range(at..=at, piece),
            _ => drop(text.remove(at)),
        }
    }
    text.push_str("GET /plain/end HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    text.into_bytes()
}

/// As the suite's other `send`, for servers that may wait for more.
fn send(port: u16, bytes: &[u8]) -> Result<Outcome> {
    send_and_wait(port, bytes, SILENCE)
}

/// The same, given how long silence is taken for waiting.
fn send_and_wait(port: u16, bytes: &[u8], silence: Duration) -> Result<Outcome> {
    let mut stream = http::connect(port, PATIENCE)?;
    // One that answers early and hangs up may not read it all.
    let _partly = stream.write_all(bytes);
    stream.set_read_timeout(Some(silence))?;
    let mut read = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(Outcome { bytes: read, is_closed: true }),
            Ok(count) => read.extend(buffer.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return Ok(Outcome { bytes: read, is_closed: true });
            }
            Err(_) => return Ok(Outcome { bytes: read, is_closed: false }),
        }
    }
}
