//! From arguments to filters of the way in.

use http::{HeaderName, HeaderValue};

use super::build::Scope;
use super::path::Rewrite;
use super::request::{HeaderText, RequestFilter};
use super::{Made, Step};
use crate::args::Args;
use crate::template::Template;
use crate::{RouteError, value};

/// Order of filters that replace the target: right after it was worked out (FI-15).
const AFTER_TARGET: i32 = 10_001;

type Result<T> = std::result::Result<T, RouteError>;

pub(super) fn made(shown: String, filter: RequestFilter) -> Made {
    Made { shown, order: None, step: Step::Request(filter) }
}

/// A header name from an argument.
pub(super) fn header_name(args: &Args<'_>, key: &str) -> Result<HeaderName> {
    let text = args.required(key)?;
    let name = text.parse();
    name.map_err(|_error| args.wrong(key, &format!("{text:?} is not a header name")))
}

/// A header value from an argument, variables allowed.
pub(super) fn header_text(args: &Args<'_>, key: &str, scope: &Scope<'_>) -> Result<HeaderText> {
    text_value(args.required(key)?, scope).map_err(|problem| args.wrong(key, &problem))
}

/// A header value, variables allowed.
pub(super) fn text_value(text: &str, scope: &Scope<'_>) -> std::result::Result<HeaderText, String> {
    match Template::parse(text, scope.names)? {
        Template::Constant(text) => {
            let value = HeaderValue::from_bytes(text.as_bytes());
            let value = value.map_err(|_error| format!("{text:?} is not a header value"))?;
            Ok(HeaderText::Ready(value))
        }
        template @ Template::Parts(_) => Ok(HeaderText::Made(template)),
    }
}

fn template(args: &Args<'_>, key: &str, scope: &Scope<'_>) -> Result<Template> {
    let text = args.required(key)?;
    Template::parse(text, scope.names).map_err(|problem| args.wrong(key, &problem))
}

/// `Name = 'value'`, as most filters show themselves.
pub(super) fn pair(args: &Args<'_>, name: &str, value: &str) -> String {
    format!("{} = '{}'", args.text(name).unwrap_or_default(), args.text(value).unwrap_or_default())
}

pub(super) fn one(args: &Args<'_>, name: &str) -> String {
    format!("{name} = '{}'", args.text(name).unwrap_or_default())
}

pub(super) fn add_header(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    let value = header_text(args, "value", scope)?;
    Ok(made(pair(args, "name", "value"), RequestFilter::AddHeader { name, value }))
}

pub(super) fn add_headers_if_not_present(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let mut list: Vec<(HeaderName, Vec<HeaderText>)> = Vec::new();
    let pairs = args.all()?.0;
    for pair in &pairs {
        let Some((name, value)) = pair.split_once(':') else {
            return Err(args.error(format!("{pair:?} is not name:value")));
        };
        let name: HeaderName = name
            .trim()
            .parse()
            .map_err(|_error| args.error(format!("{:?} is not a header name", name.trim())))?;
        let value = text_value(value.trim(), scope).map_err(|problem| args.error(problem))?;
        match list.iter_mut().find(|(own, _)| *own == name) {
            Some((_, values)) => values.push(value),
            None => list.push((name, vec![value])),
        }
    }
    let list = list.into_iter().map(|(name, values)| (name, values.into_boxed_slice())).collect();
    Ok(made(pairs.join(", "), RequestFilter::AddHeadersIfNotPresent(list)))
}

pub(super) fn set_header(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    let value = header_text(args, "value", scope)?;
    Ok(made(pair(args, "name", "value"), RequestFilter::SetHeader { name, value }))
}

pub(super) fn remove_header(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    Ok(made(one(args, "name"), RequestFilter::RemoveHeader(name)))
}

pub(super) fn map_header(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let from = header_name(args, "fromHeader")?;
    let to = header_name(args, "toHeader")?;
    let shown = format!("{}, {}", one(args, "fromHeader"), one(args, "toHeader"));
    Ok(made(shown, RequestFilter::MapHeader { from, to }))
}

pub(super) fn add_parameter(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let name = Box::from(args.required("name")?);
    let value = template(args, "value", scope)?;
    Ok(made(pair(args, "name", "value"), RequestFilter::AddParameter { name, value }))
}

pub(super) fn remove_parameter(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let name = Box::from(args.required("name")?);
    Ok(made(one(args, "name"), RequestFilter::RemoveParameter(name)))
}

