//! Which indexes lead to the rows of a list.

/// Which indexes a statement may use.
///
/// PostgreSQL decides by its statistics. SQLite has none and takes every filter for narrow: it would
/// find the million products that are active by the index on the status, and sort them all for one
/// page. There, a look at how many rows there are decides, and a `+` before a column keeps its
/// indexes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Whichever the engine likes best.
    Planned,
    /// The index of the order is walked until there are enough rows.
    Order,
    /// The few rows that meet the condition of this number are sorted.
    Condition(usize),
    /// The few rows that the search leads to are sorted.
    Terms,
    /// The search is followed, row by row.
    Found,
}

impl Way {
    /// What stands before the columns of the condition `number`.
    pub(crate) fn condition(self, number: usize) -> &'static str {
        prefix(self == Self::Planned || self == Self::Condition(number))
    }

    /// What stands before the columns of the order.
    pub(crate) const fn order(self) -> &'static str {
        prefix(matches!(self, Self::Planned | Self::Order))
    }
}

const fn prefix(may_use_index: bool) -> &'static str {
    if may_use_index { "" } else { "+" }
}
