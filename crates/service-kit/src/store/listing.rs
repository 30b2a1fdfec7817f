//! Lists: which rows, in which order, from where.

use std::fmt::Debug;

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::web::{
    Count, Page, PageLimits, PageRequest, Params, Problem, SortKey, Total, invalid_parameter,
};

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// Texts, in the order of their bytes.
    Text,
    /// Whole numbers.
    Number,
    /// Moments.
    Time,
}

/// A value to continue behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// A moment.
    Time(DateTime<Utc>),
    /// An id.
    Id(Uuid),
}

impl Place {
    /// Reads what [`Place::to_text`] wrote; `None` for what is not of `kind`.
    fn read(kind: PlaceKind, text: &str) -> Option<Self> {
        match kind {
            PlaceKind::Text => Some(Self::Text(text.to_owned())),
            PlaceKind::Number => text.parse().ok().map(Self::Number),
            PlaceKind::Time => {
                let at = DateTime::parse_from_rfc3339(text).ok()?;
                Some(Self::Time(at.with_timezone(&Utc)))
            }
        }
    }

    fn to_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Time(at) => at.to_rfc3339_opts(SecondsFormat::Micros, true),
            Self::Id(id) => id.to_string(),
        }
    }
}

/// A field that lists of `T` may be sorted by. Its column is never NULL: the engines disagree about
/// where that comes.
#[derive(Debug)]
pub struct SortField<T> {
    /// Its name for clients.
    pub name: &'static str,
    /// Its column.
    pub column: &'static str,
    /// What its values are.
    pub kind: PlaceKind,
    /// Its value in a thing.
    pub place: fn(&T) -> Place,
}

/// One field of an order.
#[derive(Debug)]
pub struct Order<T: 'static> {
    /// Field.
    pub field: &'static SortField<T>,
    /// Largest first.
    pub descending: bool,
}

/// A list that is asked for.
#[derive(Debug)]
pub struct Listing<T: 'static, F> {
    /// Which rows.
    pub filter: F,
    /// In which order; the id comes last, in the direction of the last field (H-6).
    pub order: Vec<Order<T>>,
    /// Behind which place: a value for each field of the order, then the id.
    pub behind: Option<Vec<Place>>,
    request: PageRequest,
}

impl<T: 'static, F: Debug> Listing<T, F> {
    /// Reads page, order and cursor; `fields` are those one may sort by, the first is the order of
    /// who does not say.
    ///
    /// # Errors
    /// 400 for a parameter that cannot be read.
    pub fn read(
        params: &mut Params,
        fields: &'static [SortField<T>],
        filter: F,
    ) -> Result<Self, Problem> {
        let names: Vec<&'static str> = fields.iter().map(|field| field.name).collect();
        let first = names.first().map(|field| SortKey { field, descending: false });
        let (first, limits) = (first.as_slice(), PageLimits::default());
        let request = PageRequest::read(params, &names, first, &format!("{filter:?}"), &limits)?;
        let named = |key: &SortKey| {
            let field = fields.iter().find(|field| field.name == key.field)?;
            Some(Order { field, descending: key.descending })
        };
        let order: Vec<Order<T>> = request.sort.iter().filter_map(named).collect();
        let behind = match &request.cursor {
            None => None,
            Some(cursor) => {
                let places = order.iter().zip(&cursor.keys);
                let places = places.map(|(order, key)| Place::read(order.field.kind, key));
                let id = Uuid::try_parse(&cursor.id).ok().map(Place::Id);
                let places: Option<Vec<Place>> = places.chain([id]).collect();
                Some(places.ok_or_else(|| invalid_parameter("cursor", "is not one of this list"))?)
            }
        };
        Ok(Self { filter, order, behind, request })
    }

    /// Reads only the order, for all rows in portions of `size`.
    ///
    /// # Errors
    /// 400 for a parameter that cannot be read.
    pub fn whole(
        params: &mut Params,
        fields: &'static [SortField<T>],
        filter: F,
        size: u32,
    ) -> Result<Self, Problem> {
        let mut listing = Self::read(&mut params.only("sort"), fields, filter)?;
        listing.request.size = size;
        Ok(listing)
    }
}

