//! Lists in pages: by number as Spring asks for them, or by cursor (H-2 to H-6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::params::{Params, invalid_parameter as invalid};
use super::problem::Problem;

/// Bytes of a cursor that are checked against the filter it was made for.
const CHECK_BYTES: usize = 8;
/// Fields one may sort by at once.
const SORT_KEYS_MAX: usize = 5;

/// What a list allows.
#[derive(Clone, Copy, Debug)]
pub struct PageLimits {
    /// Entries of a page that does not say how many.
    pub size_default: u32,
    /// Entries of any page; more are silently not given (H-2).
    pub size_max: u32,
    /// Entries that may be skipped; behind them a cursor is needed (H-5).
    pub offset_max: u64,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { size_default: 20, size_max: 2_000, offset_max: 10_000 }
    }
}

/// One field of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Field as clients name it.
    pub field: &'static str,
    /// Largest first.
    pub descending: bool,
}

/// Whether the whole is counted (H-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// As far as it is cheap.
    Auto,
    /// To the end.
    Exact,
    /// Not at all.
    None,
}

/// Where a page begins when it is asked for by cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Values of the sort fields of the entry before it, as texts.
    pub keys: Vec<String>,
    /// Its id.
    pub id: String,
}

/// A page that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Number of the page, from 0.
    pub page: u32,
    /// Entries wanted.
    pub size: u32,
    /// Order; the id comes last in any case (H-6).
    pub sort: Vec<SortKey>,
    /// Where it begins, instead of a number.
    pub cursor: Option<Cursor>,
    /// Whether cursors are used: also by an empty one, which is the beginning.
    pub by_cursor: bool,
    /// Whether to count.
    pub count: Count,
    /// Of filter and order, so that a cursor is not used with others.
    check: [u8; CHECK_BYTES],
}

