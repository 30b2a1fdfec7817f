//! A token of the gateway's own goes to the upstream (FI-20).

use gateway_routing::Answer;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::failed::Failed;
use super::walk::Walk;
use crate::stateful::TokenClient;

impl Walk<'_> {
    /// Puts it in the place of whatever the client sent. Where tokens are checked, nobody who shows
    /// none is lent the gateway's: what is sent then is what Spring sends without a principal.
    pub(super) async fn relay(
        &self,
        client: &TokenClient,
        headers: &mut HeaderMap,
    ) -> Result<(), Failed> {
        if self.proxy.gate.is_some() && self.incident.principal.is_none() {
            return Ok(());
        }
        match client.token().await {
            Ok(token) => {
                headers.insert(header::AUTHORIZATION, token);
                Ok(())
            }
            Err(error) => {
                let (status, kind) = (StatusCode::SERVICE_UNAVAILABLE, "token_unavailable");
                let mut answer =
                    Answer::new(status, kind, format!("no token for the service: {error}"));
                answer.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
                Err(Failed::refused(Box::new(answer)))
            }
        }
    }
}