impl<T: 'static, F> Listing<T, F> {
    /// How many rows to skip.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.request.offset()
    }

    /// How many rows to read: one more than wanted, which tells whether others follow.
    #[must_use]
    pub const fn limit(&self) -> u32 {
        self.request.size.saturating_add(1)
    }

    /// How far to count.
    #[must_use]
    pub const fn count(&self) -> Count {
        self.request.count
    }

    /// The total as far as it is known from `rows`; `None` if it must be counted.
    #[must_use]
    pub fn known_total(&self, rows: &[T]) -> Option<Total> {
        let request = &self.request;
        // Whoever walks by cursor does not look at totals, and the last page tells them by itself.
        let walks = request.by_cursor && request.count == Count::Auto;
        if walks || request.count == Count::None {
            return Some(Total::Unknown);
        }
        let read = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let is_last = read <= u64::from(request.size) && !request.by_cursor;
        let tells = is_last && (read > 0 || request.page == 0);
        tells.then(|| Total::Exact(request.offset().saturating_add(read)))
    }

    /// Takes the row that tells whether others follow out of `rows`, and says what to ask for then;
    /// `None` if none do.
    #[must_use]
    pub fn behind(mut self, rows: &mut Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<Self> {
        let size = usize::try_from(self.request.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().filter(|_| has_more)?;
        let places = self.order.iter().map(|order| (order.field.place)(last));
        self.behind = Some(places.chain([Place::Id(id(last))]).collect());
        Some(self)
    }

    /// The page that `rows` make, each told as `view`; `id` names the row a cursor continues behind.
    pub fn page<V>(
        &self,
        mut rows: Vec<T>,
        total: Total,
        id: impl Fn(&T) -> Uuid,
        view: impl Fn(T) -> V,
    ) -> Page<V> {
        let size = usize::try_from(self.request.size).unwrap_or(usize::MAX);
        let has_more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| has_more).map(|last| {
            let keys = self.order.iter().map(|order| (order.field.place)(last).to_text());
            self.request.cursor_behind(keys.collect(), id(last).to_string())
        });
        let content = rows.into_iter().map(view).collect();
        Page::new(&self.request, content, total, has_more, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Thing = (Uuid, &'static str, i64);

    static FIELDS: [SortField<Thing>; 2] = [
        SortField {
            name: "name",
            column: "name",
            kind: PlaceKind::Text,
            place: |thing| Place::Text(thing.1.to_owned()),
        },
        SortField {
            name: "size",
            column: "size_mm",
            kind: PlaceKind::Number,
            place: |thing| Place::Number(thing.2),
        },
    ];

    fn read(query: &str) -> Result<Listing<Thing, &'static str>, Problem> {
        Listing::read(&mut Params::parse(query).unwrap(), &FIELDS, "all")
    }

    fn things() -> [Thing; 3] {
        [(Uuid::from_u128(1), "a", 5), (Uuid::from_u128(2), "b", 6), (Uuid::from_u128(3), "c", 7)]
    }

    #[test]
    fn a_cursor_leads_behind_the_last_row_of_a_page() {
        let listing = read("size=2&sort=size,desc").unwrap();
        assert_eq!((listing.limit(), listing.offset()), (3, 0));
        let page =
            listing.page(things().to_vec(), Total::Unknown, |thing| thing.0, |thing| thing.1);
        assert_eq!((page.content, page.last), (vec!["a", "b"], false));
        let next = page.next_cursor.unwrap();
        let second = read(&format!("size=2&sort=size,desc&cursor={next}")).unwrap();
        let behind = vec![Place::Number(6), Place::Id(Uuid::from_u128(2))];
        assert_eq!(second.behind, Some(behind));
        let last =
            second.page(things()[2..].to_vec(), Total::Unknown, |thing| thing.0, |thing| thing.1);
        assert_eq!((last.content, last.next_cursor), (vec!["c"], None));
    }

    #[test]
    fn a_whole_list_goes_on_behind_its_last_row() {
        let mut params = Params::parse("sort=size,desc&page=3").unwrap();
        let listing = Listing::whole(&mut params, &FIELDS, "all", 2).unwrap();
        assert_eq!((listing.limit(), listing.offset()), (3, 0));
        assert!(params.finish().is_err());
        let mut rows = things().to_vec();
        let next = listing.behind(&mut rows, |thing| thing.0).unwrap();
        assert_eq!(rows.len(), 2);
        let behind = vec![Place::Number(6), Place::Id(Uuid::from_u128(2))];
        assert_eq!(next.behind, Some(behind));
        assert!(next.behind(&mut rows, |thing| thing.0).is_none());
    }

    #[test]
    fn a_cursor_with_values_of_another_kind_is_refused() {
        let listing = read("sort=size").unwrap();
        let id = Uuid::nil().to_string();
        for (keys, id) in [(vec!["x".to_owned()], id), (vec!["5".to_owned()], "7".to_owned())] {
            let forged = listing.request.cursor_behind(keys, id);
            let problem = read(&format!("sort=size&cursor={forged}")).unwrap_err();
            assert_eq!(problem.code(), "INVALID_PARAMETER");
        }
    }

    #[test]
    fn the_last_page_tells_the_total() {
        assert_eq!(read("size=3").unwrap().known_total(&things()), Some(Total::Exact(3)));
        assert_eq!(read("size=2").unwrap().known_total(&things()), None);
        assert_eq!(read("size=2&count=none").unwrap().known_total(&things()), Some(Total::Unknown));
        assert_eq!(read("size=2&cursor=").unwrap().known_total(&things()), Some(Total::Unknown));
        assert_eq!(read("page=1&size=5").unwrap().known_total(&[]), None);
        assert_eq!(read("page=1&size=5").unwrap().known_total(&things()), Some(Total::Exact(8)));
    }
}
