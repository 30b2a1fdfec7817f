//! The two pages as HTML.

use askama::Template;
use eureka_wire::InstanceStatus;

use super::format::{self, Count, Text};
use super::links::Links;
use super::model::{Event, Page};
use super::preservation::{Banner, Explanation, Verdict};
use super::select::Counts;
use super::view::{GroupView, class};

#[cfg(test)]
mod tests;

/// How often the script asks for the page again, in milliseconds.
const REFRESH_MS: u32 = 5_000;

#[derive(Template)]
#[template(path = "dashboard/home.html", whitespace = "minimize")]
struct Home<'p> {
    page: &'p Page<'p>,
    links: &'p Links,
    words: Explanation,
    groups: Vec<GroupView<'p>>,
    refresh_ms: u32,
}

/// A filter by status with the number of instances behind it.
struct Chip {
    label: &'static str,
    class: &'static str,
    count: Count,
    href: String,
    is_chosen: bool,
}

impl Page<'_> {
    /// The whole first page.
    ///
    /// # Errors
    ///
    /// None that the model could cause; the template engine reserves the right to fail.
    pub fn render(&self) -> askama::Result<String> {
        let home = Home {
            page: self,
            links: &self.links,
            words: self.preservation.explain(),
            groups: GroupView::all(self),
            refresh_ms: REFRESH_MS,
        };
        home.render()
    }
}

impl Home<'_> {
    fn title(&self) -> &'static str {
        "Eureka"
    }

    fn now(&self) -> String {
        format::timestamp(self.page.now_ms)
    }

    fn uptime(&self) -> String {
        format::uptime(self.page.system.uptime)
    }

    fn evicts(&self) -> bool {
        self.page.preservation.evicts()
    }

    fn banner(&self) -> Option<Banner> {
        self.page.preservation.banner()
    }

    /// The banner's alarm in proportion, where it cries wolf.
    fn reassurance(&self) -> Option<&'static str> {
        match self.page.preservation.verdict() {
            Verdict::Empty => Some("Nothing is registered, so nothing is wrong."),
            Verdict::TooSmall => Some("With so few instances this is normal: see below."),
            Verdict::Disabled
            | Verdict::NotNeeded
            | Verdict::NothingExpected
            | Verdict::Starting
            | Verdict::Protecting => None,
        }
    }

    /// Class of the self-preservation card: calm, cautious or alarmed.
    fn mood(&self) -> &'static str {
        match self.page.preservation.verdict() {
            Verdict::NotNeeded => "good",
            Verdict::Starting | Verdict::Empty => "calm",
            Verdict::Disabled | Verdict::NothingExpected | Verdict::TooSmall => "warn",
            Verdict::Protecting => "bad",
        }
    }

    fn verdict(&self) -> &'static str {
        match self.page.preservation.verdict() {
            Verdict::NotNeeded => "Off",
            Verdict::Starting
            | Verdict::NothingExpected
            | Verdict::Empty
            | Verdict::TooSmall
            | Verdict::Protecting => "On",
            Verdict::Disabled => "Disabled",
        }
    }

    fn registered(&self) -> Counts {
        self.page.selection.registered
    }

    fn instances(&self) -> Count {
        Count(self.registered().total() as u64)
    }

    fn applications(&self) -> Count {
        Count(self.page.selection.registered_apps as u64)
    }

    fn not_up(&self) -> Count {
        Count(self.registered().not_up() as u64)
    }

    fn renewals(&self) -> Count {
        Count(self.page.preservation.renewals_last_minute)
    }

    fn threshold(&self) -> Count {
        Count(self.page.preservation.threshold)
    }

    /// Renewals seen and needed as lengths of a bar of 1000.
    fn bar(&self) -> (u64, u64) {
        let (seen, needed) =
            (self.page.preservation.renewals_last_minute, self.page.preservation.threshold);
        let full = u128::from(seen.max(needed)) * 5 / 4 + 1;
        let part = |value: u64| u64::try_from(u128::from(value) * 1_000 / full).unwrap_or(1_000);
        (part(seen), part(needed))
    }

    fn seen_length(&self) -> u64 {
        self.bar().0
    }

    fn needed_length(&self) -> u64 {
        self.bar().1
    }

    fn chips(&self) -> Vec<Chip> {
        let (query, found) = (self.page.query, self.page.selection.found);
        let all = Chip {
            label: "All",
            class: "all",
            count: Count(found.total() as u64),
            href: query.with_status(None).href(),
            is_chosen: query.status.is_none(),
        };
        let one = |status: InstanceStatus| Chip {
            label: status.as_str(),
            class: class(status),
            count: Count(found.of(status) as u64),
            href: query.with_status(Some(status)).href(),
            is_chosen: query.status == Some(status),
        };
        let worth = |status: &InstanceStatus| {
            *status == InstanceStatus::Up || found.of(*status) > 0 || query.status == Some(*status)
        };
        std::iter::once(all)
            .chain(InstanceStatus::ALL.into_iter().rev().filter(worth).map(one))
            .collect()
    }

    /// What the list holds, in one line.
    fn summary(&self) -> String {
        let selection = &self.page.selection;
        let (matched, apps) = (Count(selection.matched as u64), selection.matched_apps);
        let instances = if selection.matched == 1 { "instance" } else { "instances" };
        let applications = if apps == 1 { "application" } else { "applications" };
        let apps = Count(apps as u64);
        let found = format!("{matched} {instances} in {apps} {applications}");
        if self.page.query.is_narrowed() {
            format!("{found}, of {} in all", self.instances())
        } else {
            found
        }
    }

    fn all_apps(&self) -> String {
        self.page.query.with_app(None).href()
    }

    fn clear(&self) -> String {
        super::Query::parse("").href()
    }

    fn chosen_app(&self) -> Option<Text<'_>> {
        self.page.query.app.as_deref().map(Text)
    }

    fn previous(&self) -> Option<String> {
        let page = self.page.selection.page;
        (page > 1).then(|| self.page.query.with_page(page - 1).href())
    }

    fn next(&self) -> Option<String> {
        let (page, pages) = (self.page.selection.page, self.page.selection.pages);
        (page < pages).then(|| self.page.query.with_page(page + 1).href())
    }

    fn page_number(&self) -> Count {
        Count(self.page.selection.page as u64)
    }

    fn pages(&self) -> Count {
        Count(self.page.selection.pages as u64)
    }
}

