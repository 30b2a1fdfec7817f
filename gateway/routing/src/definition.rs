//! Routes as written: names and texts, before anything is looked up.

mod gateway;
mod known;
mod read;
mod same;
mod shortcut;

pub use gateway::{GatewayDefinition, gateway_tree};
pub use known::{unknown_below, unknown_keys};
pub(crate) use read::parts;
pub(crate) use same::{is_same_parts, is_same_route};
pub(crate) use shortcut::POSITION;

use crate::{Node, Origin, RouteError};

/// A predicate or filter as written: a name and texts, in either syntax (RD-9, RD-13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartDefinition {
    /// Name of the factory, e.g. `StripPrefix`.
    pub name: String,
    /// Arguments in the order written. Keys of the one-line syntax are `_genkey_0`, `_genkey_1`…;
    /// nested keys are joined with dots, list positions in brackets.
    pub args: Vec<ArgDefinition>,
    /// Where it was written.
    pub origin: Origin,
}

/// One argument as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgDefinition {
    /// Name as written or made up for a position.
    pub key: String,
    /// Text as written.
    pub value: String,
    /// Where it was written.
    pub origin: Origin,
}

/// A route as written (RD-1 to RD-15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteDefinition {
    /// Its name; made from its content when none was written.
    pub id: String,
    /// Target as written, e.g. `lb://product-service`.
    pub uri: String,
    /// Lower comes first.
    pub order: i32,
    /// Conditions, all of which have to hold.
    pub predicates: Vec<PartDefinition>,
    /// Own filters, without default filters.
    pub filters: Vec<PartDefinition>,
    /// Whatever its writer wants to say about it; some keys have a meaning (RD-7).
    pub metadata: Node,
    /// Whether it takes part (RD-6).
    pub enabled: bool,
    /// Where it was written.
    pub origin: Origin,
}

impl PartDefinition {
    /// Reads the one-line syntax, e.g. `Path=/a/**,/b/**`. `None` for an empty name.
    #[must_use]
    pub fn from_shortcut(text: &str, origin: &Origin) -> Option<Self> {
        shortcut::part(text, origin)
    }

    /// A part with positional arguments, as a program makes it.
    #[must_use]
    pub fn new(name: &str, args: &[(&str, &str)]) -> Self {
        let origin = Origin::unknown();
        let arg = |(key, value): &(&str, &str)| ArgDefinition {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            origin: origin.clone(),
        };
        Self { name: name.to_owned(), args: args.iter().map(arg).collect(), origin: origin.clone() }
    }
}

impl RouteDefinition {
    /// Reads a route from the place of a list of routes, in any of its three forms.
    ///
    /// # Errors
    /// Everything that is wrong with its shape: no `uri`, no predicates, a predicate without `=`,
    /// a field that does not exist.
    pub fn read(node: &Node) -> Result<Self, Vec<RouteError>> {
        read::route(node)
    }
}
