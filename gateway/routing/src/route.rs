//! A route, checked and compiled: conditions, filters, target.

use std::fmt::Write as _;
use std::time::Duration;

use crate::captures::{Captures, Names};
use crate::cors::CorsPolicy;
use crate::filter::{self, Chain};
use crate::firewall::PathPolicy;
use crate::predicate::{Predicate, Predicates, build};
use crate::value::{duration, switch};
use crate::{Node, PartDefinition, Request, RouteDefinition, RouteError, Settings, Upstream};

/// A route ready to take requests. Shared by tables as long as its definition is the same.
#[derive(Debug)]
pub struct Route {
    definition: RouteDefinition,
    upstream: Upstream,
    /// In the order written.
    predicates: Box<[Predicate]>,
    /// Positions of predicates, cheap ones first.
    tests: Box<[usize]>,
    names: Names,
    chain: Chain,
    timeouts: Timeouts,
    cors: Option<CorsPolicy>,
    path_policy: PathPolicy,
}

/// Time limits that a route's metadata sets (TO-1 to TO-4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// For connecting; the gateway's own if none.
    pub connect: Option<Duration>,
    /// From sending to the answer's headers.
    pub response: ResponseTimeout,
}

/// How long a route waits for an answer's headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseTimeout {
    /// As long as the gateway's setting says.
    #[default]
    Inherited,
    /// For ever, whatever the gateway's setting says.
    Unlimited,
    /// This long.
    After(Duration),
}

impl Route {
    /// Checks and compiles a definition. `default_filters` come with every route.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn compile(
        definition: &RouteDefinition,
        default_filters: &[PartDefinition],
        settings: &Settings,
        warnings: &mut Vec<String>,
    ) -> Result<Self, Vec<RouteError>> {
        let id = &definition.id;
        let mut errors = Vec::new();
        let mut own_warnings = Vec::new();
        let upstream = match Upstream::parse(&definition.uri) {
            Ok((upstream, warning)) => {
                own_warnings.extend(warning);
                Some(upstream)
            }
            Err(problem) => {
                errors.push(RouteError::at(&definition.origin, format!("uri: {problem}")));
                None
            }
        };
        let mut predicates = Predicates::default();
        let mut notes = Vec::new();
        for part in &definition.predicates {
            errors.extend(build(part, settings, &mut predicates, &mut notes).err());
        }
        if weights(&predicates.list).count() > 1 {
            let problem = "it has two Weight predicates; a route is in one group";
            errors.push(RouteError::at(&definition.origin, problem));
        }
        let mut scope = filter::Scope {
            names: &predicates.names,
            settings,
            route_id: id,
            warnings: &mut notes,
        };
        // Without its predicates every variable would be unknown.
        let chain = if errors.is_empty() {
            filter::chain(default_filters, &definition.filters, &mut scope)
        } else {
            Ok(Chain::default())
        };
        let chain = chain.map_err(|more| errors.extend(more)).unwrap_or_default();
        let cors = definition.metadata.get("cors").map(CorsPolicy::read).transpose();
        let cors = cors.map_err(|error| errors.push(error.in_part("cors"))).ok().flatten();
        let timeouts = timeouts(&definition.metadata, &mut own_warnings);
        let at = |text: String| format!("{}: route {id}: {text}", definition.origin);
        warnings.extend(own_warnings.into_iter().map(at));
        warnings.append(&mut notes);
        let Some(upstream) = upstream.filter(|_| errors.is_empty()) else {
            return Err(errors.into_iter().map(|error| error.in_route(id)).collect());
        };
        let mut tests: Vec<usize> = (0..predicates.list.len()).collect();
        tests.sort_by_key(|at| predicates.list.get(*at).map(Predicate::cost));
        Ok(Self {
            upstream,
            predicates: predicates.list.into_boxed_slice(),
            tests: tests.into_boxed_slice(),
            names: predicates.names,
            chain,
            timeouts,
            cors,
            path_policy: path_policy(&definition.metadata),
            definition: definition.clone(),
        })
    }

    /// Whether all conditions hold, weights aside. Variables go to `captures`.
    #[must_use]
    pub fn is_match(&self, request: &Request<'_>, captures: &mut Captures) -> bool {
        captures.reset(self.names.len());
        let mut tests = self.tests.iter().filter_map(|at| self.predicates.get(*at));
        tests.all(|predicate| predicate.holds(request, captures))
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.definition.id
    }

    /// What it was made from.
    #[must_use]
    pub const fn definition(&self) -> &RouteDefinition {
        &self.definition
    }

    /// Where its requests go.
    #[must_use]
    pub const fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Its filters, default filters included.
    #[must_use]
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Its time limits.
    #[must_use]
    pub const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Its own CORS rules, which hide those of the gateway (CO-12).
    #[must_use]
    pub const fn cors(&self) -> Option<&CorsPolicy> {
        self.cors.as_ref()
    }

    /// What it takes in paths although the gateway does not (PN-3, PN-6, PN-7).
    #[must_use]
    pub const fn path_policy(&self) -> &PathPolicy {
        &self.path_policy
    }

    /// A variable by name, of a request that matched.
    #[must_use]
    pub fn variable(&self, name: &str, context: &crate::Context<'_>) -> Option<String> {
        let slot = self.names.find(name)?;
        let found = context.captures.value(slot, context.path, context.host)?;
        Some(found.text.into_owned())
    }

    /// All variables that have a value, by name.
    pub(crate) fn variable_values(
        &self,
        captures: &Captures,
        request: &Request<'_>,
    ) -> Vec<(String, String)> {
        let value = |(slot, name): (usize, &str)| {
            let found = captures.value(slot, request.path, request.host)?;
            Some((name.to_owned(), found.text.into_owned()))
        };
        self.names.iter().enumerate().filter_map(value).collect()
    }

    /// Its conditions as the actuator shows them: `(A && B)` (AC-2).
    #[must_use]
    pub fn predicate_text(&self) -> String {
        let mut out = String::new();
        for (index, predicate) in self.predicates.iter().enumerate() {
            if index == 0 {
                let _ = write!(out, "{predicate}");
            } else {
                out = format!("({out} && {predicate})");
            }
        }
        out
    }

    pub(crate) fn predicates(&self) -> &[Predicate] {
        &self.predicates
    }

    pub(crate) const fn variables(&self) -> usize {
        self.names.len()
    }

    /// Group and weight, if it has them.
    pub(crate) fn weight(&self) -> Option<(&str, u32)> {
        weights(&self.predicates).next()
    }

    /// Whether compiling this definition again would make the same.
    pub(crate) fn is_of(&self, definition: &RouteDefinition) -> bool {
        crate::definition::is_same_route(&self.definition, definition)
    }
}

