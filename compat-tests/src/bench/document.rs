//! The table in `docs/performance.md`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::options::{Options, Part};
use crate::paths;

/// Where the measured part begins and ends; the rest of the document is written by hand.
const DISCOVERY: [&str; 2] = ["<!-- bench: begin -->\n", "<!-- bench: end -->\n"];
const SERVICES: [&str; 2] = ["<!-- bench services: begin -->\n", "<!-- bench services: end -->\n"];

const GATEWAY: [&str; 2] = ["<!-- bench gateway: begin -->\n", "<!-- bench gateway: end -->\n"];

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
    if options.parts.contains(&Part::Gateway) {
        line = format!("{line}, {}", version("/usr/sbin/haproxy", "-v", ""));
    }
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
pub fn write(options: &Options, measured: &str) -> Result<PathBuf> {
    let marks = match *options.parts {
        [Part::Services] => SERVICES,
        [Part::Gateway] => GATEWAY,
        _ => DISCOVERY,
    };
    let path = paths::workspace().join("docs/performance.md");
    let name = path.display().to_string();
    let document = fs::read_to_string(&path).with_context(|| format!("reading {name}"))?;
    let document = replace(&document, marks, measured)
        .with_context(|| format!("{name} has lost one of the lines {marks:?}"))?;
    fs::write(&path, document).with_context(|| format!("writing {name}"))?;
    Ok(path)
}

fn replace(document: &str, [begin, end]: [&str; 2], measured: &str) -> Option<String> {
    let (before, rest) = document.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{measured}\n{end}{after}"))
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
        let [begin, end] = SERVICES;
        let document = format!("# Title\n{begin}old\n{end}by hand\n");

        let replaced = replace(&document, SERVICES, "new\n").unwrap();

        assert_eq!(replaced, format!("# Title\n{begin}\nnew\n\n{end}by hand\n"));
        assert_eq!(replace(&replaced, SERVICES, "new\n").unwrap(), replaced);
    }

    #[test]
    fn a_document_without_marks_is_left_alone() {
        assert_eq!(replace("# Title\n", DISCOVERY, "new"), None);
    }
}
