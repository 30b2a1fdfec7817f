//! All meters of a process: registration, collectors, reading.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

use super::cells::{Distribution, Sum};
use super::handle::{Counter, Gauge, SUMMARY_BOUNDS, Summary, TIMER_BOUNDS, Timer};
use super::snapshot::{Family, MeterKind, Sample, Series};
use crate::clock::Clock;

/// Series of one name beyond which further ones are dropped, and counted in
/// `metrics.series.dropped`: tags with values from outside must not fill the memory.
pub const SERIES_MAX: usize = 10_000;

/// A largest value is shown for one to two of these, or longer if nobody reads.
const MAX_WINDOW: Duration = Duration::from_secs(60);

const NANOS_PER_SECOND: f64 = 1e9;

type Tags = Vec<(String, String)>;
type Collect = Box<dyn Fn(&mut Collector) + Send + Sync>;

#[derive(Clone, Debug)]
enum Cell {
    Counter(Arc<Sum>),
    Gauge(Arc<AtomicI64>),
    Distribution(Arc<Distribution>),
}

struct Meter {
    kind: MeterKind,
    description: &'static str,
    unit: &'static str,
    cells: BTreeMap<Tags, Cell>,
}

struct State {
    meters: BTreeMap<&'static str, Meter>,
    collectors: Vec<Collect>,
    rotated_at: Duration,
}

/// All meters of a process. Clones are the same registry.
///
/// Registration takes a lock and is for start-up; the handles it returns take none.
#[derive(Clone)]
pub struct Registry {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// An empty registry; `clock` decides when a largest value is forgotten.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let state = State {
            meters: BTreeMap::new(),
            collectors: Vec::new(),
            rotated_at: clock.monotonic(),
        };
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// A counter. The same name and tags give the same counter.
    #[must_use]
    pub fn counter(
        &self,
        name: &'static str,
        description: &'static str,
        tags: &[(&str, &str)],
    ) -> Counter {
        let new = || Cell::Counter(Arc::default());
        match self.cell(name, MeterKind::Counter, description, "", tags, new) {
            Cell::Counter(sum) => Counter(sum),
            Cell::Gauge(_) | Cell::Distribution(_) => Counter(Arc::default()),
        }
    }

    /// A gauge in `unit` (plural, or empty). The same name and tags give the same gauge.
    #[must_use]
    pub fn gauge(
        &self,
        name: &'static str,
        description: &'static str,
        unit: &'static str,
        tags: &[(&str, &str)],
    ) -> Gauge {
        let new = || Cell::Gauge(Arc::default());
        match self.cell(name, MeterKind::Gauge, description, unit, tags, new) {
            Cell::Gauge(value) => Gauge(value),
            Cell::Counter(_) | Cell::Distribution(_) => Gauge(Arc::default()),
        }
    }

    /// A timer. The same name and tags give the same timer.
    #[must_use]
    pub fn timer(
        &self,
        name: &'static str,
        description: &'static str,
        tags: &[(&str, &str)],
    ) -> Timer {
        let fresh = || Arc::new(Distribution::new(TIMER_BOUNDS));
        let new = || Cell::Distribution(fresh());
        match self.cell(name, MeterKind::Timer, description, "seconds", tags, new) {
            Cell::Distribution(distribution) => Timer(distribution),
            Cell::Counter(_) | Cell::Gauge(_) => Timer(fresh()),
        }
    }

    /// A summary of sizes in `unit` (plural). The same name and tags give the same summary.
    #[must_use]
    pub fn summary(
        &self,
        name: &'static str,
        description: &'static str,
        unit: &'static str,
        tags: &[(&str, &str)],
    ) -> Summary {
        let fresh = || Arc::new(Distribution::new(SUMMARY_BOUNDS));
        let new = || Cell::Distribution(fresh());
        match self.cell(name, MeterKind::Summary, description, unit, tags, new) {
            Cell::Distribution(distribution) => Summary(distribution),
            Cell::Counter(_) | Cell::Gauge(_) => Summary(fresh()),
        }
    }

    /// Adds a function that reports values which exist elsewhere, called at every reading.
    ///
    /// It must not wait and must not use this registry: readings hold its lock.
    pub fn collect(&self, collector: impl Fn(&mut Collector) + Send + Sync + 'static) {
        self.state.lock().collectors.push(Box::new(collector));
    }

    /// Finds or makes a cell. A name that is already something else gives a cell that counts and
    /// is not shown; that is a mistake of the program, found by its tests.
    fn cell(
        &self,
        name: &'static str,
        kind: MeterKind,
        description: &'static str,
        unit: &'static str,
        tags: &[(&str, &str)],
        new: impl FnOnce() -> Cell,
    ) -> Cell {
        let mut state = self.state.lock();
        let meter = state.meters.entry(name).or_insert_with(|| Meter {
            kind,
            description,
            unit,
            cells: BTreeMap::new(),
        });
        debug_assert!(meter.kind == kind, "{name} is registered as two kinds of meter");
        if meter.kind != kind || meter.cells.len() >= SERIES_MAX {
            return new();
        }
        meter.cells.entry(sorted(tags)).or_insert_with(new).clone()
    }

    /// The values of all meters now, sorted by name and tags.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Family> {
        let mut collector = Collector::default();
        let mut state = self.state.lock();
        for (name, meter) in &state.meters {
            let family = collector.family(name, meter.kind, meter.description, meter.unit);
            for (tags, cell) in &meter.cells {
                family.insert(tags.clone(), read(cell, meter.kind));
            }
        }
        for collect in &state.collectors {
            collect(&mut collector);
        }
        let now = self.clock.monotonic();
        if now.saturating_sub(state.rotated_at) >= MAX_WINDOW {
            state.rotated_at = now;
            for cell in state.meters.values().flat_map(|meter| meter.cells.values()) {
                if let Cell::Distribution(distribution) = cell {
                    distribution.rotate();
                }
            }
        }
        drop(state);
        collector.finish()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a double is what both formats carry")]
