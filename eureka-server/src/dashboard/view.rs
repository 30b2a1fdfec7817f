//! What the templates read: the model with its words, links and clipped texts.

use std::hash::{DefaultHasher, Hash, Hasher};

use eureka_wire::InstanceStatus;

use super::format::{self, Count, Span, Text};
use super::model::{InstanceRow, Page};
use super::outlook::{Outlook, outlook};
use super::select::Group;

/// Metadata entries shown for an instance.
const METADATA_MAX: usize = 30;
/// Images or zones named for an application.
const NAMES_MAX: usize = 5;
/// A page that nobody narrowed unfolds its applications up to so many instances.
const UNFOLDED_MAX: usize = 20;

/// An application with the part of its instances that is shown.
pub(super) struct GroupView<'p> {
    page: &'p Page<'p>,
    group: &'p Group<'p>,
    pub(super) is_open: bool,
}

impl<'p> GroupView<'p> {
    /// The applications of a page.
    pub(super) fn all(page: &'p Page<'p>) -> Vec<Self> {
        let groups = &page.selection.groups;
        let shown: usize = groups.iter().map(|group| group.rows.len()).sum();
        let is_open = page.query.is_narrowed() || shown <= UNFOLDED_MAX;
        groups.iter().map(|group| Self { page, group, is_open }).collect()
    }

    pub(super) fn app(&self) -> Text<'p> {
        Text(self.group.app)
    }

    pub(super) fn key(&self) -> String {
        key(&[self.group.app])
    }

    /// `UP (2)` for each status there is, the worst first.
    pub(super) fn badges(&self) -> impl Iterator<Item = Badge> {
        Badge::all(self.group.registered)
    }

    /// `3 of 200` when filters hide some, else the number alone.
    pub(super) fn size(&self) -> String {
        let (matched, all) = (self.group.matched, self.group.registered.total());
        let noun = if all == 1 { "instance" } else { "instances" };
        if matched == all {
            format!("{} {noun}", Count(all as u64))
        } else {
            format!("{} of {} {noun}", Count(matched as u64), Count(all as u64))
        }
    }

    /// As in the Java dashboard: `n/a (2)` without images. Source: SPR-3.
    pub(super) fn amis(&self) -> String {
        names(&self.group.amis, "n/a ", self.group.registered.total())
    }

    /// As in the Java dashboard: `(2)` without zones. Source: SPR-3.
    pub(super) fn zones(&self) -> String {
        names(&self.group.zones, "", self.group.registered.total())
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = RowView<'p>> + use<'p> {
        let page = self.page;
        self.group.rows.iter().map(move |row| RowView::new(page, row))
    }

    /// Address of the application alone, when not all its matches are shown; `None` also
    /// when it would be overlong.
    pub(super) fn more(&self) -> Option<String> {
        let is_cut = self.page.query.app.is_none() && self.group.rows.len() < self.group.matched;
        let href = is_cut.then(|| self.page.query.with_app(Some(self.group.app)).href());
        href.filter(|href| format::is_short(href))
    }

    pub(super) fn shown(&self) -> Count {
        Count(self.group.rows.len() as u64)
    }

    pub(super) fn matched(&self) -> Count {
        Count(self.group.matched as u64)
    }
}

/// A status with its number of instances.
pub(super) struct Badge {
    pub(super) status: InstanceStatus,
    pub(super) count: Count,
}

impl Badge {
    pub(super) fn class(&self) -> &'static str {
        class(self.status)
    }

    pub(super) fn all(counts: super::Counts) -> impl Iterator<Item = Self> {
        InstanceStatus::ALL
            .into_iter()
            .map(move |status| Self { status, count: Count(counts.of(status) as u64) })
            .filter(|badge| badge.count.0 > 0)
    }
}

/// A named address of an instance.
pub(super) struct NamedLink<'p> {
    pub(super) name: &'static str,
    pub(super) text: Text<'p>,
    /// The address when it may be followed.
    pub(super) href: Option<&'p str>,
}

/// One instance.
pub(super) struct RowView<'p> {
    page: &'p Page<'p>,
    row: &'p InstanceRow<'p>,
    pub(super) outlook: Outlook,
}

impl<'p> RowView<'p> {
    fn new(page: &'p Page<'p>, row: &'p InstanceRow<'p>) -> Self {
        let outlook = outlook(row.lease, page.eviction, page.preservation.evicts());
        Self { page, row, outlook }
    }

    pub(super) fn key(&self) -> String {
        key(&[self.row.app, self.row.id])
    }

