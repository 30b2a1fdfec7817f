//! The values of all meters at one moment, independent of how they are shown.

/// What a meter measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeterKind {
    /// A number that only grows.
    Counter,
    /// A number that rises and falls.
    Gauge,
    /// Times, in seconds.
    Timer,
    /// Sizes, in the unit of the family.
    Summary,
}

/// One value of a series.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// Of a counter or gauge.
    Value(f64),
    /// Of a timer (seconds) or summary (its unit).
    Distribution {
        /// How many.
        count: u64,
        /// All of them added up.
        total: f64,
        /// The largest of the last minutes; at least one, at most those since two readings.
        max: f64,
        /// Upper bound, inclusive, and how many were at or below it.
        buckets: Vec<(f64, u64)>,
    },
}

/// The values of one combination of tags.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Names and values, sorted by name.
    pub tags: Vec<(String, String)>,
    /// The value.
    pub sample: Sample,
}

/// All series of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Dotted name, e.g. `eureka.server.renewals`.
    pub name: String,
    /// What it measures.
    pub kind: MeterKind,
    /// One sentence for people.
    pub description: String,
    /// Unit in the plural (`bytes`, `files`), empty when there is none. Timers have `seconds`.
    pub unit: String,
    /// At least one.
    pub series: Vec<Series>,
}