pub(super) fn rewrite_parameter(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let name = Box::from(args.required("name")?);
    let value = Box::from(args.required("replacement")?);
    let shown = pair(args, "name", "replacement");
    Ok(made(shown, RequestFilter::RewriteParameter { name, value }))
}

pub(super) fn set_host(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let value = header_text(args, "host", scope)?;
    Ok(made(one(args, "host"), RequestFilter::SetHost(value)))
}

pub(super) fn preserve_host(_: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    Ok(made(String::new(), RequestFilter::PreserveHost))
}

pub(super) fn prefix_path(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let prefix = template(args, "prefix", scope)?;
    Ok(made(one(args, "prefix"), RequestFilter::PrefixPath(prefix)))
}

pub(super) fn strip_prefix(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let parts =
        args.parse("parts", "a whole number from 0", |text| text.parse().ok())?.unwrap_or(1);
    Ok(made(format!("parts = {parts}"), RequestFilter::StripPrefix(parts)))
}

pub(super) fn set_path(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let path = template(args, "template", scope)?;
    Ok(made(one(args, "template"), RequestFilter::SetPath(path)))
}

pub(super) fn rewrite_path(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let regexp = args.required("regexp")?;
    if !args.has("replacement") {
        return Err(args.error("replacement is missing"));
    }
    let replacement = args.text("replacement").unwrap_or_default();
    let rewrite =
        Rewrite::parse(regexp, replacement).map_err(|problem| args.wrong("regexp", &problem))?;
    let shown = format!("{regexp} = '{}'", replacement.replace("$\\", "$"));
    Ok(made(shown, RequestFilter::RewritePath(rewrite)))
}

pub(super) fn set_uri(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let uri = template(args, "template", scope)?;
    let shown = one(args, "template");
    Ok(Made { shown, order: Some(AFTER_TARGET), step: Step::Request(RequestFilter::SetUri(uri)) })
}

pub(super) fn header_to_uri(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    let name = header_name(args, "name")?;
    let hosts = scope.settings.dynamic_targets.clone().into_boxed_slice();
    if hosts.is_empty() {
        let problem = "clients would choose the target; list the hosts that are allowed under \
                       gateway.allow-dynamic-targets";
        return Err(args.error(problem));
    }
    let step = Step::Request(RequestFilter::HeaderToUri { name, hosts });
    Ok(Made { shown: one(args, "name"), order: Some(AFTER_TARGET), step })
}

pub(super) fn header_size(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let bytes_max = size_of(args, 16_000)?;
    let error_header = match args.text("errorHeaderName") {
        Some(_) => header_name(args, "errorHeaderName")?,
        None => HeaderName::from_static("errormessage"),
    };
    let shown = format!("maxSize = {bytes_max}B");
    Ok(made(shown, RequestFilter::HeaderSize { bytes_max, error_header }))
}

pub(super) fn size(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made> {
    let bytes_max = size_of(args, 5_000_000)?;
    Ok(made(format!("max = {bytes_max}B"), RequestFilter::Size { bytes_max }))
}

fn size_of(args: &Args<'_>, default: u64) -> Result<u64> {
    let size = args.parse("maxSize", "a size such as 16KB", value::bytes)?.unwrap_or(default);
    if size == 0 {
        return Err(args.wrong("maxSize", "it has to be more than nothing"));
    }
    Ok(size)
}

pub(super) fn redirect_to(args: &Args<'_>, scope: &mut Scope<'_>) -> Result<Made> {
    args.required("status")?;
    let expected = "a status from 300 to 399";
    let read = |text| value::status(text).filter(http::StatusCode::is_redirection);
    let status =
        args.parse("status", expected, read)?.ok_or_else(|| args.error("status is missing"))?;
    let text = args.required("url")?;
    let url = template(args, "url", scope)?;
    let authority =
        text.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
    if authority.contains('{') || text.starts_with('{') {
        return Err(args.wrong("url", "a variable may not choose the host"));
    }
    let is_whole = text.contains("://") || (text.starts_with('/') && !text.starts_with("//"));
    if !is_whole {
        return Err(args.wrong("url", "it is neither a URL with a scheme nor a path"));
    }
    let with_query = args.switch("includeRequestParams", false)?;
    let shown = format!("{} = '{text}'", status.as_u16());
    Ok(made(shown, RequestFilter::RedirectTo { status, url, with_query }))
}
