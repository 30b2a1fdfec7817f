//! A step, done to a registry.

use eureka_registry::registry::Totals;
use eureka_registry::{Moment, Registry, Renewal};

use crate::steps::Step;

/// Does what `step` says at `now`; returns what it adds to the registry's totals.
pub(crate) fn step(registry: &Registry, step: &Step, now: Moment) -> Totals {
    let mut done = Totals::default();
    match step {
        Step::Register { registration, origin } => {
            registry.register(registration.0.clone(), *origin, now);
            done.registrations += 1;
        }
        Step::Renew { who, beat, times } => {
            for _ in 0..*times {
                let renewal = registry.renew(who.app, who.id, *beat, now);
                done.renewals += u64::from(renewal != Renewal::Unknown);
            }
        }
        Step::Cancel { who } => {
            done.cancellations += u64::from(registry.cancel(who.app, who.id, now));
        }
        Step::SetOverride { who, status, last_dirty } => {
            registry.set_override(who.app, who.id, *status, *last_dirty, now);
        }
        Step::RemoveOverride { who, status, last_dirty } => {
            registry.remove_override(who.app, who.id, *status, *last_dirty, now);
        }
        Step::SetMetadata { who, entries, origin } => {
            let found = registry.set_metadata(who.app, who.id, entries, *origin, now);
            done.registrations += u64::from(found);
        }
        Step::Evict { lateness_ms, seed } => {
            let evicted = registry.evict(now, *lateness_ms, *seed);
            done.evictions += u64::try_from(evicted).unwrap();
        }
        Step::Correct => registry.correct_expected_clients(),
        Step::ExpireChanges => registry.expire_changes(now),
        Step::Pass { .. } | Step::JumpWall { .. } => {}
    }
    done
}
