//! The Java programs of the tests, built from `compat-tests/java` by Maven.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow, bail};

use crate::paths::{self, FileLock};

/// Lines of Maven's output that a failed build shows.
const BUILD_TAIL_LINES: usize = 80;

/// Folder of the Maven reactor.
#[must_use]
pub fn reactor() -> PathBuf {
    paths::package().join("java")
}

/// Builds every module of the reactor if a jar is missing or a source changed since the last build.
///
/// Runs Maven at most once per test process; other test processes wait meanwhile.
///
/// # Errors
///
/// When there is no JDK or Maven, or the build fails; the message shows the end of its output.
pub fn ensure_built() -> Result<()> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build_if_needed().map_err(|error| format!("{error:#}")));
    built.clone().map_err(|error| anyhow!(error))
}

/// The jar at `path` below the reactor, for example `reference-server/target/reference-server.jar`.
///
/// # Errors
///
/// As [`ensure_built`], and when the build does not make such a jar.
pub fn jar(path: &str) -> Result<PathBuf> {
    ensure_built()?;
    let jar = reactor().join(path);
    if !jar.is_file() {
        bail!("the Maven build makes no {path}");
    }
    Ok(jar)
}

fn build_if_needed() -> Result<()> {
    let _lock = FileLock::take("java-build")?;
    let stamp = paths::work("java")?.join("built-from");
    let sources = fingerprint()?;
    if fs::read_to_string(&stamp).is_ok_and(|built| built == sources) && every_jar_exists()? {
        return Ok(());
    }
    let output = Command::new("mvn")
        .args(["-q", "-B", "-T", "1C", "package"])
        .current_dir(reactor())
        .output()
        .context("starting mvn; the Java comparisons need a JDK 17 and Maven")?;
    if !output.status.success() {
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines.get(lines.len().saturating_sub(BUILD_TAIL_LINES)..).unwrap_or_default();
        bail!("mvn package: {}\n{}", output.status, tail.join("\n"));
    }
    fs::write(&stamp, sources).with_context(|| format!("writing {}", stamp.display()))
}

/// A hash over names and contents of everything that the build reads.
fn fingerprint() -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let reactor = reactor();
    for path in paths::files_under(&reactor, &["target"], &|_| true)? {
        let name = path.strip_prefix(&reactor).unwrap_or(&path);
        hasher.write(name.as_os_str().as_encoded_bytes());
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        hasher.write_usize(content.len());
        hasher.write(&content);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether each module of the reactor has a jar in its target folder.
fn every_jar_exists() -> Result<bool> {
    let pom = reactor().join("pom.xml");
    let pom = fs::read_to_string(&pom).with_context(|| format!("reading {}", pom.display()))?;
    Ok(modules(&pom).all(|module| has_jar(&reactor().join(module).join("target"))))
}

fn modules(pom: &str) -> impl Iterator<Item = &str> {
    pom.split("<module>").skip(1).filter_map(|rest| rest.split("</module>").next().map(str::trim))
}

fn has_jar(folder: &Path) -> bool {
    let is_jar = |path: &Path| path.extension().is_some_and(|it| it == "jar");
    paths::files_under(folder, &["classes"], &is_jar).is_ok_and(|jars| !jars.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_read_from_the_reactor() {
        let pom = "<modules>\n <module>a</module><module> b </module>\n</modules>";

        assert_eq!(modules(pom).collect::<Vec<_>>(), ["a", "b"]);
    }
}
