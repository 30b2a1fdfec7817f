//! The table in `docs/performance.md`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::options::Options;
use crate::paths;

/// Where the measured part begins and ends; the rest of the document is written by hand.
const BEGIN: &str = "<!-- bench: begin -->\n";
const END: &str = "<!-- bench: end -->\n";

/// The machine in one line: processors, memory, system, versions of what ran beside ours.
///
/// # Errors
///
/// When Linux does not tell.
pub fn machine(options: &Options) -> Result<String> {
    let read = |path: &str| fs::read_to_string(path).with_context(|| format!("reading {path}"));
    let cpus = read("/proc/cpuinfo")?;
    let models: Vec<&str> = cpus.lines().filter_map(|line| value(line, "model name")).collect();
    let model = models.first().copied().unwrap_or("unknown processor");
    let memory = read("/proc/meminfo")?;
    let kilobytes = memory.lines().find_map(|line| value(line, "MemTotal")).unwrap_or_default();
    let kernel = read("/proc/sys/kernel/osrelease")?;
    let load = read("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    let mut line = format!(
        "{} × {model}, {kilobytes} of memory, Linux {}, {}",
        models.len(),
        kernel.trim(),
        version("/usr/sbin/nginx", "-v", "nginx version: "),
    );
    if options.reference {
        line = format!("{line}, {}", version("java", "-version", ""));
    }
    Ok(format!("{line}; load average as the run ended {load}"))
}

/// Puts `measured` between the marks of the document.
///
/// # Errors
///
/// When the document cannot be read or written, or has lost its marks.
pub fn write(measured: &str) -> Result<PathBuf> {
    let path = paths::workspace().join("docs/performance.md");
    let name = path.display().to_string();
    let document = fs::read_to_string(&path).with_context(|| format!("reading {name}"))?;
    let document = replace(&document, measured)
        .with_context(|| format!("{name} has lost the line {BEGIN:?} or {END:?}"))?;
    fs::write(&path, document).with_context(|| format!("writing {name}"))?;
    Ok(path)
}

fn replace(document: &str, measured: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{measured}\n{END}{after}"))
}

/// The value of a line `key : value`.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (name, value) = line.split_once(':')?;
    (name.trim() == key).then(|| value.trim())
}

/// What a program says its version is, on the first line; `program` itself when it does not say.
fn version(program: &str, flag: &str, prefix: &str) -> String {
    let output = Command::new(program).arg(flag).output().ok();
    let text = output.map(|output| [output.stdout, output.stderr].concat()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next().unwrap_or(program);
    line.strip_prefix(prefix).unwrap_or(line).replace('"', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_marks_is_replaced() {
        let document = format!("# Title\n{BEGIN}old\n{END}by hand\n");

        let replaced = replace(&document, "new\n").unwrap();

        assert_eq!(replaced, format!("# Title\n{BEGIN}\nnew\n\n{END}by hand\n"));
        assert_eq!(replace(&replaced, "new\n").unwrap(), replaced);
    }

    #[test]
    fn a_document_without_marks_is_left_alone() {
        assert_eq!(replace("# Title\n", "new"), None);
    }
}