    pub(super) fn id(&self) -> Text<'p> {
        Text(self.row.id)
    }

    /// The status page, which the Java dashboard links from the id. Source: SPR-3.
    pub(super) fn link(&self) -> Option<&'p str> {
        format::web_link(self.row.status_page)
    }

    pub(super) fn status(&self) -> InstanceStatus {
        self.row.status
    }

    pub(super) fn class(&self) -> &'static str {
        class(self.row.status)
    }

    pub(super) fn override_status(&self) -> Option<InstanceStatus> {
        self.row.override_status
    }

    /// Whether the override is the status, so that naming it again would tell nothing.
    pub(super) fn is_overridden(&self) -> bool {
        self.row.override_status == Some(self.row.status)
    }

    pub(super) fn host(&self) -> Text<'p> {
        Text(self.row.host)
    }

    pub(super) fn ip(&self) -> Text<'p> {
        Text(self.row.ip)
    }

    /// `:8080`, `:8080, TLS :8443`, or nothing.
    pub(super) fn ports(&self) -> String {
        match (self.row.port, self.row.secure_port) {
            (Some(port), Some(secure)) => format!(":{port}, TLS :{secure}"),
            (Some(port), None) => format!(":{port}"),
            (None, Some(secure)) => format!(", TLS :{secure}"),
            (None, None) => String::new(),
        }
    }

    pub(super) fn registered(&self) -> Span {
        Span(self.row.lease.age)
    }

    pub(super) fn renewed(&self) -> String {
        match self.row.lease.silence {
            None => "not yet".to_owned(),
            Some(silence) if silence.as_secs() == 0 => "just now".to_owned(),
            Some(silence) => format!("{} ago", Span(silence)),
        }
    }

    pub(super) fn term(&self) -> Span {
        Span(self.row.lease.term)
    }

    /// When the instance last changed its own data, if it said so.
    pub(super) fn changed(&self) -> Option<String> {
        (self.row.last_dirty_ms > 0).then(|| format::timestamp(self.row.last_dirty_ms))
    }

    /// The texts that are there, with their names.
    pub(super) fn facts(&self) -> impl Iterator<Item = (&'static str, Text<'p>)> + use<'p> {
        let row = self.row;
        let facts = [
            ("VIP", row.vip),
            ("Secure VIP", row.secure_vip),
            ("Group", row.group),
            ("Zone", row.zone.unwrap_or_default()),
            ("AMI", row.ami.unwrap_or_default()),
        ];
        facts.into_iter().filter(|fact| !fact.1.is_empty()).map(|(name, text)| (name, Text(text)))
    }

    pub(super) fn metadata(&self) -> impl Iterator<Item = (Text<'p>, Text<'p>)> + use<'p> {
        let metadata = self.row.metadata;
        metadata.iter().take(METADATA_MAX).map(|(name, value)| (Text(name), Text(value)))
    }

    /// Metadata entries that are not shown.
    pub(super) fn metadata_hidden(&self) -> usize {
        self.row.metadata.len().saturating_sub(METADATA_MAX)
    }

    pub(super) fn has_metadata(&self) -> bool {
        !self.row.metadata.is_empty()
    }

    /// The addresses that are there.
    pub(super) fn links(&self) -> impl Iterator<Item = NamedLink<'p>> + use<'p> {
        let row = self.row;
        let links = [
            ("Home page", row.home_page),
            ("Status page", row.status_page),
            ("Health check", row.health_check),
            ("Secure health check", row.secure_health_check),
        ];
        links.into_iter().filter(|link| !link.1.is_empty()).map(|(name, url)| NamedLink {
            name,
            text: Text(url),
            href: format::web_link(url),
        })
    }

    /// Address of the instance in the REST interface; `None` when it would be overlong.
    pub(super) fn raw(&self) -> Option<String> {
        let mut path = String::from("eureka/apps/");
        format::encode_form(self.row.app, &mut path);
        path.push('/');
        format::encode_form(self.row.id, &mut path);
        format::is_short(&path).then(|| self.page.links.below_root(&path))
    }
}

/// Short mark by which the script finds the same row in the next version of the page.
fn key(parts: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

/// `a (1), b (2)`, or `none` with the number of all when there are no names.
fn names(list: &[(&str, usize)], none: &str, all: usize) -> String {
    if list.is_empty() {
        return format!("{none}({all})");
    }
    let mut texts: Vec<_> = list
        .iter()
        .take(NAMES_MAX)
        .map(|(name, count)| format!("{} ({count})", Text(name)))
        .collect();
    if list.len() > NAMES_MAX {
        texts.push(format!("and {} more", list.len() - NAMES_MAX));
    }
    texts.join(", ")
}

/// Class of a status in the style sheet.
pub(super) const fn class(status: InstanceStatus) -> &'static str {
    match status {
        InstanceStatus::Down => "down",
        InstanceStatus::OutOfService => "out",
        InstanceStatus::Starting => "starting",
        InstanceStatus::Unknown => "unknown",
        InstanceStatus::Up => "up",
    }
}
