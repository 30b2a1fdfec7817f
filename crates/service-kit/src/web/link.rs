//! Where a list goes on, as a header (RFC 8288).

use axum::response::Response;
use http::{HeaderValue, StatusCode, Uri, header};
use serde::Serialize;

use super::page::Page;
use super::resource::{ONE_BYTES, json};

/// A page with `Link: <...>; rel="next"`, if it has a cursor to the next (H-5). `uri` is what was
/// asked for.
pub fn linked<T: Serialize>(uri: &Uri, page: &Page<T>) -> Response {
    let next = page.next_cursor.as_deref().map(|cursor| {
        let others = uri.query().unwrap_or_default().split('&');
        let mut query: Vec<&str> =
            others.filter(|pair| !pair.is_empty() && !says_where(pair)).collect();
        let cursor = format!("cursor={cursor}");
        query.push(&cursor);
        format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&").replace('>', "%3E"))
    });
    let room = page.content.len().saturating_add(1).saturating_mul(ONE_BYTES);
    let mut response = json(StatusCode::OK, page, room);
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(&next).ok()) {
        response.headers_mut().insert(header::LINK, next);
    }
    response
}

/// Whether a parameter says which page is meant.
fn says_where(pair: &str) -> bool {
    matches!(pair.split('=').next(), Some("page" | "cursor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::{PageRequest, Params, Total};

    fn link(uri: &'static str, next: Option<&str>) -> Option<String> {
        let uri = Uri::from_static(uri);
        let request = PageRequest::numbered(&mut Params::default()).unwrap();
        let next = next.map(str::to_owned);
        let has_more = next.is_some();
        let response = linked(&uri, &Page::new(&request, vec![1], Total::Unknown, has_more, next));
        let value = response.headers().get(header::LINK);
        value.map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_next_page_has_the_same_filter() {
        let expected = Some("</p?q=%EA%B0%80&size=2&cursor=abc>; rel=\"next\"".to_owned());
        assert_eq!(link("/p?q=%EA%B0%80&page=0&size=2", Some("abc")), expected);
        assert_eq!(link("/p?q=%EA%B0%80&cursor=xyz&size=2", Some("abc")), expected);
        assert_eq!(link("/p", Some("abc")), Some("</p?cursor=abc>; rel=\"next\"".to_owned()));
        assert_eq!(link("/p?page=9", None), None);
    }
}