impl PageRequest {
    /// Reads `page`, `size`, `sort`, `cursor` and `count`.
    ///
    /// `sortable` are the fields one may sort by, `default` the order of who does not say, and
    /// `filter` stands for everything else that decides which entries are listed.
    ///
    /// # Errors
    /// 400 with the parameter that cannot be read, `USE_CURSOR` behind `limits.offset_max`.
    pub fn read(
        params: &mut Params,
        sortable: &[&'static str],
        default: &[SortKey],
        filter: &str,
        limits: &PageLimits,
    ) -> Result<Self, Problem> {
        let page: u32 = params.parsed("page")?.unwrap_or(0);
        let size: u32 = params.parsed("size")?.unwrap_or(limits.size_default);
        if size == 0 {
            return Err(invalid("size", "must be at least 1"));
        }
        let size = size.min(limits.size_max);
        let mut sort = Vec::new();
        for text in params.all("sort") {
            sort.extend(sort_key(&text, sortable)?);
        }
        if sort.is_empty() {
            sort = default.to_vec();
        }
        if sort.len() > SORT_KEYS_MAX {
            return Err(invalid("sort", "too many fields"));
        }
        let count = match params.one("count")?.as_deref() {
            None => Count::Auto,
            Some("exact") => Count::Exact,
            Some("none") => Count::None,
            Some(_) => return Err(invalid("count", "must be exact or none")),
        };
        let check = check(filter, &sort);
        let cursors = params.all("cursor");
        let by_cursor = !cursors.is_empty();
        let cursor = match cursors.as_slice() {
            [] => None,
            [empty] if empty.is_empty() => None,
            [text] => {
                let cursor = Cursor::decode(text, check, sort.len());
                Some(cursor.ok_or_else(|| invalid("cursor", "is not one of this list"))?)
            }
            _ => return Err(invalid("cursor", "is given more than once")),
        };
        if by_cursor && page > 0 {
            return Err(invalid("page", "cannot be used together with cursor"));
        }
        if u64::from(page) * u64::from(size) > limits.offset_max {
            let detail = format!(
                "pages behind entry {} are read with cursor=, not with page=",
                limits.offset_max
            );
            return Err(Problem::bad_request("USE_CURSOR", detail));
        }
        Ok(Self { page, size, sort, cursor, by_cursor, count, check })
    }

    /// Reads only `page` and `size`, of a list that has one order.
    ///
    /// # Errors
    /// 400 with the parameter that cannot be read.
    pub fn numbered(params: &mut Params) -> Result<Self, Problem> {
        Self::read(params, &[], &[], "", &PageLimits::default())
    }

    /// Entries to skip.
    #[must_use]
    pub fn offset(&self) -> u64 {
        u64::from(self.page) * u64::from(self.size)
    }

    /// The cursor that continues behind an entry with these sort values and this id.
    #[must_use]
    pub fn cursor_behind(&self, keys: Vec<String>, id: String) -> String {
        Cursor { keys, id }.encode(self.check)
    }
}

/// `field`, `field,asc`, `field,desc`; several fields with one direction as Spring allows it.
fn sort_key(text: &str, sortable: &[&'static str]) -> Result<Vec<SortKey>, Problem> {
    let mut parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let descending = match parts.last() {
        Some(last) if last.eq_ignore_ascii_case("desc") => true,
        Some(last) if last.eq_ignore_ascii_case("asc") => false,
        _ => {
            parts.push("asc");
            false
        }
    };
    parts.pop();
    let known = |name: &str| sortable.iter().find(|field| **field == name).copied();
    let key = |name: &&str| {
        let field = known(name)
            .ok_or_else(|| invalid("sort", &format!("must be one of {}", sortable.join(", "))))?;
        Ok(SortKey { field, descending })
    };
    parts.iter().map(key).collect()
}

fn check(filter: &str, sort: &[SortKey]) -> [u8; CHECK_BYTES] {
    let mut hash = Sha256::new();
    hash.update(filter.as_bytes());
    for key in sort {
        hash.update([0, u8::from(key.descending)]);
        hash.update(key.field.as_bytes());
    }
    hash.finalize().first_chunk().copied().unwrap_or_default()
}

impl Cursor {
    fn encode(&self, check: [u8; CHECK_BYTES]) -> String {
        let values: Vec<&str> =
            self.keys.iter().map(String::as_str).chain([self.id.as_str()]).collect();
        let mut bytes = check.to_vec();
        bytes.extend(serde_json::to_vec(&values).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str, check: [u8; CHECK_BYTES], keys: usize) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let values = bytes.strip_prefix(&check)?;
        let mut values: Vec<String> = serde_json::from_slice(values).ok()?;
        let id = values.pop()?;
        (values.len() == keys).then_some(Self { keys: values, id })
    }
}

/// How many entries there are in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// So many.
    Exact(u64),
    /// More than were counted.
    AtLeast(u64),
    /// Nobody counted.
    Unknown,
}

/// A page, in both of Spring's shapes at once (H-3).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[derive(utoipa::ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub content: Vec<T>,
    /// Entries in all; absent where nobody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_elements: Option<u64>,
    /// Pages in all; absent where nobody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_pages: Option<u64>,
    /// Whether there are more than `totalElements`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub total_capped: bool,
    /// Number of this page, from 0.
    pub number: u32,
    /// Entries that were asked for.
    pub size: u32,
    /// Entries in this page.
    pub number_of_elements: usize,
    /// Whether it is the first.
    pub first: bool,
    /// Whether none follows.
    pub last: bool,
    /// Whether it has no entries.
    pub empty: bool,
    /// The same as in Spring Data's newer shape.
    pub page: PageMetadata,
    /// Where the next page begins; absent behind the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// The numbers of a page as `PagedModel` has them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[derive(utoipa::ToSchema)]
pub struct PageMetadata {
    /// Entries that were asked for.
    pub size: u32,
    /// Number of this page, from 0.
    pub number: u32,
    /// Entries in all; absent where nobody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_elements: Option<u64>,
    /// Pages in all; absent where nobody counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_pages: Option<u64>,
}

impl<T> Page<T> {
    /// A page of `rows`, of which one more than wanted was read if others follow.
    #[must_use]
    pub fn with_lookahead(request: &PageRequest, mut rows: Vec<T>, total: Total) -> Self {
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        Self::new(request, rows, total, has_more, None)
    }

