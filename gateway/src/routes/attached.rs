//! What hangs on a route beside its definition: whatever is counted or remembered between requests.
//!
//! It lives as long as the route's definition stays the same, through reloads and changes of
//! discovery (BY-6).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use gateway_routing::Route;

/// What hangs on one route.
#[derive(Debug)]
pub(crate) struct Attached {
    /// A number that no other route of this process has or had.
    pub(crate) key: u32,
    /// Whether its upstream must not see the token (JH-5).
    pub(crate) strips_authorization: bool,
}

impl Attached {
    pub(crate) fn new(route: &Route) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let strip = route.definition().metadata.text_at("gateway.security.strip-authorization");
        Self {
            key: NEXT.fetch_add(1, Relaxed),
            strips_authorization: strip.is_some_and(|word| word.eq_ignore_ascii_case("true")),
        }
    }
}

/// What hangs on each of `routes`: taken over where the route is one of `before`, else new.
pub(super) fn carry_over<'a>(
    routes: &[Arc<Route>],
    before: impl Iterator<Item = (&'a Arc<Route>, &'a Arc<Attached>)>,
) -> Box<[Arc<Attached>]> {
    let before: HashMap<_, _> =
        before.map(|(route, attached)| (Arc::as_ptr(route), attached)).collect();
    let attached = routes.iter().map(|route| match before.get(&Arc::as_ptr(route)) {
        Some(attached) => Arc::clone(attached),
        None => Arc::new(Attached::new(route)),
    });
    attached.collect()
}
