//! An instance that answers everything with the same failure.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::Result;
use compat_tests::gateway::backend::read_head;

/// A running instance; it ends with the process.
#[derive(Debug)]
pub(crate) struct Sick {
    pub(crate) port: u16,
    asked: Arc<AtomicUsize>,
}

impl Sick {
    pub(crate) fn start(status: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let asked = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if read_head(&stream).is_none() {
                    continue;
                }
                counted.fetch_add(1, Relaxed);
                let answer = format!(
                    "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                // Whoever has gone has gone.
                drop(stream.write_all(answer.as_bytes()));
            }
        });
        Ok(Self { port, asked })
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Relaxed)
    }
}
