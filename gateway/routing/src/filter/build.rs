//! The filters that routes can name, and their order.

use super::{Chain, FilterText, Made, Placed, Step, request_make, response_make, stateful_make};
use crate::args::{Args, Shortcut};
use crate::captures::Names;
use crate::{PartDefinition, RouteError, Settings};

/// What making a filter needs to know.
pub(crate) struct Scope<'a> {
    pub(crate) names: &'a Names,
    pub(crate) settings: &'a Settings,
    pub(crate) route_id: &'a str,
    pub(crate) warnings: &'a mut Vec<String>,
}

type Make = fn(&Args<'_>, &mut Scope<'_>) -> Result<Made, RouteError>;

/// A kind of filter: name, one-line syntax, further argument names, and how it is made.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    shortcut: Shortcut,
    keys: &'static [&'static str],
    make: Make,
}

const fn kind(name: &'static str, fields: &'static [&'static str], make: Make) -> Kind {
    Kind { name, shortcut: Shortcut::Fields(fields), keys: &[], make }
}

const fn keyed(
    name: &'static str,
    shortcut: Shortcut,
    keys: &'static [&'static str],
    make: Make,
) -> Kind {
    Kind { name, shortcut, keys, make }
}

/// All filters that routes can name.
pub(crate) const FILTERS: [Kind; 39] = {
    use request_make as req;
    use response_make as res;
    use stateful_make as own;
    [
        kind("AddRequestHeader", &["name", "value"], req::add_header),
        keyed(
            "AddRequestHeadersIfNotPresent",
            Shortcut::List { list: "keyValues", flag: None },
            &[],
            req::add_headers_if_not_present,
        ),
        kind("AddRequestParameter", &["name", "value"], req::add_parameter),
        kind("AddResponseHeader", &["name", "value", "override"], res::add_header),
        kind("CacheRequestBody", &["bodyClass"], own::cache_request_body),
        keyed(
            "CircuitBreaker",
            Shortcut::Fields(&["name"]),
            &["fallbackUri", "statusCodes", "resumeWithoutError", "routeId"],
            own::circuit_breaker,
        ),
        kind("DedupeResponseHeader", &["name", "strategy"], res::dedupe),
        keyed("FallbackHeaders", Shortcut::Fields(&[]), own::FALLBACK_KEYS, own::fallback_headers),
        keyed(
            "JsonToGrpc",
            Shortcut::None,
            &["protoDescriptor", "service", "method"],
            |args, _| Err(args.error("translating JSON to gRPC is not supported")),
        ),
        kind("LocalResponseCache", &["timeToLive", "size"], own::local_response_cache),
        kind("MapRequestHeader", &["fromHeader", "toHeader"], req::map_header),
        kind("ModifyRequestBody", &[], code_only),
        kind("ModifyResponseBody", &[], code_only),
        kind("PrefixPath", &["prefix"], req::prefix_path),
        kind("PreserveHostHeader", &[], req::preserve_host),
        kind("RedirectTo", &["status", "url", "includeRequestParams"], req::redirect_to),
        keyed(
            "RemoveJsonAttributesResponseBody",
            Shortcut::List { list: "fieldList", flag: Some("deleteRecursively") },
            &[],
            res::remove_json_attributes,
        ),
        kind("RemoveRequestHeader", &["name"], req::remove_header),
        kind("RemoveRequestParameter", &["name"], req::remove_parameter),
        kind("RemoveResponseHeader", &["name"], res::remove_header),
        kind("RequestHeaderSize", &["maxSize", "errorHeaderName"], req::header_size),
        kind("RequestHeaderToRequestUri", &["name"], req::header_to_uri),
        keyed("RequestRateLimiter", Shortcut::None, own::RATE_LIMITER_KEYS, own::rate_limiter),
        kind("RequestSize", &["maxSize"], req::size),
        keyed("Retry", Shortcut::Fields(own::RETRY_FIELDS), own::RETRY_KEYS, own::retry),
        kind(
            "RewriteLocationResponseHeader",
            &["stripVersion", "locationHeaderName", "hostValue", "protocols"],
            res::rewrite_location,
        ),
        kind("RewritePath", &["regexp", "replacement"], req::rewrite_path),
        kind("RewriteRequestParameter", &["name", "replacement"], req::rewrite_parameter),
        kind("RewriteResponseHeader", &["name", "regexp", "replacement"], res::rewrite_header),
        kind("SaveSession", &[], |_, _| {
            Ok(Made { shown: String::new(), order: None, step: Step::Nothing })
        }),
        keyed("SecureHeaders", Shortcut::Fields(&[]), super::secure::KEYS, res::secure_headers),
        kind("SetPath", &["template"], req::set_path),
        kind("SetRequestHeader", &["name", "value"], req::set_header),
        kind("SetRequestHostHeader", &["host"], req::set_host),
        kind("SetRequestUri", &["template"], req::set_uri),
        kind("SetResponseHeader", &["name", "value"], res::set_header),
        kind("SetStatus", &["status"], res::set_status),
        kind("StripPrefix", &["parts"], req::strip_prefix),
        kind("TokenRelay", &["name"], own::token_relay),
    ]
};

