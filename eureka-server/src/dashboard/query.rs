//! What a reader asks of the instance list: `?q=&status=&app=&page=`.

use eureka_wire::InstanceStatus;

use super::format;

/// Longest search text that is used, in characters; the rest is dropped.
const SEARCH_CHARS_MAX: usize = 200;

/// Part of the instance list a reader asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Search text as typed, trimmed; empty finds everything.
    pub search: String,
    /// Only instances of this status.
    pub status: Option<InstanceStatus>,
    /// Only this application, upper case.
    pub app: Option<String>,
    /// Page asked for, from 1. A page past the last one shows the last.
    pub page: usize,
}

impl Query {
    /// Reads the query part of an address, without its question mark.
    ///
    /// Never fails: unknown names are ignored, and a value that makes no sense counts as not given,
    /// because a mistyped address should still show the registry.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut parsed = Self { page: 1, ..Self::default() };
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = format::decode_form(value);
            let value = value.trim();
            match name {
                "q" => parsed.search = value.chars().take(SEARCH_CHARS_MAX).collect(),
                "status" => parsed.status = InstanceStatus::parse(&value.to_uppercase()),
                "app" if !value.is_empty() => parsed.app = Some(value.to_uppercase()),
                "page" => parsed.page = value.parse().unwrap_or(1).max(1),
                _ => {}
            }
        }
        parsed
    }

    /// Whether anything narrows the list.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.search.is_empty() || self.status.is_some() || self.app.is_some()
    }

    /// The same list, another page.
    pub(super) fn with_page(&self, page: usize) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same search for another status, from its first page.
    pub(super) fn with_status(&self, status: Option<InstanceStatus>) -> Self {
        Self { status, page: 1, ..self.clone() }
    }

    /// The same search within one application or all, from its first page.
    pub(super) fn with_app(&self, app: Option<&str>) -> Self {
        Self { app: app.map(str::to_owned), page: 1, ..self.clone() }
    }

    /// Address of the list relative to its own page, e.g. `?q=zone%3Da&page=2#instances`.
    pub(super) fn href(&self) -> String {
        let mut href = String::from("?");
        let mut add = |name: &str, value: &str| {
            if href.len() > 1 {
                href.push('&');
            }
            href.push_str(name);
            href.push('=');
            format::encode_form(value, &mut href);
        };
        if !self.search.is_empty() {
            add("q", &self.search);
        }
        if let Some(status) = self.status {
            add("status", status.as_str());
        }
        if let Some(app) = &self.app {
            add("app", app);
        }
        if self.page > 1 {
            add("page", &self.page.to_string());
        }
        href.push_str("#instances");
        href
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_form_sends() {
        let query = Query::parse("q=+zone%3Da+%ED%95%9C&status=out_of_service&app=orders&page=3");

        let expected = Query {
            search: "zone=a 한".to_owned(),
            status: Some(InstanceStatus::OutOfService),
            app: Some("ORDERS".to_owned()),
            page: 3,
        };
        assert_eq!(query, expected);
    }

    #[test]
    fn counts_nonsense_as_not_given() {
        for text in ["", "&&=&", "page=0", "page=-1", "page=x", "status=", "status=SICK", "app=%20"]
        {
            assert_eq!(Query::parse(text), Query { page: 1, ..Query::default() }, "{text}");
        }
        assert_eq!(Query::parse("q=%").search, "%");
        assert_eq!(Query::parse("q=%zz%f").search, "%zz%f");
    }

    #[test]
    fn cuts_a_long_search_at_a_character() {
        let query = Query::parse(&format!("q={}", "%ED%95%9C".repeat(SEARCH_CHARS_MAX + 1)));

        assert_eq!(query.search, "한".repeat(SEARCH_CHARS_MAX));
    }

    #[test]
    fn an_address_reads_back_as_the_query_it_was_made_from() {
        let query = Query {
            search: "a&b=c d+\"<>'%한#".to_owned(),
            status: Some(InstanceStatus::Down),
            app: Some("X/Y?".to_owned()),
            page: 7,
        };

        let href = query.href();

        let (before, fragment) = href.split_once('#').unwrap();
        assert_eq!(fragment, "instances");
        assert_eq!(Query::parse(before.strip_prefix('?').unwrap()), query);
    }

    #[test]
    fn a_change_of_filter_goes_back_to_the_first_page() {
        let query = Query { page: 9, ..Query::parse("q=a") };

        assert_eq!(query.with_status(Some(InstanceStatus::Up)).href(), "?q=a&status=UP#instances");
        assert_eq!(query.with_app(Some("ORDERS")).href(), "?q=a&app=ORDERS#instances");
        assert_eq!(query.with_page(2).href(), "?q=a&page=2#instances");
        assert_eq!(Query::parse("").href(), "?#instances");
    }
}
