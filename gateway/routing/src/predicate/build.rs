//! From arguments to conditions.

use std::sync::Arc;

use http::{HeaderName, Method};

use super::method::MethodSet;
use super::version::Version;
use super::{Predicate, VersionSource, Whole, remote};
use crate::args::{Args, Shortcut};
use crate::captures::Names;
use crate::host::HostPattern;
use crate::pattern::PathPattern;
use crate::value::moment_ms;
use crate::{PartDefinition, RouteError, Settings, java};

/// Conditions of a route, and what the table wants to know of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Predicates {
    /// In the order written.
    pub(crate) list: Vec<Predicate>,
    pub(crate) names: Names,
}

/// A kind of predicate: name, one-line syntax, further argument names, and how it is made.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    shortcut: Shortcut,
    keys: &'static [&'static str],
    make: fn(&Args<'_>, &mut Scope<'_>) -> Result<Predicate, RouteError>,
}

pub(crate) struct Scope<'a> {
    names: &'a mut Names,
    settings: &'a Settings,
}

const fn kind(
    name: &'static str,
    shortcut: Shortcut,
    make: fn(&Args<'_>, &mut Scope<'_>) -> Result<Predicate, RouteError>,
) -> Kind {
    Kind { name, shortcut, keys: &[], make }
}

const fn list(list: &'static str, flag: Option<&'static str>) -> Shortcut {
    Shortcut::List { list, flag }
}

/// All predicates that routes can name.
pub(crate) const PREDICATES: [Kind; 15] = [
    kind("After", Shortcut::Fields(&["datetime"]), after),
    kind("Before", Shortcut::Fields(&["datetime"]), before),
    kind("Between", Shortcut::Fields(&["datetime1", "datetime2"]), between),
    kind("CloudFoundryRouteService", Shortcut::Fields(&[]), |_, _| Ok(Predicate::CloudFoundry)),
    kind("Cookie", Shortcut::Fields(&["name", "regexp"]), cookie),
    kind("Header", Shortcut::Fields(&["header", "regexp"]), header),
    kind("Host", list("patterns", None), host),
    kind("Method", list("methods", None), method),
    kind("Path", list("patterns", Some("matchTrailingSlash")), path),
    kind("Query", Shortcut::Fields(&["param", "regexp"]), query),
    kind("ReadBody", list("predicate", None), read_body),
    kind("RemoteAddr", list("sources", None), remote_addr),
    kind("Version", Shortcut::Fields(&["version"]), version),
    Kind {
        name: "Weight",
        shortcut: Shortcut::Fields(&["weight.group", "weight.weight"]),
        keys: &["group", "weight"],
        make: weight,
    },
    kind("XForwardedRemoteAddr", list("sources", None), forwarded_addr),
];

/// Makes one predicate and adds it.
pub(crate) fn build(
    part: &PartDefinition,
    settings: &Settings,
    into: &mut Predicates,
    warnings: &mut Vec<String>,
) -> Result<(), RouteError> {
    let usable = || {
        let enabled = |kind: &&Kind| !settings.disabled_predicates.contains(kind.name);
        PREDICATES.iter().filter(enabled)
    };
    let Some(kind) = usable().find(|kind| kind.name == part.name) else {
        let problem = format!("there is no predicate {}", part.name);
        let names = usable().map(|kind| kind.name);
        return Err(RouteError::at(&part.origin, problem).near(&part.name, names));
    };
    let made = Args::new(part, kind.shortcut, kind.keys, warnings).and_then(|args| {
        let mut scope = Scope { names: &mut into.names, settings };
        (kind.make)(&args, &mut scope)
    });
    into.list.push(made.map_err(|error| error.in_part(kind.name))?);
    Ok(())
}

const MOMENT: &str = "a moment such as 2026-03-01T08:00:00+01:00[Europe/Paris]";

fn moment(args: &Args<'_>, name: &str) -> Result<(Box<str>, i64), RouteError> {
    args.required(name)?;
    let read = args.parse(name, MOMENT, |text| Some((Box::from(text), moment_ms(text)?)))?;
    read.ok_or_else(|| args.error(format!("{name} is missing")))
}

fn after(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    moment(args, "datetime").map(|(text, ms)| Predicate::After { text, ms })
}

fn before(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    moment(args, "datetime").map(|(text, ms)| Predicate::Before { text, ms })
}