    /// A page of `content`. `has_more` says whether entries follow, `next_cursor` where.
    #[must_use]
    pub fn new(
        request: &PageRequest,
        content: Vec<T>,
        total: Total,
        has_more: bool,
        next_cursor: Option<String>,
    ) -> Self {
        let (total_elements, total_capped) = match total {
            Total::Exact(total) => (Some(total), false),
            Total::AtLeast(total) => (Some(total), true),
            Total::Unknown => (None, false),
        };
        let (size, number) = (request.size, request.page);
        let total_pages = total_elements.map(|total| total.div_ceil(u64::from(size.max(1))));
        Self {
            total_elements,
            total_pages,
            total_capped,
            number,
            size,
            number_of_elements: content.len(),
            first: number == 0 && request.cursor.is_none(),
            last: !has_more,
            empty: content.is_empty(),
            page: PageMetadata { size, number, total_elements, total_pages },
            next_cursor,
            content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: &[SortKey] = &[SortKey { field: "sku", descending: false }];

    fn read(query: &str) -> Result<PageRequest, Problem> {
        let mut params = Params::parse(query).unwrap();
        PageRequest::read(&mut params, &["sku", "name"], DEFAULT, "f", &PageLimits::default())
    }

    #[test]
    fn springs_parameters_mean_what_they_mean_there() {
        let request = read("page=2&size=50&sort=name,desc&sort=sku").unwrap();
        assert_eq!((request.page, request.size, request.offset()), (2, 50, 100));
        let order: Vec<_> = request.sort.iter().map(|key| (key.field, key.descending)).collect();
        assert_eq!(order, [("name", true), ("sku", false)]);
        assert_eq!(read("size=5000").unwrap().size, 2_000);
        assert_eq!(read("").unwrap().sort, DEFAULT);
        assert_eq!(read("sort=name,sku,desc").unwrap().sort.len(), 2);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for query in ["page=-1", "size=0", "size=x", "sort=price", "count=maybe", "cursor=abc"] {
            assert_eq!(read(query).unwrap_err().code(), "INVALID_PARAMETER", "{query}");
        }
        assert_eq!(read("page=501&size=20").unwrap_err().code(), "USE_CURSOR");
        assert!(read("page=500&size=20").is_ok());
    }

    #[test]
    fn a_cursor_works_for_its_own_filter_and_order_only() {
        let request = read("sort=name").unwrap();
        let cursor = request.cursor_behind(vec!["볼트".into()], "7".into());
        let again = read(&format!("sort=name&cursor={cursor}")).unwrap();
        assert_eq!(again.cursor, Some(Cursor { keys: vec!["볼트".into()], id: "7".into() }));
        assert!(read(&format!("sort=name,desc&cursor={cursor}")).is_err());
        assert!(read(&format!("cursor={cursor}")).is_err());
        assert!(read("cursor=").unwrap().by_cursor);
    }

    #[test]
    fn a_page_has_both_shapes() {
        let request = read("page=1&size=2").unwrap();
        let page = Page::new(&request, vec!["a", "b"], Total::Exact(5), true, None);
        let json = serde_json::to_value(&page).unwrap();
        assert_eq!((&json["totalElements"], &json["totalPages"]), (&5.into(), &3.into()));
        assert_eq!(json["page"]["totalElements"], 5);
        assert_eq!((&json["first"], &json["last"]), (&false.into(), &false.into()));
        let slice = Page::new(&request, Vec::<u8>::new(), Total::Unknown, false, None);
        let json = serde_json::to_value(&slice).unwrap();
        assert!(json.get("totalElements").is_none() && json["empty"] == true);
    }
}
