//! Which representation an answer has (section 1.2).

use std::borrow::Cow;

use eureka_wire::{Detail, Format};
use http::{HeaderMap, header};

/// Representation of an answer and the media type it is labelled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// JSON or XML.
    pub format: Format,
    /// `Content-Type`; an asked-for parameter such as `charset=UTF-8` is echoed.
    pub media_type: Cow<'static, str>,
}

impl Choice {
    const fn plain(format: Format) -> Self {
        Self { format, media_type: Cow::Borrowed(format.media_type()) }
    }
}

/// Media ranges of an `Accept` header that are looked at.
const RANGES_MAX: usize = 32;

/// Representation of lists and applications: JSON wherever the header speaks of it (CN-1), under
/// the label that goes with it. `None` where neither JSON nor XML is acceptable.
#[must_use]
pub fn for_list(headers: &HeaderMap) -> Option<Choice> {
    let text = header_text(headers);
    match text.as_ref() {
        "" | "*/*" => return Some(Choice::plain(Format::Xml)),
        "application/json" => return Some(Choice::plain(Format::Json)),
        _ => {}
    }
    let negotiated = negotiate(&text)?;
    let wants_json = text.to_ascii_lowercase().contains("json");
    let format = if wants_json { Format::Json } else { Format::Xml };
    Some(if negotiated.format == format { negotiated } else { Choice::plain(format) })
}

/// Representation of single instances and the like: as negotiated. `None` where neither JSON nor
/// XML is acceptable.
#[must_use]
pub fn for_object(headers: &HeaderMap) -> Option<Choice> {
    negotiate(&header_text(headers))
}

/// Full unless the client asks for the compact form (CN-4).
#[must_use]
pub fn detail(headers: &HeaderMap) -> Detail {
    let compact = headers
        .get("x-eureka-accept")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"compact"));
    if compact { Detail::Compact } else { Detail::Full }
}

/// Whether the client takes gzip: the word is enough, as in the reference (CN-5).
#[must_use]
pub fn gzip(headers: &HeaderMap) -> bool {
    let has_word = |value: &http::HeaderValue| value.to_str().is_ok_and(|v| v.contains("gzip"));
    headers.get_all(header::ACCEPT_ENCODING).iter().any(has_word)
}

fn header_text(headers: &HeaderMap) -> Cow<'_, str> {
    let mut values = headers.get_all(header::ACCEPT).iter().map(|v| v.to_str().unwrap_or("?"));
    let first = Cow::Borrowed(values.next().unwrap_or_default().trim());
    values.fold(first, |joined, value| Cow::Owned(format!("{joined},{value}")))
}

/// Ordinary negotiation between XML and JSON; XML wins ties.
fn negotiate(accept: &str) -> Option<Choice> {
    if accept.is_empty() {
        return Some(Choice::plain(Format::Xml));
    }
    let mut best: Option<(u32, Choice)> = None;
    for format in [Format::Xml, Format::Json] {
        let mut matched: Option<(u8, u32, Choice)> = None;
        for range in accept.split(',').take(RANGES_MAX) {
            let Some((specificity, quality, choice)) = matches(range, format) else { continue };
            if matched.as_ref().is_none_or(|(known, ..)| specificity > *known) {
                matched = Some((specificity, quality, choice));
            }
        }
        if let Some((_, quality, choice)) = matched
            && quality > best.as_ref().map_or(0, |(known, _)| *known)
        {
            best = Some((quality, choice));
        }
    }
    best.map(|(_, choice)| choice)
}

/// How exactly `range` means `format`, and with which quality in thousandths.
fn matches(range: &str, format: Format) -> Option<(u8, u32, Choice)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?;
    let specificity = match name {
        "*/*" | "*" => 0,
        _ if name.eq_ignore_ascii_case("application/*") => 1,
        _ if name.eq_ignore_ascii_case(format.media_type()) => 2,
        _ => return None,
    };
    let (mut quality, mut label) = (1000, Cow::Borrowed(format.media_type()));
    for parameter in parts {
        match parameter.split_once('=') {
            Some((key, value)) if key.trim().eq_ignore_ascii_case("q") => {
                quality = thousandths(value.trim());
            }
            Some(_) if specificity == 2 => label = Cow::Owned(format!("{label};{parameter}")),
            _ => {}
        }
    }
    Some((specificity, quality, Choice { format, media_type: label }))
}

fn thousandths(quality: &str) -> u32 {
    match quality.parse::<f64>() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 0..=1000 before"
        )]
        Ok(value) => (value.clamp(0.0, 1.0) * 1000.0) as u32,
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !value.is_empty() {
            headers.insert(header::ACCEPT, value.parse().unwrap());
        }
        headers
    }

    fn told(choice: Option<Choice>) -> String {
        choice.map_or_else(|| "406".to_owned(), |choice| choice.media_type.into_owned())
    }

    #[test]
    fn every_row_of_the_table() {
        const JSON: &str = "application/json";
        const XML: &str = "application/xml";
        for (header, list, object) in [
            ("", XML, XML),
            ("*/*", XML, XML),
            ("application/*", XML, XML),
            (JSON, JSON, JSON),
            (
                "application/json;charset=UTF-8",
                "application/json;charset=UTF-8",
                "application/json;charset=UTF-8",
            ),
            ("application/json, application/*+json", JSON, JSON),
            ("application/xml, application/json", JSON, XML),
            ("application/json;q=0.5, application/xml", JSON, XML),
            ("application/json;q=0.9, application/xml;q=0.8", JSON, JSON),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML, XML),
            ("APPLICATION/JSON", JSON, JSON),
            ("text/html, image/gif, image/jpeg, */*; q=0.2", XML, XML),
            ("text/html", "406", "406"),
            ("text/json", "406", "406"),
            ("application/*+json", "406", "406"),
            ("application/vnd.x+json", "406", "406"),
            ("application/json;q=0", "406", "406"),
        ] {
            assert_eq!(told(for_list(&accept(header))), list, "list: {header}");
            assert_eq!(told(for_object(&accept(header))), object, "object: {header}");
        }
    }

    #[test]
    fn compact_is_asked_for_in_any_case_and_gzip_by_its_word() {
        let mut headers = HeaderMap::new();
        assert_eq!((detail(&headers), gzip(&headers)), (Detail::Full, false));
        headers.insert("x-eureka-accept", "Compact".parse().unwrap());
        headers.insert(header::ACCEPT_ENCODING, "deflate, x-gzip;q=0".parse().unwrap());
        assert_eq!((detail(&headers), gzip(&headers)), (Detail::Compact, true));
    }
}