fn between(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let (from, from_ms) = moment(args, "datetime1")?;
    let (to, to_ms) = moment(args, "datetime2")?;
    if from_ms >= to_ms {
        return Err(args.wrong("datetime2", &format!("{to} is not after {from}")));
    }
    Ok(Predicate::Between { texts: [from, to], ms: [from_ms, to_ms] })
}

fn whole(args: &Args<'_>, name: &str) -> Result<Option<Whole>, RouteError> {
    args.convert(name, |text| {
        Ok(Whole { text: Box::from(text), regex: java::compile_whole(text)? })
    })
}

fn cookie(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let name = Box::from(args.required("name")?);
    args.required("regexp")?;
    let regex = whole(args, "regexp")?.ok_or_else(|| args.error("regexp is missing"))?;
    Ok(Predicate::Cookie { name, regex })
}

fn header(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let shown = args.required("header")?;
    let name: HeaderName = shown
        .parse()
        .map_err(|_error| args.wrong("header", &format!("{shown:?} is not a header name")))?;
    Ok(Predicate::Header { shown: Box::from(shown), name, regex: whole(args, "regexp")? })
}

fn host(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let (values, _) = args.all()?;
    let parse = |text: &&str| HostPattern::parse(text, scope.names).map_err(|e| args.error(e));
    let patterns = values.iter().map(parse).collect::<Result<_, _>>()?;
    Ok(Predicate::Host { patterns, with_port: scope.settings.host_includes_port })
}

fn method(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let mut methods = MethodSet::default();
    for name in args.all()?.0 {
        let upper = name.to_ascii_uppercase();
        let method = Method::from_bytes(upper.as_bytes());
        methods.insert(&method.map_err(|_error| args.error(format!("{name:?} is not a method")))?);
    }
    Ok(Predicate::Method(methods))
}

fn path(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let (values, flag) = args.all()?;
    let base = scope.settings.base_path.as_str();
    let parse = |text: &&str| {
        let slash = if text.starts_with('/') || base.is_empty() { "" } else { "/" };
        let full = format!("{base}{slash}{text}");
        PathPattern::parse(&full, scope.names).map_err(|problem| args.error(problem))
    };
    let patterns = values.iter().map(parse).collect::<Result<_, _>>()?;
    let trailing_slash = flag.unwrap_or(true) && scope.settings.trailing_slash;
    Ok(Predicate::Path { patterns, trailing_slash })
}

fn query(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let name = Box::from(args.required("param")?);
    Ok(Predicate::Query { name, regex: whole(args, "regexp")? })
}

fn read_body(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    Err(args.error("it needs Java classes and is not supported; match on headers or the query"))
}

fn remote_addr(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let (values, _) = args.all()?;
    let parse = |text: &&str| remote::network(text).map_err(|problem| args.error(problem));
    Ok(Predicate::RemoteAddr(values.iter().map(parse).collect::<Result<_, _>>()?))
}

fn forwarded_addr(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let index = args.parse("maxTrustedIndex", "a number from 1", |text| {
        text.parse::<usize>().ok().filter(|index| *index >= 1)
    })?;
    let (values, _) = args.all()?;
    let own = args.text("maxTrustedIndex");
    let values = values.into_iter().filter(|value| Some(*value) != own);
    let parse = |text: &str| remote::network(text).map_err(|problem| args.error(problem));
    let sources = values.map(parse).collect::<Result<Box<[_]>, _>>()?;
    if sources.is_empty() {
        return Err(args.error("sources are missing"));
    }
    Ok(Predicate::ForwardedAddr { sources, trusted_index: index.unwrap_or(1) })
}

fn weight(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let group = args.text("weight.group").or_else(|| args.text("group"));
    let key = if args.has("weight.weight") { "weight.weight" } else { "weight" };
    let weight = args.parse(key, "a whole number from 0", |text| text.parse().ok())?;
    match (group, weight) {
        (Some(group), Some(weight)) => Ok(Predicate::Weight { group: Box::from(group), weight }),
        (None, _) => Err(args.error("the group is missing")),
        (_, None) => Err(args.error("the weight is missing")),
    }
}

fn version(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Predicate, RouteError> {
    let text = args.required("version")?;
    let number = text.strip_suffix('+').unwrap_or(text);
    let version = Version::parse(number)
        .ok_or_else(|| args.wrong("version", &format!("{text:?} is not a version such as 1.2+")))?;
    let source: Arc<VersionSource> = Arc::clone(&scope.settings.version_source);
    if *source == VersionSource::default() {
        return Err(args.error("nothing says where requests name their version"));
    }
    Ok(Predicate::Version { text: Box::from(text), version, or_later: number != text, source })
}