fn weights(predicates: &[Predicate]) -> impl Iterator<Item = (&str, u32)> {
    predicates.iter().filter_map(|predicate| {
        if let Predicate::Weight { group, weight } = predicate {
            Some((&**group, *weight))
        } else {
            None
        }
    })
}

/// Bare numbers are milliseconds; what cannot be read leaves the gateway's setting (TO-4).
fn timeouts(metadata: &Node, warnings: &mut Vec<String>) -> Timeouts {
    let mut read = |key: &str| {
        let text = metadata.text_at(key)?;
        let read = duration(text);
        if read.is_none() && text != "-1" {
            warnings.push(format!("{key} {text:?} is not a time; the gateway's own counts"));
        }
        Some((text == "-1", read))
    };
    let connect = read("connect-timeout").and_then(|(_, time)| time);
    let response = match read("response-timeout") {
        Some((true, _)) => ResponseTimeout::Unlimited,
        Some((_, Some(time))) => ResponseTimeout::After(time),
        Some((_, None)) | None => ResponseTimeout::Inherited,
    };
    Timeouts { connect, response }
}

fn path_policy(metadata: &Node) -> PathPolicy {
    let on = |key: &str| metadata.text_at(&format!("gateway.{key}")).and_then(switch) == Some(true);
    PathPolicy {
        matrix: on("allow-matrix"),
        encoded_slash: on("allow-encoded-slash"),
        encoded_percent: on("allow-encoded-percent"),
        ..PathPolicy::STRICT
    }
}
