//! An address with room for one request more, where the number at each is limited (DS-10).

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use eureka_client::Endpoint;
use gateway_routing::{Answer, Upstream};

use super::failed::Failed;
use super::target::{Finding, Target};
use crate::entrance::seen::Seen;
use crate::fault;
use crate::in_flight::{Held, Places, RouteCap};

/// Counts a request that goes through a route until its end.
///
/// # Errors
/// As many as may be are under way.
pub(super) fn enter(cap: &RouteCap, seen: &Seen) -> Result<(), Box<Answer>> {
    let held = cap.enter().map_err(|_| fault::full("the route has enough requests under way"))?;
    seen.hold(held);
    Ok(())
}

/// Chooses an address that is not the gateway's own, with room if that has a limit. What is held
/// counts until it is dropped.
pub(super) fn choose<'a>(
    upstream: &'a Upstream,
    finding: &Finding<'a, '_>,
    stale: &[Arc<Endpoint>],
    (cap, places, own): (Option<&RouteCap>, &Places, Option<&(String, String)>),
) -> Result<(Target<'a>, Option<Held>), Failed> {
    let found = free(upstream, finding, stale, (cap, places))?;
    let is_own = |endpoint: &Arc<Endpoint>| {
        let info = endpoint.info();
        own.is_some_and(|(app, id)| info.id() == id && *info.app == **app)
    };
    if found.0.endpoint().is_some_and(is_own) {
        // It would come back as it is, again and again (HO-8).
        return Err(Failed::refused(Box::new(fault::circle())));
    }
    Ok(found)
}

/// Chooses as [`Target::choose_fresh`] does, but passes over instances that are full, if there is
/// such a limit.
fn free<'a>(
    upstream: &'a Upstream,
    finding: &Finding<'a, '_>,
    stale: &[Arc<Endpoint>],
    (cap, places): (Option<&RouteCap>, &Places),
) -> Result<(Target<'a>, Option<Held>), Failed> {
    let Some(cap) = cap.filter(|cap| cap.instance_max > 0) else {
        return Ok((Target::choose_fresh(upstream, finding, stale)?, None));
    };
    let mut full: Vec<Arc<Endpoint>> = Vec::new();
    loop {
        let target = if full.is_empty() {
            Target::choose_fresh(upstream, finding, stale)?
        } else {
            let passed_over = [finding.tried, &full].concat();
            let others = Finding { tried: &passed_over, may_repeat: false, ..*finding };
            Target::choose_fresh(upstream, &others, stale).map_err(|_| refused(cap))?
        };
        if let Some(held) = places.enter(target.place(), cap.instance_max) {
            return Ok((target, Some(held)));
        }
        let is_new = |endpoint: &&Arc<Endpoint>| !full.iter().any(|one| Arc::ptr_eq(one, endpoint));
        match target.endpoint().filter(is_new) {
            Some(endpoint) => full.push(Arc::clone(endpoint)),
            None => return Err(refused(cap)),
        }
    }
}

fn refused(cap: &RouteCap) -> Failed {
    cap.refused_by_instances.fetch_add(1, Relaxed);
    Failed::refused(Box::new(fault::full("every instance of the service has enough requests")))
}
