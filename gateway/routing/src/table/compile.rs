//! From definitions to a table, all faults at once.

use std::sync::Arc;

use super::Table;
use crate::definition::{GatewayDefinition, is_same_parts};
use crate::{Route, RouteDefinition, RouteError, Settings};

/// A table and what its maker should know.
#[derive(Debug)]
pub struct Compiled {
    /// The routes.
    pub table: Table,
    /// A sentence each.
    pub warnings: Vec<String>,
}

/// Compiles routes of files, of the API and of discovery, in this order (RD-8).
///
/// Routes whose definition is the same as in `previous` are taken over with everything that hangs
/// on them (DL-11, BY-6). A discovered route with an id that is already there is left out. An odd
/// one disables itself only (UC-14).
///
/// # Errors
/// Every fault of every route; the table in use should stay. If the configuration is tolerant
/// (CF-17), routes with faults are warnings instead.
pub fn compile(
    gateway: &GatewayDefinition,
    added: &[RouteDefinition],
    discovered: &[RouteDefinition],
    settings: &Arc<Settings>,
    previous: Option<&Table>,
) -> Result<Compiled, Vec<RouteError>> {
    let same = |table: &&Table| {
        *table.settings == **settings
            && is_same_parts(&table.default_filters, &gateway.default_filters)
    };
    let previous = previous.filter(same);
    let default_filters = match previous {
        Some(table) => Arc::clone(&table.default_filters),
        None => Arc::from(gateway.default_filters.as_slice()),
    };
    let mut warnings: Vec<String> = gateway.dropped.iter().map(ToString::to_string).collect();
    let mut errors = Vec::new();
    let mut routes: Vec<Arc<Route>> = Vec::new();
    let mut ids = std::collections::HashSet::new();
    let tolerant = gateway.is_tolerant();
    let configured = gateway.routes.iter().map(|route| (route, tolerant));
    let all = configured
        .chain(added.iter().map(|route| (route, tolerant)))
        .chain(discovered.iter().map(|route| (route, true)));
    for (definition, may_drop) in all {
        if !definition.enabled || !ids.insert(definition.id.as_str()) {
            continue;
        }
        let kept = previous.and_then(|table| table.route(&definition.id));
        if let Some(route) = kept.filter(|route| route.is_of(definition)) {
            routes.push(Arc::clone(route));
            continue;
        }
        match Route::compile(definition, &gateway.default_filters, settings, &mut warnings) {
            Ok(route) => routes.push(Arc::new(route)),
            Err(faults) if may_drop => {
                warnings
                    .extend(faults.iter().map(|fault| format!("{fault}; the route is left out")));
            }
            Err(faults) => errors.extend(faults),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Compiled { table: Table::new(routes, Arc::clone(settings), default_filters), warnings })
}
