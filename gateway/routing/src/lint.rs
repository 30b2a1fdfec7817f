//! What is allowed and hardly meant: routes that never get a request, and fallbacks that lead back
//! to themselves (BY-8).

use std::net::{IpAddr, Ipv4Addr};

use http::{HeaderMap, Method};

use crate::{
    Captures, Context, PartDefinition, Request, Route, RouteError, Stateful, Table, Upstream,
};

/// Routes beyond which they are not compared with each other: that is quadratic.
const ROUTES_MAX: usize = 2_000;
/// Methods that are common.
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
/// Longest chain of fallbacks that is followed.
const CHAIN_MAX: usize = 8;

/// Everything that is found, a sentence each with its place.
#[must_use]
pub fn lint(table: &Table) -> Vec<RouteError> {
    let routes = table.routes();
    let mut found = Vec::new();
    for (position, route) in routes.iter().enumerate().take(ROUTES_MAX) {
        let before = routes.iter().take(position);
        if let Some(other) = before.into_iter().find(|other| covers(other, route)) {
            let place = &other.definition().origin;
            let place = if place.is_known() { format!(" ({place})") } else { String::new() };
            let id = other.id();
            let words = format!(
                "it never gets a request: route {id}{place} comes first and takes them all"
            );
            found.push(warning(route, words));
        }
        found.extend(odd_methods(route));
        found.extend(forwards(route).into_iter().filter_map(|path| loops(table, route, &path)));
    }
    found
}

fn warning(route: &Route, problem: String) -> RouteError {
    RouteError::at(&route.definition().origin, problem).in_route(route.id())
}

/// Methods that nobody sends, as far as is known.
fn odd_methods(route: &Route) -> Vec<RouteError> {
    let parts = route.definition().predicates.iter();
    let parts = parts.filter(|part| part.name.eq_ignore_ascii_case("Method"));
    let is_odd = |name: &&str| !METHODS.iter().any(|known| known.eq_ignore_ascii_case(name));
    let names = parts.flat_map(|part| &part.args).map(|arg| &*arg.value).filter(is_odd);
    names
        .map(|name| warning(route, format!("{name} is a method that few know")).near(name, METHODS))
        .collect()
}

/// Whether `first` takes whatever `second` would. Doubtful cases are none.
fn covers(first: &Route, second: &Route) -> bool {
    let theirs = &second.definition().predicates;
    first
        .definition()
        .predicates
        .iter()
        .all(|own| theirs.iter().any(|other| is_implied(own, other)))
}

/// Whether `own` holds wherever `other` does.
fn is_implied(own: &PartDefinition, other: &PartDefinition) -> bool {
    if !own.name.eq_ignore_ascii_case(&other.name) {
        return false;
    }
    let ours = || own.args.iter().map(|arg| &*arg.value);
    let mut theirs = other.args.iter().map(|arg| &*arg.value);
    if ours().eq(theirs.clone()) {
        // Parts of one group share its requests.
        return !own.name.eq_ignore_ascii_case("Weight");
    }
    let mut is_any_of = |is_within: fn(&str, &str) -> bool| {
        theirs.all(|other| ours().any(|own| is_within(own, other)))
    };
    match own.name.to_ascii_lowercase().as_str() {
        // The flag for a slash at the end is among the values: it has to be the same.
        "path" => is_any_of(|own, other| own == other || is_wider(own, other)),
        "method" | "host" => is_any_of(|own, other| own == other),
        _ => false,
    }
}

/// Whether every path of the pattern `other` is one of the pattern `own`.
fn is_wider(own: &str, other: &str) -> bool {
    if !own.starts_with('/') || !other.starts_with('/') {
        return false;
    }
    let is_rest = |segment: &str| segment == "**" || segment.starts_with("{*");
    // A variable without a condition takes any one segment.
    let is_one = |segment: &str| {
        segment == "*"
            || (segment.starts_with('{') && segment.ends_with('}') && !segment.contains(':'))
    };
    let is_plain = |segment: &str| !segment.contains(['*', '{', '?']);
    let mut others = other.trim_start_matches('/').split('/');
    for segment in own.trim_start_matches('/').split('/') {
        if is_rest(segment) {
            return true;
        }
        match others.next() {
            Some(other) if is_rest(other) || other.is_empty() => return false,
            Some(_) if is_one(segment) => {}
            Some(other) if is_plain(segment) && segment == other => {}
            Some(_) | None => return false,
        }
    }
    others.next().is_none()
}

/// Paths that the route sends requests on to, inside the gateway.
fn forwards(route: &Route) -> Vec<String> {
    let captures = Captures::default();
    let context = Context { path: "/", host: "", captures: &captures };
    let fallbacks = route.chain().stateful().iter().filter_map(|placed| match &placed.filter {
        // One with variables depends on the request.
        Stateful::CircuitBreaker(rule) => rule.fallback_path(&context).ok().flatten(),
        Stateful::Retry(_)
        | Stateful::RateLimiter(_)
        | Stateful::LocalResponseCache(_)
        | Stateful::TokenRelay(_)
        | Stateful::CacheRequestBody
        | Stateful::FallbackHeaders(_) => None,
    });
    let own = match route.upstream() {
        Upstream::Forward { path } => Some(path.to_string()),
        Upstream::Address { .. } | Upstream::Balanced { .. } | Upstream::ByFilter => None,
    };
    fallbacks.chain(own).collect()
}

/// What is wrong with sending on to `path`, if it comes back.
fn loops(table: &Table, route: &Route, path: &str) -> Option<RouteError> {
    let mut waiting = vec![path.to_owned()];
    for _ in 0..CHAIN_MAX {
        let next = waiting.pop()?;
        let Some(next) = taker(table, next.split('?').next().unwrap_or_default()) else {
            continue;
        };
        if next.id() == route.id() {
            let words =
                format!("forward:{path} leads back to it: what fails there fails here again");
            return Some(warning(route, words));
        }
        waiting.extend(forwards(next));
    }
    None
}

fn taker<'t>(table: &'t Table, path: &str) -> Option<&'t Route> {
    let headers = HeaderMap::new();
    let request = Request {
        method: &Method::GET,
        path,
        query: None,
        headers: &headers,
        host: "",
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        now_ms: 0,
        random: 0,
    };
    table.find(&request).map(|found| &**found.route)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_wider_where_each_segment_is() {
        for (own, other) in [
            ("/**", "/a/b"),
            ("/**", "/**"),
            ("/a/**", "/a/b/{c}"),
            ("/a/**", "/a"),
            ("/a/*", "/a/{id}"),
            ("/{x}/b", "/a/b"),
            ("/a/{*rest}", "/a/b/**"),
        ] {
            assert!(is_wider(own, other), "{own} {other}");
        }
        for (own, other) in [
            ("/a/**", "/**"),
            ("/a/*", "/a/**"),
            ("/a/*", "/a/b/c"),
            ("/a/{id:[0-9]+}", "/a/{id}"),
            ("/a/b*", "/a/bc"),
            ("/a/b", "/a/*"),
            ("/a/*", "/a/"),
        ] {
            assert!(!is_wider(own, other), "{own} {other}");
        }
    }
}