/// Which list of recent events is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// Instances that left: by themselves or by eviction.
    #[default]
    Cancelled,
    /// Instances that came; a repeated registration counts again.
    Registered,
}

impl Tab {
    /// Reads the query part of an address; anything but `tab=registered` is the first tab.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let is_registered = query.split('&').any(|pair| pair == "tab=registered");
        if is_registered { Self::Registered } else { Self::Cancelled }
    }
}

/// The page of recent events, with one of its two lists. Source: SPR-5.
#[derive(Debug, Template)]
#[template(path = "dashboard/last_n.html", whitespace = "minimize")]
pub struct LastN<'a> {
    /// Now, milliseconds since the epoch.
    pub now_ms: u64,
    /// Addresses of the pages and assets, relative to the request.
    pub links: Links,
    /// Facts about this server.
    pub system: super::System<'a>,
    /// List shown.
    pub tab: Tab,
    /// Its events, newest first.
    pub events: &'a [Event<'a>],
}

impl LastN<'_> {
    /// The whole page.
    ///
    /// # Errors
    ///
    /// None that the model could cause; the template engine reserves the right to fail.
    pub fn render(&self) -> askama::Result<String> {
        Template::render(self)
    }

    fn title(&self) -> &'static str {
        "Eureka - Last N events"
    }

    fn refresh_ms(&self) -> u32 {
        REFRESH_MS
    }

    fn count(&self) -> Count {
        Count(self.events.len() as u64)
    }

    fn now(&self) -> String {
        format::timestamp(self.now_ms)
    }

    fn is_registered(&self) -> bool {
        self.tab == Tab::Registered
    }
}
