//! Asking the discovery servers until one answers.

use std::sync::Arc;

use parking_lot::Mutex;

use http::StatusCode;

use crate::failover::Failover;
use crate::transport::{Answer, Ask, Transport, TransportError};
use crate::{Clock, Random, Server, ServerError};

/// Redirects followed in a row (TR-5).
const REDIRECTS_MAX: usize = 10;

/// One line to the discovery servers. Registering and fetching have one each, so that trouble of
/// the one does not move the other (TR-1).
#[derive(Debug)]
pub(crate) struct Servers {
    failover: Mutex<Failover>,
    transport: Transport,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Servers {
    pub(crate) const fn new(
        failover: Failover,
        transport: Transport,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { failover: Mutex::new(failover), transport, clock, random }
    }

    /// Replaces the servers.
    pub(crate) fn replace(&self, servers: Vec<Server>) {
        self.failover.lock().replace(servers);
    }

    /// The server that answered last.
    pub(crate) fn in_use(&self) -> Option<Server> {
        self.failover.lock().in_use().cloned()
    }

    /// Asks one server after the other until one gives an answer that counts (TR-3, TR-4).
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<(Server, Answer), ServerError> {
        let now = self.clock.monotonic_ms();
        let mut attempts = self.failover.lock().begin(now, &*self.random);
        let mut last = ServerError::None;
        loop {
            let server = self.failover.lock().next(&mut attempts);
            let Some(server) = server else { return Err(last) };
            // Boxed: a request in flight is large, and the loops hold several.
            match Box::pin(self.follow(&server, ask)).await {
                Ok((end, answer)) => {
                    self.failover.lock().succeeded(&end);
                    return Ok((end, answer));
                }
                Err(source) => {
                    tracing::debug!(%server, error = &source as &dyn std::error::Error, "no answer");
                    self.failover.lock().failed(&server);
                    last = ServerError::Unreachable { server: server.to_string(), source };
                }
            }
        }
    }

    /// Asks one server, and those it sends to. The last one is the server from then on.
    async fn follow(&self, first: &Server, ask: &Ask) -> Result<(Server, Answer), TransportError> {
        let mut server = first.clone();
        for _ in 0..=REDIRECTS_MAX {
            let answer = self.transport.send(&server, ask).await?;
            if !ask.accepts(answer.status) {
                return Err(TransportError::Status(answer.status));
            }
            if answer.status != StatusCode::FOUND {
                return Ok((server, answer));
            }
            let location = answer.location.as_deref().ok_or(TransportError::Redirect)?;
            server = server.redirected(location).ok_or(TransportError::Redirect)?;
        }
        Err(TransportError::Redirect)
    }
}
