//! Tables from texts, and requests from lines.

use std::net::IpAddr;
use std::sync::Arc;

use gateway_routing::{
    Answer, Captures, Compiled, Context, Flow, GatewayDefinition, Request, RequestHead,
    ResponseHead, RouteError, Settings, Table, compile, gateway_tree,
};
use http::{HeaderMap, HeaderName, Method};

use crate::yaml;

/// Compiles what stands under the gateway's prefix.
pub(crate) fn compiled(text: &str) -> Result<Compiled, Vec<RouteError>> {
    let (tree, _) = gateway_tree(&yaml::tree(text)).map_err(|error| vec![error])?;
    let gateway = GatewayDefinition::read(tree)?;
    let settings = Settings::read(&gateway).map_err(|error| vec![error])?;
    compile(&gateway, &[], &[], &Arc::new(settings), None)
}

/// A table that has to compile.
pub(crate) fn table(text: &str) -> Table {
    compiled(text).unwrap_or_else(|errors| panic!("{errors:?}")).table
}

/// The first error of a text that must not compile.
pub(crate) fn error(text: &str) -> String {
    match compiled(text) {
        Ok(_) => panic!("it compiles: {text}"),
        Err(errors) => errors[0].to_string(),
    }
}

/// One route for every path with these filters, one per line.
pub(crate) fn with_filters(path: &str, filters: &str) -> String {
    let lines: String = filters.lines().map(|line| format!("  - {}\n", line.trim())).collect();
    format!(
        "routes:\n- id: r\n  uri: http://u:81\n  predicates:\n  - Path={path}\n  filters:\n{lines}"
    )
}

pub(crate) fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    headers
}

/// A request that owns its parts.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) host: String,
    pub(crate) peer: IpAddr,
    pub(crate) now_ms: i64,
    pub(crate) random: u64,
}

impl Sent {
    /// `GET /a?b=c`
    pub(crate) fn new(line: &str) -> Self {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query,
            headers: HeaderMap::new(),
            host: "gw.example".to_owned(),
            peer: [127, 0, 0, 1].into(),
            now_ms: 1_800_000_000_000,
            random: 7,
        }
    }

    pub(crate) fn with(mut self, list: &[(&str, &str)]) -> Self {
        self.headers = headers(list);
        self
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            headers: &self.headers,
            host: &self.host,
            peer: self.peer,
            now_ms: self.now_ms,
            random: self.random,
        }
    }

    /// The id of the route that takes it, `-` for none.
    pub(crate) fn taken_by(&self, table: &Table) -> String {
        let found = table.find(&self.request());
        let linear = table.find_linear(&self.request());
        let id = found.as_ref().map_or("-", |found| found.route.id());
        assert_eq!(id, linear.map_or("-", |found| found.route.id()), "find is not what it means");
        id.to_owned()
    }

    /// Sends it through the filters of the route that takes it.
    pub(crate) fn filtered<'s>(&'s self, table: &'s Table) -> Result<Filtered<'s>, Box<Answer>> {
        let found = table.find(&self.request()).expect("a route");
        let query = self.query.as_deref();
        let mut head = RequestHead::new(&self.method, &self.path, query, self.headers.clone());
        let context = Context { path: &self.path, host: &self.host, captures: &found.captures };
        match found.route.chain().run_all_requests(&mut head, &context) {
            Flow::Continue => Ok(Filtered { head, table, sent: self, captures: found.captures }),
            Flow::Answer(answer) => Err(answer),
        }
    }
}

/// What filters made of a request.
#[derive(Debug)]
pub(crate) struct Filtered<'s> {
    pub(crate) head: RequestHead<'s>,
    table: &'s Table,
    sent: &'s Sent,
    captures: Captures,
}

impl Filtered<'_> {
    pub(crate) fn target(&self) -> String {
        let query = self.head.query.as_deref().map(|query| format!("?{query}"));
        format!("{}{}", self.head.path, query.unwrap_or_default())
    }

    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        self.head.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// Sends an answer back through the filters.
    pub(crate) fn answered(&self, status: u16, list: &[(&str, &str)]) -> ResponseHead {
        let status = status.try_into().unwrap();
        let mut head = ResponseHead { status, headers: headers(list) };
        let (path, host) = (&*self.sent.path, &*self.sent.host);
        let context = Context { path, host, captures: &self.captures };
        let found = self.table.find(&self.sent.request()).unwrap();
        found.route.chain().run_all_responses(&mut head, &context);
        head
    }
}
