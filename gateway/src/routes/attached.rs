//! What hangs on a route beside its definition: whatever is counted or remembered between requests.
//!
//! It lives as long as the route's definition stays the same, through reloads and changes of
//! discovery (BY-6).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use gateway_routing::{Route, RouteError};

use crate::stateful::Plan;

/// What hangs on one route.
#[derive(Debug)]
pub(crate) struct Attached {
    /// A number that no other route of this process has or had.
    pub(crate) key: u32,
    /// Whether its upstream must not see the token (JH-5).
    pub(crate) strips_authorization: bool,
    /// What it does besides its pure filters.
    pub(crate) plan: Plan,
}

impl Attached {
    fn new(route: &Route, plan: Plan) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let strip = route.definition().metadata.text_at("gateway.security.strip-authorization");
        Self {
            key: NEXT.fetch_add(1, Relaxed),
            strips_authorization: strip.is_some_and(|word| word.eq_ignore_ascii_case("true")),
            plan,
        }
    }
}

/// What hangs on each route of a table, by position.
pub(super) type Hanging = Box<[Arc<Attached>]>;

/// What hangs on each of `routes`: taken over where the route is one of `before`, else new. The
/// texts are warnings.
///
/// # Errors
/// What the filters of the routes cannot do, all at once.
pub(super) fn carry_over<'a>(
    routes: &[Arc<Route>],
    before: impl Iterator<Item = (&'a Arc<Route>, &'a Arc<Attached>)>,
    make: impl Fn(&Route) -> Result<(Plan, Vec<String>), RouteError>,
) -> Result<(Hanging, Vec<String>), Vec<RouteError>> {
    let before: HashMap<_, _> =
        before.map(|(route, attached)| (Arc::as_ptr(route), attached)).collect();
    let (mut all, mut warnings, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for route in routes {
        if let Some(attached) = before.get(&Arc::as_ptr(route)) {
            all.push(Arc::clone(attached));
            continue;
        }
        match make(route) {
            Ok((plan, more)) => {
                warnings.extend(more);
                all.push(Arc::new(Attached::new(route, plan)));
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok((all.into(), warnings)) } else { Err(errors) }
}
