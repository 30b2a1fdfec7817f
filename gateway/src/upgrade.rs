//! Requests that want another protocol on their connection: WebSocket and any other (PT-1 to PT-8).
//!
//! The upstream decides. Until it has said 101 the exchange is HTTP like any other, so a refusal
//! reaches the client as it is (PT-3, SE-14); after it bytes pass in both directions, unread.

mod frames;
mod tunnel;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header};
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;
use service_kit::serve::{Connection, Tunnelled};

use crate::entrance::seen::Seen;
use crate::message::Body;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const UPGRADE: HeaderValue = HeaderValue::from_static("upgrade");

/// An upgrade that a client asks for.
#[derive(Debug)]
pub(crate) struct Upgrade {
    on: OnUpgrade,
    /// The protocol.
    pub(crate) token: HeaderValue,
    /// Whether it is for a stream of HTTP/2, which says so in other words (RFC 8441).
    is_stream: bool,
}

impl Upgrade {
    /// The upgrade that a request asks for, if it does. A WebSocket over HTTP/2 becomes the request
    /// that it would be over HTTP/1; `key` is for it.
    pub(crate) fn asked(
        parts: &mut Parts,
        headers: &mut HeaderMap,
        key: impl FnOnce() -> u128,
    ) -> Option<Self> {
        if parts.method == Method::CONNECT {
            return Self::of_stream(parts, headers, key);
        }
        let token = headers.get(header::UPGRADE)?;
        if parts.version != Version::HTTP_11 || !says_upgrade(headers) {
            return None;
        }
        // Of several protocols the first is offered.
        let first = token.as_bytes().split(|&byte| byte == b',').next()?.trim_ascii();
        if first.is_empty() || first.eq_ignore_ascii_case(b"h2c") {
            return None;
        }
        let token = HeaderValue::from_bytes(first).ok()?;
        let on = parts.extensions.remove()?;
        Some(Self { on, token, is_stream: false })
    }

    fn of_stream(
        parts: &mut Parts,
        headers: &mut HeaderMap,
        key: impl FnOnce() -> u128,
    ) -> Option<Self> {
        let protocol = parts.extensions.get::<Protocol>()?;
        if protocol.as_str() != "websocket" {
            return None;
        }
        let on = parts.extensions.remove()?;
        parts.method = Method::GET;
        let key = HeaderValue::from_str(&STANDARD.encode(key().to_be_bytes())).ok()?;
        headers.insert(header::SEC_WEBSOCKET_KEY, key);
        Some(Self { on, token: WEBSOCKET, is_stream: true })
    }

    /// Puts it into the head that goes to the upstream.
    pub(crate) fn restore(token: &HeaderValue, headers: &mut HeaderMap) {
        headers.insert(header::UPGRADE, token.clone());
        headers.insert(header::CONNECTION, UPGRADE);
    }

    /// The answer to the client, whose connection and the upstream's are one from then on if the
    /// upstream agreed.
    pub(crate) fn finish(
        self,
        response: Response<Body>,
        connection: &Arc<Connection>,
        gap: Option<Duration>,
        seen: &Seen,
    ) -> Response<Body> {
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let Body::Upstream(body) = body else { return Response::from_parts(parts, body) };
        let Some((upstream, first)) = body.upgraded() else {
            return Response::from_parts(parts, Body::Empty);
        };
        if self.is_stream {
            parts.status = StatusCode::OK;
            parts.headers.remove(header::SEC_WEBSOCKET_ACCEPT);
        } else {
            Self::restore(&self.token, &mut parts.headers);
        }
        let (on, cut, held) = (self.on, connection.until_cut(), seen.take_held());
        let is_framed = self.token.as_bytes().eq_ignore_ascii_case(b"websocket");
        connection.run_tunnel(async move {
            match on.await {
                Ok(client) => {
                    let ends = (Tunnelled::new(client), upstream);
                    tunnel::run(ends, first, is_framed, gap, cut).await;
                }
                Err(error) => tracing::debug!(%error, "a client left during its upgrade"),
            }
            drop(held);
        });
        Response::from_parts(parts, Body::Empty)
    }
}

fn says_upgrade(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONNECTION).iter().any(|value| {
        let mut tokens = value.as_bytes().split(|&byte| byte == b',');
        tokens.any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_says_so_twice_and_in_http_1_1_asks_for_an_upgrade() {
        let asks = |lines: &[(&str, &str)], version| {
            let mut request = http::Request::builder().version(version);
            for (name, value) in lines {
                request = request.header(*name, *value);
            }
            let mut request = request.body(()).unwrap();
            let on = hyper::upgrade::on(&mut request);
            let (mut parts, ()) = request.into_parts();
            parts.extensions.insert(on);
            let mut headers = std::mem::take(&mut parts.headers);
            Upgrade::asked(&mut parts, &mut headers, || 0).map(|upgrade| upgrade.token)
        };
        let (both, new) =
            ([("connection", "x, Upgrade"), ("upgrade", "websocket, y")], Version::HTTP_11);
        assert_eq!(asks(&both, new).unwrap(), "websocket");
        assert_eq!(asks(&both, Version::HTTP_10), None);
        assert_eq!(asks(&both[..1], new), None);
        assert_eq!(asks(&both[1..], new), None);
        assert_eq!(asks(&[("connection", "upgrade"), ("upgrade", "h2c")], new), None);
    }
}