fn read(cell: &Cell, kind: MeterKind) -> Sample {
    match cell {
        Cell::Counter(sum) => Sample::Value(sum.get() as f64),
        Cell::Gauge(value) => Sample::Value(value.load(Relaxed) as f64),
        Cell::Distribution(distribution) => {
            let scale = if kind == MeterKind::Timer { NANOS_PER_SECOND } else { 1.0 };
            let counts = distribution.read();
            let bounds = distribution.bounds().iter().map(|bound| *bound as f64 / scale);
            Sample::Distribution {
                count: counts.cumulative.last().copied().unwrap_or(0),
                total: counts.total as f64 / scale,
                max: counts.max as f64 / scale,
                buckets: bounds.zip(counts.cumulative.iter().copied()).collect(),
            }
        }
    }
}

fn sorted(tags: &[(&str, &str)]) -> Tags {
    let mut tags: Tags =
        tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    tags.sort();
    tags
}

struct Collected {
    kind: MeterKind,
    description: String,
    unit: String,
    series: BTreeMap<Tags, Sample>,
}

/// Receives the values of one reading.
#[derive(Default)]
pub struct Collector {
    families: BTreeMap<String, Collected>,
    dropped: usize,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("families", &self.families.len()).finish_non_exhaustive()
    }
}

impl Collector {
    /// Reports the value of a gauge in `unit` (plural, or empty).
    pub fn gauge(
        &mut self,
        name: &str,
        description: &str,
        unit: &str,
        tags: &[(&str, &str)],
        value: f64,
    ) {
        self.value(name, MeterKind::Gauge, (description, unit), tags, value);
    }

    /// Reports the value of a counter in `unit` (plural, or empty).
    pub fn counter(
        &mut self,
        name: &str,
        description: &str,
        unit: &str,
        tags: &[(&str, &str)],
        value: f64,
    ) {
        self.value(name, MeterKind::Counter, (description, unit), tags, value);
    }

    fn value(
        &mut self,
        name: &str,
        kind: MeterKind,
        (description, unit): (&str, &str),
        tags: &[(&str, &str)],
        value: f64,
    ) {
        let series = self.family(name, kind, description, unit);
        if series.len() >= SERIES_MAX {
            self.dropped = self.dropped.saturating_add(1);
        } else {
            series.insert(sorted(tags), Sample::Value(value));
        }
    }

    fn family(
        &mut self,
        name: &str,
        kind: MeterKind,
        description: &str,
        unit: &str,
    ) -> &mut BTreeMap<Tags, Sample> {
        let new = || Collected {
            kind,
            description: description.to_owned(),
            unit: unit.to_owned(),
            series: BTreeMap::new(),
        };
        &mut self.families.entry(name.to_owned()).or_insert_with(new).series
    }

    fn finish(mut self) -> Vec<Family> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let dropped = self.dropped as f64;
        self.gauge(
            "metrics.series.dropped",
            "Series beyond the limit of a name.",
            "",
            &[],
            dropped,
        );
        let families = self.families.into_iter().filter(|(_, family)| !family.series.is_empty());
        families
            .map(|(name, family)| Family {
                name,
                kind: family.kind,
                description: family.description,
                unit: family.unit,
                series: family
                    .series
                    .into_iter()
                    .map(|(tags, sample)| Series { tags, sample })
                    .collect(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
