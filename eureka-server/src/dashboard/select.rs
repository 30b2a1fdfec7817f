//! Which instances a page shows, out of a registry of any size.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use eureka_wire::InstanceStatus;

use super::matcher::Matcher;
use super::model::InstanceRow;
use super::query::Query;

#[cfg(test)]
mod tests;

/// Applications on a page.
pub const APPS_PER_PAGE: usize = 50;
/// Instances on a page, over all its applications.
pub const INSTANCES_PER_PAGE: usize = 100;

/// Number of instances by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; InstanceStatus::ALL.len()]);

impl Counts {
    /// Instances of `status`.
    #[must_use]
    pub fn of(&self, status: InstanceStatus) -> usize {
        self.0.get(status as usize).copied().unwrap_or(0)
    }

    /// Instances of any status.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }

    /// Instances that are not `UP`.
    #[must_use]
    pub fn not_up(&self) -> usize {
        self.total() - self.of(InstanceStatus::Up)
    }

    fn add(&mut self, status: InstanceStatus) {
        if let Some(count) = self.0.get_mut(status as usize) {
            *count += 1;
        }
    }
}

/// The part of the registry one page shows.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    /// All instances, whatever was asked for.
    pub registered: Counts,
    /// All applications, whatever was asked for.
    pub registered_apps: usize,
    /// Instances the search finds in the application asked for, before the filter by status.
    pub found: Counts,
    /// Instances left after every filter.
    pub matched: usize,
    /// Applications left after every filter.
    pub matched_apps: usize,
    /// Applications of this page, by name.
    pub groups: Vec<Group<'a>>,
    /// Page shown, from 1.
    pub page: usize,
    /// Number of pages, at least 1.
    pub pages: usize,
}

/// One application of a page.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Its name.
    pub app: &'a str,
    /// All its instances, whatever was asked for.
    pub registered: Counts,
    /// Its instances left after every filter.
    pub matched: usize,
    /// Those shown here: the ones that are not `UP` first, then by id.
    pub rows: Vec<InstanceRow<'a>>,
    /// Its Amazon images with their number of instances; empty without any.
    pub amis: Vec<(&'a str, usize)>,
    /// Its availability zones with their number of instances; empty without any.
    pub zones: Vec<(&'a str, usize)>,
}

/// An instance left after every filter, as small as can be: there may be a hundred thousand.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    app: &'a str,
    status: InstanceStatus,
    id: &'a str,
    /// Where in the iterator it came.
    position: usize,
}

impl Candidate<'_> {
    fn order(&self, other: &Self) -> Ordering {
        (self.status, self.id, self.position).cmp(&(other.status, other.id, other.position))
    }
}

/// Picks what `query` asks for out of `rows`, which may come in any order.
///
/// Without an application in the query a page holds [`APPS_PER_PAGE`] applications, each with a fair
/// share of [`INSTANCES_PER_PAGE`] instances; with one, that application alone, page by page. The
/// iterator is run three times and only the rows shown are kept: time is linear in the registry,
/// memory a few dozen bytes for each instance that matches.
pub fn select<'a, I>(rows: I, query: &Query) -> Selection<'a>
where
    I: Iterator<Item = InstanceRow<'a>> + Clone,
{
    let mut tally = tally(rows.clone(), query);
    tally.candidates.retain(|candidate| query.status.is_none_or(|only| only == candidate.status));
    let (matched, matched_apps, mut shown) = match query.app {
        Some(_) => one_app(tally.candidates, query.page),
        None => many_apps(tally.candidates, query.page),
    };
    shown.groups.iter_mut().for_each(|group| {
        group.registered = tally.apps.get(group.app).copied().unwrap_or_default();
    });
    fill(rows, &mut shown);
    Selection {
        registered: tally.registered,
        registered_apps: tally.apps.len(),
        found: tally.found,
        matched,
        matched_apps,
        groups: shown.groups,
        page: shown.page,
        pages: shown.pages,
    }
}

struct Tally<'a> {
    registered: Counts,
    found: Counts,
    apps: HashMap<&'a str, Counts>,
    candidates: Vec<Candidate<'a>>,
}

/// Counts everything, and keeps what search and application leave.
fn tally<'a>(rows: impl Iterator<Item = InstanceRow<'a>>, query: &Query) -> Tally<'a> {
    let matcher = Matcher::new(&query.search);
    let (mut registered, mut found) = (Counts::default(), Counts::default());
    let mut apps = HashMap::<&str, Counts>::new();
    let mut candidates = Vec::new();
    for (position, row) in rows.enumerate() {
        registered.add(row.status);
        apps.entry(row.app).or_default().add(row.status);
        if query.app.as_ref().is_none_or(|app| app == row.app) && matcher.finds(&row) {
            found.add(row.status);
            candidates.push(Candidate { app: row.app, status: row.status, id: row.id, position });
        }
    }
    Tally { registered, found, apps, candidates }
}

