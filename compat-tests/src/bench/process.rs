//! CPU time and memory of other processes, as Linux tells them below `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::param::clock_ticks_per_second;

/// Resident memory of one process, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Now (`VmRSS`).
    pub resident: u64,
    /// The most it ever was (`VmHWM`).
    pub peak: u64,
}

/// CPU time, user and system, that the process used since its start with all its threads.
///
/// Counted in clock ticks, usually 10 ms: differences should be some seconds long.
///
/// # Errors
///
/// When there is no such process.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let ticks = ticks(&stat).with_context(|| format!("reading {path}: {stat:?}"))?;
    let nanos = 1_000_000_000 / clock_ticks_per_second().max(1);
    Ok(Duration::from_nanos(ticks.saturating_mul(nanos)))
}

/// User and system time of one line of `/proc/PID/stat`.
fn ticks(stat: &str) -> Option<u64> {
    // The name of the program stands in parentheses and may hold anything, parentheses too.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// Resident memory of the process.
///
/// # Errors
///
/// When there is no such process.
pub fn memory(pid: u32) -> Result<Memory> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let bytes = |key: &str| {
        kilobytes(&status, key)
            .map(|kilobytes| kilobytes * 1024)
            .with_context(|| format!("{path} has no {key}"))
    };
    Ok(Memory { resident: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
}

fn kilobytes(status: &str, key: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(key))?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}

/// Processes that `pid` started and that still run.
///
/// # Errors
///
/// When there is no such process.
pub fn children(pid: u32) -> Result<Vec<u32>> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let ids = text.split_ascii_whitespace().map(str::parse);
    ids.collect::<Result<_, _>>().with_context(|| format!("reading {path}"))
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn times_are_found_behind_any_program_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 100 0 0 0 12 30 0 0 20 0 1 0 5 1 1";

        assert_eq!(ticks(stat), Some(42));
    }

    #[test]
    fn work_shows_as_cpu_time() {
        let myself = std::process::id();
        let before = cpu_time(myself).unwrap();

        let mut sum = 0_u64;
        while cpu_time(myself).unwrap() == before {
            sum = black_box(sum.wrapping_add(1));
        }

        assert!(cpu_time(myself).unwrap() > before);
    }

    #[test]
    fn memory_is_never_above_its_peak() {
        let memory = memory(std::process::id()).unwrap();

        assert!(memory.resident > 0);
        assert!(memory.peak >= memory.resident, "{memory:?}");
    }
}
