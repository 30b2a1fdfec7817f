//! The machine and this process, as the status resource and the dashboard tell them.

use std::time::Duration;

/// Numbers of the machine and the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemStats {
    cpus: usize,
    total_bytes: u64,
    used_bytes: u64,
    uptime: Duration,
}

impl SystemStats {
    /// Reads them now; what the system does not tell is 0.
    #[must_use]
    pub fn read(uptime: Duration) -> Self {
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let own = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            total_bytes: kilobytes(&memory, "MemTotal:").saturating_mul(1024),
            used_bytes: kilobytes(&own, "VmRSS:").saturating_mul(1024),
            uptime,
        }
    }

    /// Names and values of `generalStats` (EP-26).
    #[must_use]
    pub fn entries(&self) -> [(&'static str, String); 4] {
        let percent = self.used_bytes.saturating_mul(100).checked_div(self.total_bytes);
        let megabytes = |bytes: u64| format!("{}mb", bytes / (1024 * 1024));
        [
            ("num-of-cpus", self.cpus.to_string()),
            ("total-avail-memory", megabytes(self.total_bytes)),
            (
                "current-memory-usage",
                format!("{} ({}%)", megabytes(self.used_bytes), percent.unwrap_or_default()),
            ),
            ("server-uptime", uptime(self.uptime)),
        ]
    }
}

/// `[N day(s) ]HH:mm`
#[must_use]
pub fn uptime(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match days {
        0 => format!("{hours:02}:{minutes:02}"),
        1 => format!("1 day {hours:02}:{minutes:02}"),
        _ => format!("{days} days {hours:02}:{minutes:02}"),
    }
}

fn kilobytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|text| text.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_counts_days_apart() {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        assert_eq!(uptime(minutes(61)), "01:01");
        assert_eq!(uptime(minutes(1440)), "1 day 00:00");
        assert_eq!(uptime(minutes(3 * 1440 + 5)), "3 days 00:05");
    }

    #[test]
    fn memory_is_told_in_megabytes() {
        let stats = SystemStats {
            cpus: 2,
            total_bytes: 164 << 20,
            used_bytes: 41 << 20,
            uptime: Duration::ZERO,
        };
        let [_, total, used, _] = stats.entries();
        assert_eq!((total.1.as_str(), used.1.as_str()), ("164mb", "41mb (25%)"));
    }
}
