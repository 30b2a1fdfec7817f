//! The pages for people: the registry at a glance, and the recent events.
//!
//! Pure: a model of plain data in, one HTML text out. The pages work without JavaScript; where there
//! is script it fetches the same page again and swaps what changed. Style and script are files of
//! their own, so that [`CONTENT_SECURITY_POLICY`] can forbid everything else.
//!
//! The server parses a [`Query`], runs [`select()`] over rows it makes on the fly from the registry,
//! fills a [`Page`] and sends what [`Page::render`] gives as `text/html;charset=UTF-8`.
//! Source: SPR-1 to SPR-5.

mod assets;
mod format;
mod links;
mod matcher;
mod model;
mod outlook;
mod page;
mod preservation;
mod query;
mod select;
mod view;

#[cfg(test)]
mod fixture;

pub use assets::{CONTENT_SECURITY_POLICY, asset};
pub use links::Links;
pub use model::{Event, EvictionSchedule, Fact, InstanceRow, LeaseRow, Page, Replica, System};
pub use page::{LastN, Tab};
pub use preservation::SelfPreservation;
pub use query::Query;
pub use select::{APPS_PER_PAGE, Counts, Group, INSTANCES_PER_PAGE, Selection, select};
