//! Meters about this process: processor time, memory, files, threads, age.
//!
//! Read from `/proc`, which Linux has; elsewhere only the age and the number of processors are
//! known. Source: proc(5); names from Micrometer's `ProcessorMetrics`, `FileDescriptorMetrics`,
//! `UptimeMetrics`.

use std::time::Duration;

use parking_lot::Mutex;

use super::registry::{Collector, Registry};
use crate::clock::Clock;

/// Ticks per second in `/proc/self/stat`; fixed in the interface between Linux and programs.
const TICKS_PER_SECOND: u64 = 100;

/// Collector of the process meters.
#[derive(Debug)]
pub struct ProcessMetrics {
    clock: Clock,
    started_ms: u64,
    /// When the processor time was read last, and what it was.
    last: Mutex<(Duration, Duration)>,
}

impl ProcessMetrics {
    /// Adds the process meters to a registry.
    pub fn register(registry: &Registry, clock: &Clock) {
        let age_ms = u64::try_from(clock.monotonic().as_millis()).unwrap_or(0);
        let own = Self {
            clock: clock.clone(),
            started_ms: clock.wall_ms().saturating_sub(age_ms),
            last: Mutex::new((clock.monotonic(), cpu_time().unwrap_or_default())),
        };
        registry.collect(move |out| own.collect(out));
    }

    fn collect(&self, out: &mut Collector) {
        let now = self.clock.monotonic();
        let processors = std::thread::available_parallelism().map_or(1.0, |n| count(n.get()));
        out.gauge("system.cpu.count", "Processors available.", "", &[], processors);
        let age = now.as_secs_f64();
        out.gauge("process.uptime", "Age of the process.", "seconds", &[], age);
        let started = Duration::from_millis(self.started_ms).as_secs_f64();
        out.gauge("process.start.time", "Start since the Unix epoch.", "seconds", &[], started);
        if let Some(cpu) = cpu_time() {
            let nanos = cpu.as_secs_f64() * 1e9;
            out.counter("process.cpu.time", "Processor time used.", "ns", &[], nanos);
            let usage = self.usage(now, cpu) / processors;
            let text = "Share of all processors used since the last reading.";
            out.gauge("process.cpu.usage", text, "", &[], usage);
        }
        if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
            if let Some(kib) = status_number(&status, "VmRSS:") {
                let bytes = kib * 1024.0;
                out.gauge("process.resident.memory", "Memory in use.", "bytes", &[], bytes);
            }
            if let Some(threads) = status_number(&status, "Threads:") {
                out.gauge("process.threads", "Threads.", "threads", &[], threads);
            }
        }
        if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
            // One of them is this listing.
            let open = count(files.count().saturating_sub(1));
            out.gauge("process.files.open", "Open files and sockets.", "files", &[], open);
        }
        if let Some(most) = files_max() {
            out.gauge("process.files.max", "Files that may be open.", "files", &[], most);
        }
        if let Some(load) = load_average() {
            out.gauge("system.load.average.1m", "Load of the machine.", "", &[], load);
        }
    }

    /// Processors kept busy since the last call. Two readings at once share the time between them.
    fn usage(&self, now: Duration, cpu: Duration) -> f64 {
        let mut last = self.last.lock();
        let elapsed = now.saturating_sub(last.0).as_secs_f64();
        let used = cpu.saturating_sub(last.1).as_secs_f64();
        *last = (now, cpu);
        if elapsed > 0.0 { used / elapsed } else { 0.0 }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
const fn count(number: usize) -> f64 {
    number as f64
}

fn cpu_time() -> Option<Duration> {
    parse_cpu_time(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// User and system time, fields 14 and 15. The second field is a name that may contain anything,
/// so counting starts after its closing parenthesis.
fn parse_cpu_time(stat: &str) -> Option<Duration> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let millis = user.checked_add(system)?.checked_mul(1_000 / TICKS_PER_SECOND)?;
    Some(Duration::from_millis(millis))
}

/// The number after a name in `/proc/self/status`.
fn status_number(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn files_max() -> Option<f64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn load_average() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Sample;

    #[test]
    fn a_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
        let stat = "1 (a) b (c)) S 1 1 1 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 3 0 9";

        assert_eq!(parse_cpu_time(stat), Some(Duration::from_secs(2)));
        assert_eq!(parse_cpu_time("1 (a) S 1"), None);
    }

    #[test]
    fn numbers_of_the_status_are_found_by_name() {
        let status = "Name:\tx\nVmRSS:\t   12345 kB\nThreads:\t7\n";

        assert_eq!(status_number(status, "VmRSS:"), Some(12_345.0));
        assert_eq!(status_number(status, "Threads:"), Some(7.0));
        assert_eq!(status_number(status, "VmSwap:"), None);
    }

    #[test]
    fn usage_is_processor_time_over_time_since_the_last_reading() {
        let clock = Clock::manual(0);
        let own = ProcessMetrics {
            clock,
            started_ms: 0,
            last: Mutex::new((Duration::ZERO, Duration::ZERO)),
        };

        assert_eq!(own.usage(Duration::from_secs(4), Duration::from_secs(2)), 0.5);
        assert_eq!(own.usage(Duration::from_secs(5), Duration::from_secs(2)), 0.0);
        assert_eq!(own.usage(Duration::from_secs(5), Duration::from_secs(3)), 0.0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_files_threads_and_an_age() {
        let clock = Clock::manual(1_000_000);
        let registry = Registry::new(clock.clone());
        ProcessMetrics::register(&registry, &clock);
        clock.advance(Duration::from_secs(10));

        let families = registry.snapshot();
        let value = |name: &str| {
            let family = families.iter().find(|family| family.name == name).expect(name);
            match family.series[0].sample {
                Sample::Value(value) => value,
                Sample::Distribution { .. } => panic!("{name} is a distribution"),
            }
        };

        assert_eq!(value("process.uptime"), 10.0);
        assert_eq!(value("process.start.time"), 1_000.0);
        assert!(value("process.resident.memory") > 100_000.0);
        assert!(value("process.files.open") >= 3.0);
        assert!(value("process.files.max") >= value("process.files.open"));
        assert!(value("process.threads") >= 1.0);
        assert!(value("system.cpu.count") >= 1.0);
        assert!(value("process.cpu.time") >= 0.0);
    }
}
