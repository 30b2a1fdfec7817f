//! Which route takes a request that somebody thinks of, and why the others do not (AC-15).

use std::net::{IpAddr, Ipv4Addr};

use gateway_routing::explain::{Explained, Verdict, explain};
use gateway_routing::firewall::clean_path;
use gateway_routing::{Request, cors};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use serde_json::{Value, json};

use super::query;
use crate::routes::Live;

/// Headers of a request that is thought of.
const HEADERS_MAX: usize = 100;

/// What somebody asks about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) method: String,
    pub(super) url: String,
    /// `Name: value`, one each.
    pub(super) headers: Vec<String>,
    /// Address that the request comes from.
    pub(super) peer: String,
}

/// What comes of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Explanation {
    /// Why no route was asked.
    pub(super) refused: Option<String>,
    /// Every route in order.
    pub(super) routes: Vec<Explained>,
}

impl Question {
    /// Out of a query: `method`, `url`, any number of `header`, `peer`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let url = query::value(text, "url")?;
        let lines = query::values(text, "header");
        let headers = lines.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
        let headers = headers.filter(|line| !line.trim().is_empty()).take(HEADERS_MAX).collect();
        Some(Self {
            method: query::value(text, "method").unwrap_or_else(|| "GET".to_owned()),
            url,
            headers,
            peer: query::value(text, "peer").unwrap_or_default(),
        })
    }

    /// Asks every route. `random` draws for weights.
    pub(super) fn ask(&self, live: &Live, now_ms: u64, random: u64) -> Explanation {
        match self.asked(live, now_ms, random) {
            Ok(routes) => Explanation { refused: None, routes },
            Err(refused) => Explanation { refused: Some(refused), routes: Vec::new() },
        }
    }

    fn asked(&self, live: &Live, now_ms: u64, random: u64) -> Result<Vec<Explained>, String> {
        let method = Method::from_bytes(self.method.trim().to_uppercase().as_bytes())
            .map_err(|_| format!("{:?} is not a method", self.method))?;
        let uri: Uri =
            self.url.trim().parse().map_err(|_| format!("{:?} is not a URL", self.url))?;
        let mut headers = self.headers()?;
        let told = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = uri.authority().map(|host| host.as_str()).or(told).unwrap_or("localhost");
        let host = host.to_owned();
        let peer: IpAddr = match self.peer.trim() {
            "" => Ipv4Addr::LOCALHOST.into(),
            text => text.parse().map_err(|_| format!("{text:?} is not an address"))?,
        };
        let definition = &live.definition;
        let paths = &definition.paths;
        let clean = clean_path(uri.path().as_bytes(), paths.double_slash).and_then(|clean| {
            paths.permit(clean.ambiguity)?;
            Ok(clean)
        });
        let path = clean.map_err(|bad| format!("400: {bad}"))?.path;
        definition.headers.remove_reserved(&mut headers, definition.forwarded.trust.contains(peer));
        let asked = cors::requested_method(&method, &headers);
        Ok(explain(
            &live.table,
            &Request {
                method: asked.as_ref().unwrap_or(&method),
                path: &path,
                query: uri.query().filter(|query| !query.is_empty()),
                headers: &headers,
                host: &host,
                peer,
                now_ms: i64::try_from(now_ms).unwrap_or(i64::MAX),
                random,
            },
        ))
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        for line in &self.headers {
            let wrong = || format!("{line:?} is not a header: Name: value is expected");
            let (name, value) = line.split_once(':').ok_or_else(wrong)?;
            let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
            let value: HeaderValue = value.trim().parse().map_err(|_| wrong())?;
            headers.append(name, value);
        }
        Ok(headers)
    }
}

impl Explanation {
    /// Id of the route that takes it.
    pub(super) fn taker(&self) -> Option<&str> {
        let takes = |route: &&Explained| matches!(route.verdict, Verdict::Takes(_));
        self.routes.iter().find(takes).map(|route| route.id.as_str())
    }

    /// Shape: `{"route":"id","refused":null,"routes":[{"id","order","verdict",…}]}`.
    pub(super) fn json(&self) -> Value {
        let route = |route: &Explained| {
            let (verdict, variables, reasons) = match &route.verdict {
                Verdict::Takes(variables) => ("takes", variables.clone(), Vec::new()),
                Verdict::Shadowed => ("shadowed", Vec::new(), Vec::new()),
                Verdict::Refuses(reasons) => ("refuses", Vec::new(), reasons.clone()),
            };
            let variables: serde_json::Map<String, Value> =
                variables.into_iter().map(|(name, value)| (name, value.into())).collect();
            json!({
                "id": route.id, "order": route.order, "verdict": verdict,
                "variables": variables, "reasons": reasons,
            })
        };
        let routes: Vec<Value> = self.routes.iter().map(route).collect();
        json!({ "route": self.taker(), "refused": self.refused, "routes": routes })
    }
}
