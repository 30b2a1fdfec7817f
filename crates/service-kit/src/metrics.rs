//! Counters, gauges, timers and summaries, cheap enough for every request.
//!
//! A handle is made once, with its name and tags, and used without locks or allocation: a relaxed
//! addition to a cell that the threads of other cores rarely touch. Reading sums the cells. Values
//! that exist elsewhere anyway are read by collectors, at the moment they are asked for.
//!
//! Names and units are Micrometer's, so that dashboards made for Spring keep working: a meter
//! `eureka.server.renewals` is `eureka_server_renewals_total` for Prometheus and
//! `/actuator/metrics/eureka.server.renewals` for the actuator.

mod cells;
mod handle;
mod json;
mod process;
mod prometheus;
mod registry;
mod snapshot;

pub use handle::{Counter, Gauge, Summary, Timer};
pub use json::{MetricError, describe, names};
pub use process::ProcessMetrics;
pub use prometheus::{CONTENT_TYPE, render};
pub use registry::{Collector, Registry, SERIES_MAX};
pub use snapshot::{Family, MeterKind, Sample, Series};
