//! From arguments to filters of the way out.

use http::{HeaderName, HeaderValue};

use super::build::Scope;
use super::json::JsonAttributes;
use super::location::{Location, StripVersion};
use super::request_make::{header_name, header_text, one, pair};
use super::response::{Dedupe, ResponseFilter};
use super::{Made, Step, secure};
use crate::args::Args;
use crate::java::{self, Replacement};
use crate::{RouteError, value};

/// Order of filters of bodies: just before the answer is written (−1).
const BEFORE_WRITING: i32 = -2;

type Result<T> = std::result::Result<T, RouteError>;

fn made(shown: String, filter: ResponseFilter) -> Made {
    Made { shown, order: None, step: Step::Response(filter) }
}

pub(super) fn add_header(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    let value = header_text(args, "value", scope)?;
    let only_if_blank = !args.switch("override", true)?;
    let filter = ResponseFilter::AddHeader { name, value, only_if_blank };
    let shown = format!(
        "{}, value = '{}', override = {}",
        one(args, "name"),
        args.text("value").unwrap_or_default(),
        !only_if_blank
    );
    Ok(made(shown, filter))
}

pub(super) fn set_header(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    let value = header_text(args, "value", scope)?;
    Ok(made(pair(args, "name", "value"), ResponseFilter::SetHeader { name, value }))
}

pub(super) fn remove_header(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    Ok(made(one(args, "name"), ResponseFilter::RemoveHeader(name)))
}

pub(super) fn rewrite_header(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    let regexp = args.required("regexp")?;
    let regex = java::compile(regexp).map_err(|problem| args.wrong("regexp", &problem))?;
    if !args.has("replacement") {
        return Err(args.error("replacement is missing"));
    }
    let replacement = args.text("replacement").unwrap_or_default().replace("$\\", "$");
    let parsed = Replacement::parse(&replacement, &regex);
    let parsed = parsed.map_err(|problem| args.wrong("replacement", &problem))?;
    let shown =
        format!("{}, regexp = '{regexp}', replacement = '{replacement}'", one(args, "name"));
    Ok(made(shown, ResponseFilter::RewriteHeader(Box::new((name, regex, parsed)))))
}

pub(super) fn rewrite_location(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    const MODES: [&str; 3] = ["NEVER_STRIP", "AS_IN_REQUEST", "ALWAYS_STRIP"];
    let expected = "NEVER_STRIP, AS_IN_REQUEST or ALWAYS_STRIP";
    let mode = args.parse("stripVersion", expected, |text| value::word(text, &MODES))?;
    let strip = match mode {
        Some(0) => StripVersion::Never,
        Some(2) => StripVersion::Always,
        _ => StripVersion::AsInRequest,
    };
    let name = match args.text("locationHeaderName") {
        Some(_) => header_name(args, "locationHeaderName")?,
        None => http::header::LOCATION,
    };
    let host = args.parse("hostValue", "a host", |text| HeaderValue::from_str(text).ok())?;
    let protocols = args.text("protocols").unwrap_or("https?|ftps?");
    let location = Location::new(strip, name, host, protocols);
    let location = location.map_err(|problem| args.wrong("protocols", &problem))?;
    let shown = format!("stripVersion = {}", MODES.get(mode.unwrap_or(1)).unwrap_or(&""));
    Ok(made(shown, ResponseFilter::RewriteLocation(Box::new(location))))
}

pub(super) fn dedupe(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    const WORDS: [&str; 3] = ["RETAIN_FIRST", "RETAIN_LAST", "RETAIN_UNIQUE"];
    let written = args.required("name")?;
    let parse = |name: &str| {
        let parsed = name.parse::<HeaderName>();
        parsed.map_err(|_error| args.wrong("name", &format!("{name:?} is not a header name")))
    };
    let names = written.split_whitespace().map(parse).collect::<Result<Box<[_]>>>()?;
    let expected = "RETAIN_FIRST, RETAIN_LAST or RETAIN_UNIQUE";
    let word = args.parse("strategy", expected, |text| value::word(text, &WORDS))?.unwrap_or(0);
    let strategy = match word {
        1 => Dedupe::Last,
        2 => Dedupe::Unique,
        _ => Dedupe::First,
    };
    let shown = format!("{written} = {}", WORDS.get(word).unwrap_or(&""));
    Ok(made(shown, ResponseFilter::Dedupe { names, strategy }))
}

pub(super) fn set_status(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    args.required("status")?;
    let status = args.parse("status", "a status such as 401 or UNAUTHORIZED", value::status)?;
    let status = status.ok_or_else(|| args.error("status is missing"))?;
    let original = scope.settings.original_status_header.clone();
    Ok(made(one(args, "status"), ResponseFilter::SetStatus { status, original }))
}

pub(super) fn secure_headers(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let settings = secure::of_route(&scope.settings.secure_headers, args)?;
    Ok(made(String::new(), ResponseFilter::Secure(settings.compiled().map_err(|e| args.error(e))?)))
}

pub(super) fn remove_json_attributes(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let (names, recursive) = args.all()?;
    let shown = names.join(",");
    let json = JsonAttributes::new(&names, recursive.unwrap_or(false));
    let step = Step::Response(ResponseFilter::RemoveJson(Box::new(json)));
    Ok(Made { shown, order: Some(BEFORE_WRITING), step })
}