fn code_only(args: &Args<'_>, _: &mut Scope<'_>) -> Result<Made, RouteError> {
    Err(args.error("it exists in Java code only; use filters of headers or JSON attributes"))
}

/// Makes the filters of a route and puts them in order: each list is numbered from 1 by itself,
/// then both are sorted together, default filters first where the numbers are equal (LC-12).
pub(crate) fn chain(
    default_filters: &[PartDefinition],
    filters: &[PartDefinition],
    scope: &mut Scope<'_>,
) -> Result<Chain, Vec<RouteError>> {
    let mut made = Vec::new();
    let mut errors = Vec::new();
    for list in [default_filters, filters] {
        for (position, part) in (1..).zip(list) {
            match make(part, scope) {
                Ok((name, filter)) => made.push((filter.order.unwrap_or(position), name, filter)),
                Err(error) => errors.push(error),
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    made.sort_by_key(|(order, ..)| *order);
    let mut chain = Chain::default();
    let (mut request, mut response, mut stateful) = (Vec::new(), Vec::new(), Vec::new());
    for (position, (order, name, filter)) in made.into_iter().enumerate() {
        let gap = if filter.shown.is_empty() { "" } else { " " };
        chain.texts.push(FilterText { text: format!("[{name}{gap}{}]", filter.shown), order });
        match filter.step {
            Step::Request(filter) => {
                if let Some(bytes) = filter.body_bytes_max() {
                    let own = chain.body_bytes_max.get_or_insert(bytes);
                    *own = bytes.min(*own);
                }
                request.push((position, filter));
            }
            Step::Response(super::ResponseFilter::RemoveJson(json)) => match &mut chain.json {
                Some(own) => own.add(&json),
                None => chain.json = Some(json),
            },
            Step::Response(filter) => response.push((position, filter)),
            Step::Stateful(filter) => stateful.push(Placed { position, filter }),
            Step::Nothing => {}
        }
    }
    chain.request = request.into_boxed_slice();
    chain.response = response.into_boxed_slice();
    chain.stateful = stateful.into_boxed_slice();
    Ok(chain)
}

fn make(part: &PartDefinition, scope: &mut Scope<'_>) -> Result<(&'static str, Made), RouteError> {
    let settings = scope.settings;
    let usable = || {
        let enabled = |kind: &&Kind| !settings.disabled_filters.contains(kind.name);
        FILTERS.iter().filter(enabled)
    };
    let Some(kind) = usable().find(|kind| kind.name == part.name) else {
        if FILTERS.iter().any(|kind| kind.name == part.name) {
            let problem = format!("the filter {} is switched off", part.name);
            return Err(RouteError::at(&part.origin, problem));
        }
        let problem = format!("there is no filter {}", part.name);
        let names = usable().map(|kind| kind.name);
        return Err(RouteError::at(&part.origin, problem).near(&part.name, names));
    };
    let args = Args::new(part, kind.shortcut, kind.keys, scope.warnings);
    let made = args.and_then(|args| (kind.make)(&args, scope));
    made.map(|made| (kind.name, made)).map_err(|error| error.in_part(kind.name))
}
