//! Release binaries of this workspace, made when they are missing or stale.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};
use parking_lot::Mutex;

use crate::paths::{self, FileLock};

/// What each package's build came to, in this process.
static BUILT: Mutex<Option<HashMap<String, Result<PathBuf, String>>>> = Mutex::new(None);

/// Variable of the environment that names the binary of `package` instead of the release build:
/// `EUREKA_SERVER_BIN` for `eureka-server`.
#[must_use]
pub fn variable(package: &str) -> String {
    format!("{}_BIN", package.to_uppercase().replace('-', "_"))
}

/// The binary of `package`: what [`variable`] names, else the release build, made if it is missing
/// or older than a file in one of the folders `sources`.
///
/// # Errors
///
/// When cargo cannot build it.
pub fn release(package: &str, sources: &[&str]) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable(package)) {
        return Ok(PathBuf::from(path));
    }
    let mut built = BUILT.lock();
    let built = built.get_or_insert_default().entry(package.to_owned()).or_insert_with(|| {
        let built = build(package, sources);
        built.map_err(|error| format!("{error:#}"))
    });
    built.clone().map_err(|error| anyhow!(error))
}

fn build(package: &str, sources: &[&str]) -> Result<PathBuf> {
    let target = paths::target()?;
    let binary = target.join("release").join(package);
    let _lock = FileLock::take("cargo-build")?;
    if is_fresh(&binary, sources)? {
        return Ok(binary);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", package, "--target-dir"])
        .arg(&target)
        .current_dir(paths::workspace())
        .output()
        .context("starting cargo")?;
    if !output.status.success() {
        bail!("building {package}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    if !binary.is_file() {
        bail!("cargo built no {}", binary.display());
    }
    Ok(binary)
}

/// An example program of `eureka-client`, built if needed.
///
/// # Errors
///
/// When cargo cannot build it.
pub fn client_example(name: &str) -> Result<PathBuf> {
    let target = paths::target()?;
    let _lock = FileLock::take("cargo-build")?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // All packages are named, so that those that several need get the features that they have in
    // the build of all: asked for alone, they would be compiled once more.
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--exclude", "compat-tests", "--example", name])
        .arg("--target-dir")
        .arg(&target)
        .current_dir(paths::workspace())
        .output()
        .context("starting cargo")?;
    if !output.status.success() {
        bail!("building {name}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(target.join("debug/examples").join(name))
}

/// Whether the binary exists and none of its sources is newer.
fn is_fresh(binary: &Path, sources: &[&str]) -> Result<bool> {
    let Some(built) = paths::modified(binary) else {
        return Ok(false);
    };
    for folder in sources {
        let files =
            paths::files_under(&paths::workspace().join(folder), &["target", "tests"], &|_| true)?;
        if files.iter().filter_map(|path| paths::modified(path)).any(|at| at > built) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_binary_has_a_variable_of_its_own() {
        assert_eq!(variable("eureka-server"), "EUREKA_SERVER_BIN");
        assert_eq!(variable("product-service"), "PRODUCT_SERVICE_BIN");
    }
}
