//! Counting in a real Redis (RL-4, RL-5, RL-8).

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::*;

pub(super) struct Redis {
    child: Child,
    pub(super) port: u16,
    folder: PathBuf,
}

pub(super) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Redis {
    /// A server of its own on a free port; installs Debian's package if there is none.
    pub(super) fn start() -> Self {
        let port = free_port();
        Self::with(port, &format!("port {port}\n"), &[])
    }

    /// One with further lines of configuration, which listens on `port`; `args` follow the file.
    pub(super) fn with(port: u16, lines: &str, args: &[&str]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
        if found.is_err() {
            let mut install = Command::new("apt-get");
            let installed = install.args(["install", "-y", "-q", "redis-server"]).status();
            assert!(installed.is_ok_and(|status| status.success()), "redis-server is needed");
        }
        let name = format!("gw-redis-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let base = if args.is_empty() { "save \"\"\nappendonly no\n" } else { "" };
        let config = format!("bind 127.0.0.1\n{base}{lines}");
        std::fs::write(folder.join("redis.conf"), config).unwrap();
        let child = Command::new("redis-server")
            .arg("redis.conf")
            .args(args)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Self { child, port, folder };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        redis
    }

    /// The reply to a command, as it comes.
    pub(super) fn ask(&self, command: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn gateway(upstream: &Upstream, port: u16, more: &str) -> Gateway {
    limited(upstream, &format!("host: 127.0.0.1, port: {port}"), more)
}

/// A gateway that counts in the Redis that `place` describes: two requests of a key pass.
pub(super) fn limited(upstream: &Upstream, place: &str, more: &str) -> Gateway {
    let limiter = "filters: [{name: RequestRateLimiter, args: {key-resolver: \
                   '#{@headerKeyResolver:X-Key}', redis-rate-limiter.replenishRate: 1, \
                   redis-rate-limiter.burstCapacity: 60, redis-rate-limiter.requestedTokens: 30}}]";
    let yaml = routes(&[route("a", &upstream.uri(), "/**", limiter)]);
    let yaml = yaml.replacen("spring:\n", &format!("spring:\n  data: {{redis: {{{place}}}}}\n"), 1);
    Gateway::start(&format!("{yaml}gateway: {{ratelimit: {{store-timeout: 5s{more}}}}}\n"))
}

pub(super) fn ask(gateway: &Gateway, key: &str) -> Answer {
    gateway.ask("GET", "/", &[&format!("X-Key: {key}")], "")
}

#[test]
fn two_gateways_count_together_under_spring_s_keys_rl_4_rl_5() {
    let (redis, upstream) = (Redis::start(), Upstream::saying(200, "", "ok"));
    let both = [gateway(&upstream, redis.port, ""), gateway(&upstream, redis.port, "")];
    assert_eq!(ask(&both[0], "k").header("x-ratelimit-remaining"), Some("30"));
    assert_eq!(ask(&both[1], "k").status, 200);
    let refused = ask(&both[0], "k");
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(ask(&both[1], "other").status, 200);
    let kept = redis.ask("TTL request_rate_limiter.{a.k}.tokens");
    assert!(kept.starts_with(":1") || kept.starts_with(":120"), "{kept}");
    assert!(redis.ask("EXISTS request_rate_limiter.{a.k}.timestamp").starts_with(":1"));
}

#[test]
fn without_redis_each_counts_by_itself_or_as_is_said_rl_8() {
    let upstream = Upstream::saying(200, "", "ok");
    let nowhere = 1;
    let local = gateway(&upstream, nowhere, "");
    let statuses: Vec<u16> = (0..3).map(|_| ask(&local, "k").status).collect();
    assert_eq!(statuses, [200, 200, 429]);
    let open = gateway(&upstream, nowhere, ", on-store-failure: open");
    let answers: Vec<Answer> = (0..3).map(|_| ask(&open, "k")).collect();
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(answers[2].header("x-ratelimit-remaining"), Some("-1"));
    let closed = gateway(&upstream, nowhere, ", on-store-failure: closed");
    assert_eq!(ask(&closed, "k").status, 429);
}
