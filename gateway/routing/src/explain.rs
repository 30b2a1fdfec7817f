//! Why a request takes the route it takes, and why it does not take the others (AC-15).

use crate::captures::Captures;
use crate::{Request, Table};

/// One route's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Id of the route.
    pub id: String,
    /// Its `order`.
    pub order: i32,
    /// What became of the request.
    pub verdict: Verdict,
}

/// What became of a request at a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It takes the request; its variables.
    Takes(Vec<(String, String)>),
    /// It would, but an earlier route does.
    Shadowed,
    /// Conditions that do not hold, each with what was seen instead.
    Refuses(Vec<String>),
}

/// Asks every route of the table, in order. Linear, for people.
#[must_use]
pub fn explain(table: &Table, request: &Request<'_>) -> Vec<Explained> {
    let mut is_taken = false;
    let mut explained = Vec::with_capacity(table.routes().len());
    for (position, route) in table.routes().iter().enumerate() {
        let mut captures = Captures::default();
        captures.reset(route.variables());
        let mut reasons = Vec::new();
        for predicate in route.predicates() {
            let is_weight = matches!(predicate, crate::predicate::Predicate::Weight { .. });
            let holds = if is_weight {
                table.is_drawn(position, request.random)
            } else {
                predicate.holds(request, &mut captures)
            };
            if !holds {
                reasons.push(format!("{predicate}: {}", predicate.seen(request)));
            }
        }
        let verdict = if !reasons.is_empty() {
            Verdict::Refuses(reasons)
        } else if std::mem::replace(&mut is_taken, true) {
            Verdict::Shadowed
        } else {
            Verdict::Takes(route.variable_values(&captures, request))
        };
        let order = route.definition().order;
        explained.push(Explained { id: route.id().to_owned(), order, verdict });
    }
    explained
}
