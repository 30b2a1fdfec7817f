//! Rules of one path or route, read and checked.

use http::HeaderValue;
use regex::Regex;

use crate::suggest::nearest;
use crate::tree::canonical;
use crate::value::switch;
use crate::{Node, RouteError, java};

/// Who may do what from another origin.
#[derive(Clone, Debug, Default)]
pub struct CorsPolicy {
    /// `*` among the origins: anybody, without credentials.
    pub(super) any_origin: bool,
    /// Origins without trailing slash.
    pub(super) origins: Vec<String>,
    pub(super) patterns: Vec<Regex>,
    /// `None`: every method.
    pub(super) methods: Option<Vec<String>>,
    /// `None`: every header.
    pub(super) headers: Option<Vec<String>>,
    pub(super) exposed: Option<HeaderValue>,
    pub(super) credentials: bool,
    pub(super) private_network: bool,
    pub(super) max_age_secs: Option<u64>,
}

const KEYS: [&str; 8] = [
    "allowedOrigins",
    "allowedOriginPatterns",
    "allowedMethods",
    "allowedHeaders",
    "exposedHeaders",
    "allowCredentials",
    "allowPrivateNetwork",
    "maxAge",
];

impl CorsPolicy {
    /// Reads the rules at a place of the tree (CO-1).
    ///
    /// # Errors
    /// A key or value that is wrong, and `*` together with credentials (CO-8).
    pub fn read(node: &Node) -> Result<Self, RouteError> {
        for (key, value) in node.entries() {
            if !KEYS.iter().any(|known| canonical(known) == canonical(key)) {
                let problem = format!("{key} is not a CORS rule");
                return Err(RouteError::at(&value.origin, problem).near(key, KEYS));
            }
        }
        let origins = node.texts_at("allowedOrigins");
        let any_origin = origins.iter().any(|origin| origin == "*");
        let on = |key: &str| match node.get(key) {
            None => Ok(false),
            Some(node) => node.text().and_then(switch).ok_or_else(|| {
                RouteError::at(&node.origin, format!("{key} is neither true nor false"))
            }),
        };
        let credentials = on("allowCredentials")?;
        if any_origin && credentials {
            let problem = "allowedOrigins may not be * when credentials are allowed; use \
                           allowedOriginPatterns";
            return Err(RouteError::at(&node.origin, problem));
        }
        let exposed = node.texts_at("exposedHeaders").join(", ");
        let exposed = (!exposed.is_empty()).then(|| HeaderValue::from_str(&exposed)).transpose();
        let max_age_secs = match node.get("maxAge").and_then(|node| Some((node, node.text()?))) {
            None => None,
            Some((node, text)) => Some(seconds(text).ok_or_else(|| {
                RouteError::at(&node.origin, format!("maxAge {text:?} is not a number of seconds"))
            })?),
        };
        Ok(Self {
            any_origin,
            origins: origins.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect(),
            patterns: patterns(node)?,
            methods: methods(node)?,
            headers: all_or(node.texts_at("allowedHeaders")),
            exposed: exposed.map_err(|_error| {
                RouteError::at(&node.origin, "exposedHeaders are no header names")
            })?,
            credentials,
            private_network: on("allowPrivateNetwork")?,
            max_age_secs,
        })
    }
}

fn seconds(text: &str) -> Option<u64> {
    match text.parse() {
        Ok(seconds) => Some(seconds),
        Err(_) => crate::value::duration(text).map(|time| time.as_secs()),
    }
}

/// `None` for a list with `*`.
fn all_or(list: Vec<String>) -> Option<Vec<String>> {
    (!list.iter().any(|item| item == "*")).then_some(list)
}

/// GET and HEAD unless said (CO-9).
fn methods(node: &Node) -> Result<Option<Vec<String>>, RouteError> {
    let list = node.texts_at("allowedMethods");
    if list.is_empty() {
        return Ok(Some(vec!["GET".to_owned(), "HEAD".to_owned()]));
    }
    const KNOWN: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    let upper: Vec<String> = list.iter().map(|method| method.to_ascii_uppercase()).collect();
    for method in upper.iter().filter(|method| *method != "*" && !KNOWN.contains(&method.as_str()))
    {
        if let Some(near) = nearest(method, KNOWN) {
            let problem = format!("allowedMethods: {method} is not a method; did you mean {near}?");
            return Err(RouteError::at(&node.origin, problem));
        }
    }
    Ok(all_or(upper))
}

/// `https://*.example.com:[8080,9090]`: a star is anything, ports in brackets are a list, `[*]` any
/// port (CO-11).
fn patterns(node: &Node) -> Result<Vec<Regex>, RouteError> {
    // Commas inside of brackets are no separators.
    let Some(list) = node.get("allowedOriginPatterns") else { return Ok(Vec::new()) };
    let mut texts = Vec::new();
    for item in list.items() {
        let mut depth = 0_i32;
        let pieces = item.text().unwrap_or_default().split(|c| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            c == ',' && depth <= 0
        });
        texts.extend(pieces.map(str::trim).filter(|piece| !piece.is_empty()).map(str::to_owned));
    }
    let compile = |text: &String| {
        let (origin, ports) = match text.strip_suffix(']').and_then(|inner| inner.rsplit_once(":["))
        {
            Some((origin, ports)) => (origin, Some(ports)),
            None => (text.trim_end_matches('/'), None),
        };
        let mut expression: String = regex::escape(origin).replace(r"\*", ".*");
        match ports {
            None => {}
            Some("*") => expression.push_str(r"(?::[0-9]+)?"),
            Some(ports) => {
                let ports: Vec<_> =
                    ports.split(',').map(|port| regex::escape(port.trim())).collect();
                expression.push_str(&format!(":(?:{})", ports.join("|")));
            }
        }
        let whole = format!(r"\A(?i:{expression})\z");
        java::build_translated(&whole, text)
            .map_err(|problem| RouteError::at(&list.origin, problem))
    };
    texts.iter().map(compile).collect()
}