/// A page before its rows are known.
struct Shown<'a> {
    groups: Vec<Group<'a>>,
    /// Position in the iterator → group and place in it.
    places: HashMap<usize, (usize, usize)>,
    page: usize,
    pages: usize,
}

fn one_app(candidates: Vec<Candidate<'_>>, page: usize) -> (usize, usize, Shown<'_>) {
    let matched = candidates.len();
    let pages = matched.div_ceil(INSTANCES_PER_PAGE).max(1);
    let page = page.clamp(1, pages);
    let mut shown = Shown { groups: Vec::new(), places: HashMap::new(), page, pages };
    if matched > 0 {
        shown.add_group(candidates, (page - 1) * INSTANCES_PER_PAGE, INSTANCES_PER_PAGE);
    }
    (matched, shown.groups.len(), shown)
}

fn many_apps(candidates: Vec<Candidate<'_>>, page: usize) -> (usize, usize, Shown<'_>) {
    let matched = candidates.len();
    let mut by_app = BTreeMap::<&str, usize>::new();
    for candidate in &candidates {
        *by_app.entry(candidate.app).or_default() += 1;
    }
    let pages = by_app.len().div_ceil(APPS_PER_PAGE).max(1);
    let page = page.clamp(1, pages);

    let on_page: Vec<&str> =
        by_app.keys().skip((page - 1) * APPS_PER_PAGE).take(APPS_PER_PAGE).copied().collect();
    let mut members: HashMap<&str, Vec<Candidate<'_>>> =
        on_page.iter().map(|&app| (app, Vec::new())).collect();
    for candidate in candidates {
        if let Some(group) = members.get_mut(candidate.app) {
            group.push(candidate);
        }
    }
    let share = fair_share(members.values().map(Vec::len).collect(), INSTANCES_PER_PAGE);
    let mut shown = Shown { groups: Vec::new(), places: HashMap::new(), page, pages };
    for app in on_page {
        if let Some(group) = members.remove(app) {
            shown.add_group(group, 0, share);
        }
    }
    (matched, by_app.len(), shown)
}

impl<'a> Shown<'a> {
    /// Adds a group that shows `take` of `members` after the first `skip` in their order.
    fn add_group(&mut self, mut members: Vec<Candidate<'a>>, skip: usize, take: usize) {
        let Some(app) = members.first().map(|first| first.app) else { return };
        let matched = members.len();
        // Only the part shown is sorted: a page of a very large application costs one pass.
        let end = skip.saturating_add(take).min(matched);
        if end < matched {
            members.select_nth_unstable_by(end, Candidate::order);
            members.truncate(end);
        }
        if skip > 0 && skip < members.len() {
            members.select_nth_unstable_by(skip, Candidate::order);
        }
        let mut part = members.split_off(skip.min(members.len()));
        part.sort_unstable_by(Candidate::order);

        let index = self.groups.len();
        self.places.extend(
            part.iter().enumerate().map(|(place, member)| (member.position, (index, place))),
        );
        self.groups.push(Group {
            app,
            registered: Counts::default(),
            matched,
            rows: Vec::with_capacity(part.len()),
            amis: Vec::new(),
            zones: Vec::new(),
        });
    }
}

/// Most instances each group may show so that all together stay within `budget`, at least 1.
fn fair_share(mut sizes: Vec<usize>, budget: usize) -> usize {
    sizes.sort_unstable();
    let (mut left, mut groups) = (budget, sizes.len());
    for size in sizes {
        let share = left / groups.max(1);
        if size > share {
            return share.max(1);
        }
        left -= size;
        groups -= 1;
    }
    budget
}

/// Puts the rows into their places, and counts images and zones of the applications shown.
fn fill<'a>(rows: impl Iterator<Item = InstanceRow<'a>>, shown: &mut Shown<'a>) {
    let index_of: HashMap<&str, usize> =
        shown.groups.iter().enumerate().map(|(index, group)| (group.app, index)).collect();
    let mut placed = Vec::with_capacity(shown.places.len());
    for (position, row) in rows.enumerate() {
        if let Some(&place) = shown.places.get(&position) {
            placed.push((place, row));
        }
        if row.ami.is_none() && row.zone.is_none() {
            continue;
        }
        if let Some(group) = index_of.get(row.app).and_then(|&at| shown.groups.get_mut(at)) {
            count(&mut group.amis, row.ami);
            count(&mut group.zones, row.zone);
        }
    }
    placed.sort_unstable_by_key(|(place, _)| *place);
    for ((index, _), row) in placed {
        if let Some(group) = shown.groups.get_mut(index) {
            group.rows.push(row);
        }
    }
}

/// Counts `name` in a list kept sorted by name.
fn count<'a>(list: &mut Vec<(&'a str, usize)>, name: Option<&'a str>) {
    let Some(name) = name else { return };
    match list.binary_search_by(|(known, _)| (*known).cmp(name)) {
        Ok(at) => {
            if let Some((_, count)) = list.get_mut(at) {
                *count += 1;
            }
        }
        Err(at) => list.insert(at, (name, 1)),
    }
}
