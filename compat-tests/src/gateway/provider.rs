//! An identity provider: what it publishes can change, and it counts who asks.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;

use anyhow::{Context as _, Result};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::backend::read_head;

/// Path of the provider's issuer.
const REALM: &str = "/realm";

/// A running provider. It ends with the process.
#[derive(Debug)]
pub struct Provider {
    /// The port it listens on.
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    keys: Mutex<String>,
    asked: AtomicUsize,
    is_away: AtomicBool,
}

impl Provider {
    /// Starts one that publishes nothing yet.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listening")?;
        let port = listener.local_addr().context("reading the port")?.port();
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if !serving.is_away.load(Relaxed) {
                    serving.answer(&stream, port);
                }
            }
        });
        Ok(Self { port, shared })
    }

    /// The name that tokens call it by; its metadata is below.
    #[must_use]
    pub fn issuer(&self) -> String {
        issuer(self.port)
    }

    /// Where its keys are.
    #[must_use]
    pub fn keys_uri(&self) -> String {
        keys_uri(self.port)
    }

    /// Publishes these keys instead of those before.
    pub fn publish(&self, keys: &[&Value]) {
        *self.shared.keys.lock() = json!({ "keys": keys }).to_string();
    }

    /// How often its keys were asked for.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.shared.asked.load(Relaxed)
    }

    /// From now on it hangs up without an answer.
    pub fn goes_away(&self) {
        self.shared.is_away.store(true, Relaxed);
    }
}

impl Shared {
    fn answer(&self, stream: &TcpStream, port: u16) {
        let path = read_head(stream).unwrap_or_default().target;
        let body = if path.contains("/.well-known/") {
            json!({"issuer": issuer(port), "jwks_uri": keys_uri(port), "subject_types_supported": ["public"]})
                .to_string()
        } else {
            self.asked.fetch_add(1, Relaxed);
            self.keys.lock().clone()
        };
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        // One that has gone meanwhile asks again.
        drop(std::io::Write::write_all(&mut &*stream, answer.as_bytes()));
    }
}

fn issuer(port: u16) -> String {
    format!("http://127.0.0.1:{port}{REALM}")
}

fn keys_uri(port: u16) -> String {
    format!("http://127.0.0.1:{port}/keys")
}
